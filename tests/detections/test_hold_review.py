"""A hold is looked at again on a day within a year, by the agency's own calendar, and kept on with words."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.actions import Action, Outcome
from audit.models import User
from audit.refusals import Refused
from detections.models import Hold, HoldReview
from detections.retention.hold_pages import count_due, list_holds
from detections.retention.holds import agency_day, lift, request_lift, review_hold
from detections.rules.holds import latest_review
from tests import make
from tests.detections.holding import NOON, held
from tests.detections.searching import last_entry

NEXT = NOON.date() + timedelta(days=180)
ZONE = ZoneInfo("America/Los_Angeles")


def review(by: User, hold: Hold, **fields: object) -> HoldReview:
    told = {"at": NOON, "words": "The trial begins in May", "next_on": NEXT} | fields
    return review_hold(by=make.by(by), hold_id=hold.pk, **told)


def test_a_review_sets_the_next_day_and_is_on_record(detective: User) -> None:
    hold = held(detective)
    due = hold.review_on
    kept = review(detective, hold)
    hold.refresh_from_db()
    assert hold.review_on == NEXT
    assert (kept.due_on, kept.next_on, kept.words, kept.reviewed_by) == (
        due,
        NEXT,
        "The trial begins in May",
        detective,
    )
    entry = last_entry()
    assert (entry.action, entry.subject_id) == (Action.HOLD_REVIEW, str(hold.pk))
    assert entry.clear.reason == "The trial begins in May"
    assert json.loads(entry.clear.detail)["next"] == NEXT.isoformat()


def test_every_review_is_kept(detective: User) -> None:
    hold = held(detective)
    for days in (30, 60):
        review(detective, hold, next_on=NOON.date() + timedelta(days=days))
    assert [kept.next_on.day for kept in hold.reviews.order_by("next_on")] == [16, 15]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"words": "still needed"}, "hold.reason"),
        ({"next_on": NOON.date()}, "hold.review_date"),
        ({"next_on": date(2027, 6, 17)}, "hold.review_date"),
    ],
)
def test_a_review_without_words_or_day_is_refused(detective: User, fields: dict, code: str) -> None:
    hold = held(detective)
    with pytest.raises(Refused) as caught:
        review(detective, hold, **fields)
    assert caught.value.refusal.code == last_entry().rule_code == code
    assert last_entry().outcome == Outcome.REFUSED
    assert not HoldReview.objects.exists()


def test_a_review_that_keeps_a_hold_ends_the_request_to_lift_it(detective: User) -> None:
    hold, other = held(detective), make.user("custodian", "custodian", trained=False)
    request_lift(by=make.by(detective), at=NOON, hold_id=hold.pk, reason="The trial is over")
    review(other, hold, words="An appeal was filed yesterday")
    hold.refresh_from_db()
    assert (hold.lift_requested_by, hold.lift_ground, hold.lift_reason) == (None, "", "")
    with pytest.raises(Refused) as caught:
        lift(by=make.by(other), at=NOON, hold_id=hold.pk)
    assert caught.value.refusal.code == "hold.two_people"


def test_a_lifted_hold_is_not_reviewed(detective: User) -> None:
    hold, other = held(detective), make.user("custodian", "custodian", trained=False)
    request_lift(by=make.by(detective), at=NOON, hold_id=hold.pk, reason="The trial is over")
    lift(by=make.by(other), at=NOON, hold_id=hold.pk)
    with pytest.raises(Refused) as caught:
        review(detective, hold)
    assert caught.value.refusal.code == "hold.state"


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 6, 16), date(2027, 6, 16)),
        (date(2027, 3, 1), date(2028, 3, 1)),  # 366 days: a leap day lies between
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 12, 31), date(2029, 12, 31)),
    ],
)
def test_a_year_ends_on_its_own_day_and_a_leap_day_on_the_28th(today: date, last: date) -> None:
    assert latest_review(today) == last


@given(st.dates(date(2020, 1, 1), date(2400, 1, 1)))
def test_the_latest_day_of_review_is_365_or_366_days_off(today: date) -> None:
    assert (latest_review(today) - today).days in (365, 366)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 8, 7, 59, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), date(2026, 3, 8)),  # winter time still, eight hours behind
        (datetime(2026, 3, 9, 6, 59, 59, tzinfo=UTC), date(2026, 3, 8)),  # summer time now, a day of 23 hours
        (datetime(2026, 3, 9, 7, 0, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 11, 2, 7, 59, 59, tzinfo=UTC), date(2026, 11, 1)),  # a day of 25 hours
        (datetime(2026, 11, 2, 8, 0, tzinfo=UTC), date(2026, 11, 2)),
        (datetime(2028, 3, 1, 7, 59, 59, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_the_day_is_the_agencys_own(instant: datetime, day: date) -> None:
    assert agency_day(instant) == day


@pytest.mark.parametrize("due", [date(2028, 2, 29), date(2027, 3, 14), date(2026, 11, 1)])
def test_a_hold_is_due_from_midnight_in_the_agencys_zone(detective: User, due: date) -> None:
    midnight = datetime(due.year, due.month, due.day, tzinfo=ZONE)
    placed = midnight - timedelta(days=90)
    hold = held(detective, make.detection(at=placed), at=placed, review_on=due)

    def due_at(at: datetime) -> list:
        return [one.pk for one in list_holds(by=make.by(detective), at=at, state="due")]

    before = (midnight.astimezone(UTC) - timedelta(microseconds=1)).astimezone(ZONE)
    assert (due_at(before), count_due(before)) == ([], 0)
    assert (due_at(midnight), count_due(midnight)) == ([hold.pk], 1)
