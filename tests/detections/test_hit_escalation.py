"""A hit that waits too long: at the very limit, once, for the people who may see it, and seen without any clockwork."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from audit import asker, policy
from audit.models import LedgerEntry, Notice
from detections import tasks
from detections.hits import escalation, steps
from detections.hits.desk import list_hits
from detections.models import Hit, OutboxEvent
from detections.rules import hit_waiting
from tests import make
from tests.detections import road

LIMIT = timedelta(minutes=5)
INSTANT = timedelta(microseconds=1)
CLOCK = asker.system("escalate hits")
SACPD, EGPD = policy.load("sacpd_525_08"), policy.load("egpd_462")


def escalate(at):
    return escalation.escalate_hits(at=at, by=CLOCK)


@pytest.mark.parametrize("profile", [SACPD, EGPD], ids=["525.08", "462"])
@pytest.mark.parametrize(
    ("waited", "late"),
    [(LIMIT - INSTANT, False), (LIMIT, True), (LIMIT + INSTANT, True)],
    ids=["before", "at", "after"],
)
def test_a_hit_is_overdue_from_the_limit_on(profile, waited, late):
    hit = Hit(status="new", created_at=road.NOON)
    assert (hit_waiting.overdue_since(hit, profile, road.NOON + waited) is not None) is late


@pytest.mark.parametrize(
    ("status", "late"),
    [("new", True), ("taken", True), ("checked", True), ("verified", False), ("rejected", False), ("closed", False)],
)
def test_what_is_verified_rejected_or_closed_waits_no_more(status, late):
    hit = Hit(status=status, created_at=road.NOON)
    assert (hit_waiting.overdue_since(hit, SACPD, road.NOON + LIMIT) is not None) is late


def test_where_the_profile_sets_no_limit_nothing_is_overdue(dispatcher, monkeypatch):
    monkeypatch.setattr(policy.Profile, "get", lambda self, key, default=None: default)
    hit = road.hit()
    assert hit_waiting.overdue_since(hit, SACPD, road.NOON + timedelta(days=9)) is None
    assert not Hit.objects.filter(hit_waiting.overdue(SACPD, road.NOON + timedelta(days=9))).exists()


def test_it_is_escalated_at_the_limit_and_once(dispatcher):
    hit = road.hit()
    before = LedgerEntry.objects.count()
    assert escalate(road.NOON + LIMIT - INSTANT) == 0
    assert LedgerEntry.objects.count() == before, "a look that finds nothing leaves no record"
    assert escalate(road.NOON + LIMIT) == 1
    assert escalate(road.NOON + LIMIT) == 0
    hit.refresh_from_db()
    assert hit.escalated_at == road.NOON + LIMIT
    assert hit.history.first().escalated_at == road.NOON + LIMIT
    entry = LedgerEntry.objects.order_by("-index").first()
    assert (entry.action, entry.subject_id, entry.username) == ("hit.escalate", str(hit.pk), "escalate hits")
    assert OutboxEvent.objects.filter(hit=hit, topic="hit.changed").count() == 1


def test_a_hit_taken_and_not_verified_is_escalated_and_a_verified_one_is_not(dispatcher):
    waiting, done = road.checked(dispatcher), road.verified(dispatcher, hot_plate=make.hot_plate("0DEM124"))
    assert escalate(road.NOON + LIMIT) == 1
    waiting.refresh_from_db()
    done.refresh_from_db()
    assert waiting.escalated_at is not None
    assert done.escalated_at is None


def test_escalating_takes_nothing_from_its_owner(dispatcher):
    hit = road.taken(dispatcher)
    escalate(road.NOON + LIMIT)
    hit.refresh_from_db()
    assert (hit.status, hit.taken_by) == ("taken", dispatcher)
    steps.release_hit(hit_id=hit.pk, by=make.by(dispatcher), at=road.NOON + LIMIT)
    assert escalate(road.NOON + 2 * LIMIT) == 0, "once, whoever had it since"


def test_dispatchers_and_administrators_are_told_and_nobody_else(dispatcher, administrator, officer, clerk):
    hit = road.hit()
    escalate(road.NOON + LIMIT)
    told = {notice.recipient: notice for notice in Notice.objects.all()}
    assert set(told) == {dispatcher, administrator}
    assert all(notice.urgent for notice in told.values())
    assert told[dispatcher].path == f"/hits/{hit.pk}/"
    assert told[administrator].path == "/hits/times/", "an administrator does not watch the desk"
    assert "longer than 5 min" in told[dispatcher].words
    assert hit.plate not in told[dispatcher].words + told[dispatcher].path


def test_of_several_one_notice_leads_to_the_desk(dispatcher):
    for number in range(3):
        road.hit(hot_plate=make.hot_plate(f"0DEM12{number}"))
    assert escalate(road.NOON + LIMIT) == 3
    notice = Notice.objects.get(recipient=dispatcher)
    assert (notice.path, notice.words[:6]) == ("/hits/", "3 hits")


def test_of_a_special_list_only_those_hear_whom_it_is_open_to(dispatcher, administrator):
    special = make.hot_list("Special", kind="special")
    granted = make.user("granted", "dispatcher")
    assign_perm("hotlists.see_hits", granted, special)
    road.hit(hot_plate=make.hot_plate(hot_list=special))
    assert escalate(road.NOON + LIMIT) == 1
    assert [notice.recipient for notice in Notice.objects.all()] == [granted]


def test_one_switched_off_or_no_longer_on_the_roll_is_not_told(dispatcher):
    left = make.user("left", "dispatcher")
    left.is_active = False
    left.save()
    past = make.user("past", "dispatcher")
    past.role_grants.update(ends_at=road.NOON)
    road.hit()
    escalate(road.NOON + LIMIT)
    assert [notice.recipient for notice in Notice.objects.all()] == [dispatcher]


def test_what_is_put_off_comes_at_the_next_beat(dispatcher, monkeypatch):
    monkeypatch.setattr(escalation, "AT_ONCE", 2)
    for number in range(3):
        road.hit(hot_plate=make.hot_plate(f"0DEM12{number}"))
    assert [escalate(road.NOON + LIMIT) for _ in range(3)] == [2, 1, 0]


def test_the_clockwork_calls_the_verb(dispatcher):
    hit = road.hit()
    tasks.escalate_hits()
    hit.refresh_from_db()
    assert hit.escalated_at is not None


def test_the_desk_says_so_by_itself_where_no_clockwork_runs(dispatcher):
    hit = road.hit(at=road.NOON)
    soon, late = (list_hits(by=make.by(dispatcher), at=road.NOON + waited) for waited in (LIMIT - INSTANT, LIMIT))
    assert [(one.pk, one.late) for one in soon.hits + late.hits] == [(hit.pk, False), (hit.pk, True)]
    assert hit.escalated_at is None
