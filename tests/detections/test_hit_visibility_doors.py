"""What a special list holds, at every door: shown to those it is open to, absent for everybody else."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from alpr_site.home import figures_for
from detections.models import PossibleMatch
from hotlists.models import HotListShare
from tests import make
from tests.detections import road

ORDINARY, NAMED, OTHER = "0DEM101", "0DEM102", "0DEM103"
PLATES = {ORDINARY, NAMED, OTHER}
# Door -> the plates that stand there for one who may see everything.
LISTS = {
    "/hits/": {ORDINARY},
    "/hits/?show=information": {NAMED, OTHER},
    "/hits/list/?show=information": {NAMED, OTHER},
    "/api/v1/hits/?show=information": {NAMED, OTHER},
    "/hits/possible/": PLATES,
    "/hot-plates/": PLATES,
    "/api/v1/hot-plates/": PLATES,
}
SINGLE = ["/hits/{hit}/", "/api/v1/hits/{hit}/", "/hits/possible/{possible}/", "/hot-plates/{entry}/"]
SILENT = ["/", "/notices/", "/hot-lists/special/"]


@pytest.fixture
def rows(db, officer):
    """An ordinary and two special entries, each with a hit and a possible match."""
    now, special = timezone.now(), make.hot_list("Special one", kind="special")
    found = {}
    for plate in sorted(PLATES):
        hot_list = make.hot_list() if plate == ORDINARY else special
        entry = make.hot_plate(plate, at=now, hot_list=hot_list, entered_by=officer)
        hit = road.hit(plate, at=now, hot_plate=entry, picture=False)
        near = make.detection("0NEAR01", at=now - timedelta(minutes=1))
        possible = PossibleMatch.objects.create(
            detection=near, hot_plate=entry, kind="edit1", plate="0NEAR01", captured_at=near.captured_at,
            created_at=now, informational=hot_list == special,
        )  # fmt: skip
        found[plate] = {"entry": entry.pk, "hit": hit.pk, "possible": possible.pk}
    return found | {"special": special}


def share(special, agency, *plates, starts=-1, ends=1):
    now = timezone.now()
    made = HotListShare.objects.create(
        hot_list=special, whole_list=not plates, agency=agency, why="The same crew works both cities",
        starts_at=now + timedelta(hours=starts), ends_at=now + timedelta(hours=ends),
        asked_by=make.user(f"asker of {agency}"), asked_at=now - timedelta(days=1), profile="x",
        decision="approved", decided_by=make.user(f"decider of {agency}"), decided_at=now - timedelta(days=1),
    )  # fmt: skip
    made.hot_plates.set(plates)
    return made


def watcher(kind, rows):
    """A dispatcher of each kind, and the plates open to them."""
    special, agency = rows["special"], f"{kind.title()} Police Department"
    if kind in ("hidden", "root", "granted", "group", "revoked"):
        person = make.user(kind, "dispatcher", is_superuser=kind == "root")
    else:
        person = make.user(kind, "dispatcher", organisation=agency)
    if kind in ("granted", "revoked", "other agency"):
        assign_perm("hotlists.see_hits", person, special)
    if kind == "revoked":
        remove_perm("hotlists.see_hits", person, special)
    if kind == "group":
        team = Group.objects.create(name="Detail")
        team.user_set.add(person)
        assign_perm("hotlists.see_hits", team, special)
    shared = {"whole": {}, "named": {}, "early": {"starts": 0.5}, "late": {"ends": -0.001}}
    if kind in shared:
        share(special, agency, *([rows[NAMED]["entry"]] if kind == "named" else []), **shared[kind])
    return person


def words_of(answer):
    """What stands on a page, without the marks that set single characters of a plate apart."""
    return re.sub(r"<[^>]*>", "", answer.content.decode())


SEES = {
    "granted": PLATES,
    "group": PLATES,
    "hidden": {ORDINARY},
    "root": {ORDINARY},
    "revoked": {ORDINARY},
    "whole": {NAMED, OTHER},
    "named": {NAMED},
    "early": set(),
    "late": set(),
    "other agency": set(),
}


@pytest.mark.parametrize("kind", SEES)
def test_every_door_shows_what_is_open_and_nothing_else(kind, rows, signed_in):
    person, sees = watcher(kind, rows), SEES[kind]
    client, wrong = signed_in(person), []
    for path, there in LISTS.items():
        answer = client.get(path)
        shown = {plate for plate in PLATES if plate in words_of(answer)}
        if (answer.status_code, shown) != (200, there & sees):
            wrong.append((path, answer.status_code, shown))
    for plate in PLATES:
        for path in SINGLE:
            answer = client.get(path.format(**rows[plate]))
            shown = answer.status_code == 200 and plate in words_of(answer)
            if (shown, answer.status_code) != ((True, 200) if plate in sees else (False, 404)):
                wrong.append((path, plate, answer.status_code))
    for path in SILENT:
        wrong += [(path, plate) for plate in PLATES if plate in client.get(path).content.decode()]
    assert wrong == []


@pytest.mark.parametrize("kind", ["granted", "hidden", "named", "other agency"])
def test_the_figures_of_the_first_page_count_what_is_open(kind, rows):
    person = watcher(kind, rows)
    figures = {one.words: one.number for one in figures_for(person, timezone.now())}
    new = next(number for words, number in figures.items() if words.startswith("hit"))
    assert new == len(SEES[kind])


@pytest.mark.parametrize("kind", ["whole", "named", "other agency", "hidden"])
def test_only_the_departments_granted_people_take_a_special_hit(kind, rows, signed_in):
    client = signed_in(watcher(kind, rows))
    for path in (f"/hits/{rows[NAMED]['hit']}/take/", f"/api/v1/hits/{rows[NAMED]['hit']}/take/"):
        assert client.post(path, {}, content_type="application/json").status_code == 404


def test_a_special_list_is_no_filter_and_no_page_for_those_it_is_hidden_from(rows, signed_in):
    client, special = signed_in(watcher("hidden", rows)), rows["special"]
    assert special.name not in client.get("/hits/").content.decode()
    paths = (f"/hot-lists/special/{special.pk}/", f"/hot-lists/{special.pk}/access/", f"/hot-lists/{special.pk}/")
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in (403, 404)
        assert special.name not in answer.content.decode()
