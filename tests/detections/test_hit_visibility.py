"""Who sees a special list's hits: those granted it, everywhere; nobody else, anywhere."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from detections.hits import desk, sheet, steps
from detections.hits.visibility import visible_hits
from detections.models import Hit
from hotlists.access import granted
from tests import make
from tests.detections import road

LATER = road.NOON + timedelta(minutes=5)


@pytest.fixture
def hits(dispatcher):
    """An ordinary hit and one of each of two special lists; the dispatcher is granted the first."""
    first, second = make.hot_list("Special one", kind="special"), make.hot_list("Special two", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, first)
    return {
        "ordinary": road.hit("0DEM101"),
        "granted": road.hit("0DEM102", hot_plate=make.hot_plate("0DEM102", hot_list=first)),
        "hidden": road.hit("0DEM103", hot_plate=make.hot_plate("0DEM103", hot_list=second)),
    }


def people():
    root = make.user("root", "dispatcher", is_superuser=True)
    partner = make.user("partner", "dispatcher", organisation="Another PD")
    for special in make.HotList.objects.filter(kind="special"):
        assign_perm("hotlists.see_hits", partner, special)
    return {"root": (root, {"ordinary"}), "partner": (partner, set())}


def may_open(hit, person):
    try:
        sheet.open_hit(hit_id=hit.pk, by=make.by(person), at=LATER)
    except Hit.DoesNotExist:
        return False
    return True


def may_take(hit, person):
    try:
        steps.take_hit(hit_id=hit.pk, by=make.by(person), at=LATER)
        steps.release_hit(hit_id=hit.pk, by=make.by(person), at=LATER)
    except Hit.DoesNotExist:
        return False
    return True


def test_list_detail_and_verb_agree_for_everyone(hits, dispatcher, officer, detective):
    expected = {
        "dispatcher": (dispatcher, {"ordinary", "granted"}),
        "officer": (officer, {"ordinary"}),
        "detective": (detective, {"ordinary"}),
    } | people()
    for name, (person, seen) in expected.items():
        listed = {
            hit.pk
            for show in ("open", "information")
            for hit in desk.list_hits(by=make.by(person), at=LATER, show=show).hits
        }
        for kind, hit in hits.items():
            assert (hit.pk in listed) is (kind in seen), (name, kind, "list")
            assert may_open(hit, person) is (kind in seen), (name, kind, "detail")
            assert may_take(hit, person) is (kind in seen), (name, kind, "verb")
        assert set(visible_hits(person, LATER).values_list("pk", flat=True)) == listed


def test_counts_of_the_tabs_hide_what_the_list_hides(hits, officer):
    assert desk.list_hits(by=make.by(officer), at=LATER).counts.open == 1
    assert desk.list_hits(by=make.by(officer), at=LATER).counts.information == 0


def test_a_group_grants_like_a_person(hits, officer):
    from django.contrib.auth.models import Group

    team = Group.objects.create(name="Team")
    officer.groups.add(team)
    assign_perm("hotlists.see_hits", team, hits["hidden"].hot_plate.hot_list)
    assert granted(officer, LATER).lists == {hits["hidden"].hot_plate.hot_list_id}


def test_a_global_permission_grants_nothing(hits, officer):
    assign_perm("hotlists.see_hits", officer)
    assert granted(officer, LATER).lists == frozenset()


def test_a_list_that_became_special_hides_its_older_hits(hits, officer):
    ordinary = hits["ordinary"].hot_plate.hot_list
    ordinary.kind = "special"
    ordinary.save()
    assert not visible_hits(officer, LATER).exists()


def test_a_closed_hit_past_its_ceiling_is_gone_and_an_open_one_stays(dispatcher):
    closed = road.checked(dispatcher, result="misread")
    steps.dispose_hit(hit_id=closed.pk, disposition="misread", by=make.by(dispatcher), at=LATER)
    left_open = road.hit("0DEM124")
    ceiling = road.NOON.replace(year=road.NOON.year + 2)
    for at, seen in [(ceiling, {closed.pk, left_open.pk}), (ceiling + timedelta(microseconds=1), {left_open.pk})]:
        listed = {
            hit.pk for show in desk.SHOWN for hit in desk.list_hits(by=make.by(dispatcher), at=at, show=show).hits
        }
        assert listed == seen
    with pytest.raises(Hit.DoesNotExist):
        sheet.open_hit(hit_id=closed.pk, by=make.by(dispatcher), at=ceiling + timedelta(microseconds=1))
