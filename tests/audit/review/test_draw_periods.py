"""Which inspections are due: closed periods of the agency's calendar, each once, however late one looks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from audit import policy
from audit.models import Inspection, PolicyActivation
from audit.review import periods
from audit.review.periods import closed_periods, open_due, overdue, unopened

ZONE = ZoneInfo("America/Los_Angeles")


def local(*parts):
    return datetime(*parts, tzinfo=ZONE)


@pytest.fixture
def activated(db):
    """A policy in force since a day of February 2026."""
    return PolicyActivation.objects.create(
        profile="sacpd_525_08", version="2024-06-13", effective_from=local(2026, 2, 10, 9), note="test"
    )


def told(found):
    return [
        (due.starts_at.astimezone(ZONE).isoformat(), due.ends_at.astimezone(ZONE).isoformat(), due.due_on)
        for due in found
    ]


def test_a_quarter_is_due_by_the_end_of_the_next_ones_first_month():
    found = closed_periods("queries", "calendar_quarter", since=local(2026, 2, 10), at=local(2026, 7, 1))
    assert told(found) == [
        ("2026-01-01T00:00:00-08:00", "2026-04-01T00:00:00-07:00", date(2026, 4, 30)),
        ("2026-04-01T00:00:00-07:00", "2026-07-01T00:00:00-07:00", date(2026, 7, 31)),
    ]


def test_a_quarter_that_is_not_over_is_not_due():
    just_before = local(2026, 7, 1) - timedelta(microseconds=1)
    assert len(closed_periods("queries", "calendar_quarter", since=local(2026, 2, 10), at=just_before)) == 1


def test_ninety_days_are_ninety_days_of_the_calendar_and_drift_through_the_year():
    found = closed_periods("queries", "every_90_days", since=local(2025, 12, 31, 23), at=local(2026, 12, 31))
    days = [(due.ends_at.astimezone(ZONE).date() - due.starts_at.astimezone(ZONE).date()).days for due in found]
    assert days == [90] * 4
    assert told(found)[1] == ("2026-03-31T00:00:00-07:00", "2026-06-29T00:00:00-07:00", date(2026, 7, 28))
    assert all(one.ends_at == two.starts_at for one, two in zip(found, found[1:], strict=False))


def test_a_week_begins_on_monday_and_a_day_may_have_25_hours():
    found = closed_periods("log", "weekly", since=local(2026, 10, 30), at=local(2026, 11, 3))
    assert told(found) == [("2026-10-26T00:00:00-07:00", "2026-11-02T00:00:00-08:00", date(2026, 11, 8))]
    assert found[0].ends_at.astimezone(UTC) - found[0].starts_at.astimezone(UTC) == timedelta(days=7, hours=1)


def test_missed_periods_are_caught_up_to_a_bound():
    long_ago = local(2001, 1, 1)
    assert len(closed_periods("log", "weekly", since=long_ago, at=local(2026, 7, 1))) == 26
    assert closed_periods("queries", "calendar_quarter", since=long_ago, at=local(2026, 7, 1))[-1].due_on == date(
        2026, 7, 31
    )


def test_a_rule_that_nobody_knows_makes_nothing_due():
    assert closed_periods("queries", "", since=local(2026, 1, 1), at=local(2026, 7, 1)) == []


def test_due_inspections_are_opened_once(activated):
    at = local(2026, 5, 5)
    assert unopened(at)
    made = open_due(at)
    assert {one.kind for one in made} == {"queries", "log"}
    quarter = next(one for one in made if one.kind == "queries")
    assert (quarter.rule, quarter.starts_at, quarter.due_on) == (
        "calendar_quarter", local(2026, 1, 1), date(2026, 4, 30),
    )  # fmt: skip
    assert open_due(at) == unopened(at) == []
    assert len(open_due(at + timedelta(days=7))) == 1


def test_overdue_is_what_nobody_approved_in_time(activated):
    open_due(local(2026, 4, 30))
    queries = Inspection.objects.filter(kind="queries")
    last_minute, after = local(2026, 4, 30, 23, 59), local(2026, 5, 1)
    assert [one.kind for one in overdue(last_minute) if one.kind == "queries"] == []
    assert [one.kind for one in overdue(after) if one.kind == "queries"] == ["queries"]
    queries.update(signed_at=after, approved_at=after)
    assert [one for one in overdue(after) if one.kind == "queries"] == []


def test_nothing_is_due_where_nothing_ever_was(db):
    assert open_due(local(2026, 5, 5)) == []


def test_each_kind_follows_its_profiles_rule():
    assert periods.settings_of(policy.load("sacpd_525_08")) == {"queries": "calendar_quarter", "log": "weekly"}
    assert periods.settings_of(policy.load("egpd_462"))["queries"] == "every_90_days"
