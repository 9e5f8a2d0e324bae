"""How long the steps take: to the second, only ways that were gone, and for those who oversee the desk."""

from datetime import timedelta

import pytest

from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.hits import steps, timing
from detections.models import Hit
from tests import make
from tests.detections import road

LATER = road.NOON + timedelta(minutes=10)


def figures():
    return {one.name: one for one in timing.stretches(road.NOON, LATER)}


def test_the_seconds_of_one_hit_are_those_between_its_steps(dispatcher):
    hit = road.broadcast(dispatcher)
    hit.refresh_from_db()
    words = {name: span.total_seconds() for name, span in timing.seconds_of(hit)}
    assert words == {
        "Hit to taken": 5,
        "Taken to checked by eye": 15,
        "Hit to verified": 60,
        "Hit to broadcast": 90,
        "Verified to broadcast": 30,
    }


def test_a_broadcast_before_the_verification_counts_as_that(dispatcher):
    hit = road.checked(dispatcher)
    by = make.by(dispatcher)
    steps.record_broadcast(hit_id=hit.pk, **road.DETAILS, by=by, at=road.NOON + timedelta(seconds=30))
    steps.verify_hit(hit_id=hit.pk, clets="confirmed", ncic="confirmed", by=by, at=road.NOON + timedelta(seconds=100))
    found = figures()
    assert (found["broadcast_verified"].hits, found["broadcast_verified"].median) == (1, 70)
    assert found["verified_broadcast"].hits == 0
    assert found["verified_broadcast"].median is None


def test_median_and_ninetieth_are_the_databases_own(dispatcher):
    for number, seconds in enumerate((10, 20, 30, 40, 110)):
        hit = road.hit(hot_plate=make.hot_plate(f"0DEM12{number}"), picture=False)
        steps.take_hit(hit_id=hit.pk, by=make.by(dispatcher), at=road.NOON + timedelta(seconds=seconds))
    taken = figures()["taken"]
    assert (taken.hits, taken.median, taken.longest) == (5, 30, 110)
    assert taken.p90 == pytest.approx(82)


def test_the_first_to_take_it_counts_whoever_has_it_now(dispatcher):
    hit = road.taken(dispatcher)
    steps.release_hit(hit_id=hit.pk, by=make.by(dispatcher), at=road.NOON + timedelta(seconds=50))
    second = make.user("second", "dispatcher")
    steps.take_hit(hit_id=hit.pk, by=make.by(second), at=road.NOON + timedelta(seconds=70))
    hit.refresh_from_db()
    assert (hit.received_by, hit.received_at) == (dispatcher, road.NOON + timedelta(seconds=5))
    assert hit.taken_by == second
    assert hit.channel == Hit.Channel.TAS


def test_a_period_holds_its_first_instant_and_not_its_last(dispatcher):
    road.taken(dispatcher)
    assert timing.stretches(road.NOON, LATER)[0].hits == 1
    assert timing.stretches(road.NOON - timedelta(hours=1), road.NOON)[0].hits == 0


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_who_oversees_the_desk_sees_the_figures_and_leaves_a_record(who, request, signed_in):
    person = request.getfixturevalue(who)
    road.hit()
    page = signed_in(person).get("/hits/times/?days=30")
    assert page.status_code == 200
    assert "0DEM123" not in page.content.decode()
    entry = LedgerEntry.objects.order_by("-index").first()
    assert (entry.action, entry.username) == ("hit_rates.view", who)


@pytest.mark.parametrize("days", ["", "0", "9999999999", "x", "-1", "１"])
def test_another_period_than_those_offered_is_the_week(days, auditor, signed_in):
    assert "7 days</strong>" in signed_in(auditor).get("/hits/times/", {"days": days}).content.decode()


def test_others_are_refused_and_recorded(officer):
    with pytest.raises(Refused) as refused:
        timing.open_timing(by=make.by(officer), at=LATER)
    assert refused.value.refusal.code == "access.role"
    assert LedgerEntry.objects.get(index=refused.value.record_index).outcome == "refused"


def test_what_waits_too_long_is_counted_now(auditor, dispatcher):
    road.hit(hot_plate=make.hot_plate("0DEM124"))
    road.verified(dispatcher)
    found = timing.open_timing(by=make.by(auditor), at=LATER)
    assert (found.open, found.late, found.hits, found.limit) == (2, 1, 2, "5 min")


def test_hits_of_special_lists_count_nowhere(dispatcher):
    """Not even as a number: it would tell who is not granted the list that there is one, and how busy it is."""
    commander = make.user("commander", "commander", classification="captain")
    road.hit()
    before = timing.open_timing(by=make.by(commander), at=LATER)
    special = make.hot_list("Street racing crews", kind="special")
    hit = road.hit("0DEM777", hot_plate=make.hot_plate("0DEM777", hot_list=special))
    Hit.objects.filter(pk=hit.pk).update(escalated_at=LATER, taken_by=dispatcher, taken_at=LATER, status="taken")
    after = timing.open_timing(by=make.by(commander), at=LATER)
    assert (before.hits, before.open, before.escalated) == (1, 1, 0)
    assert (after.hits, after.open, after.late, after.escalated) == (1, 1, before.late, 0)
    assert after.stretches == before.stretches
