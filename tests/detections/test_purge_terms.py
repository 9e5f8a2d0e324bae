"""Floor and ceiling by arithmetic, through leap days and changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections.retention.terms import LEAST, Terms

PACIFIC = ZoneInfo("America/Los_Angeles")
INSTANTS = st.datetimes(datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2033-01-01"))


def terms(floor: str = "P90D", ceiling: str = "P2Y") -> Terms:
    return Terms(floor, ceiling, ceiling, None)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "ceiling", "expired_before"),
    [
        ("2026-06-16T19:00", "P2Y", "2024-06-16T19:00"),
        ("2026-02-28T12:00", "P2Y", "2024-02-28T12:00"),  # the 29th of 2024 waits for its own day
        ("2026-03-01T00:00", "P2Y", "2024-03-01T00:00"),
        ("2028-02-28T23:59", "P2Y", "2026-02-28T23:59"),
        ("2028-02-29T00:00", "P2Y", "2026-03-01T00:00"),  # never back by a day
        ("2028-02-29T12:00", "P2Y", "2026-03-01T00:00"),
        ("2028-03-01T00:00", "P2Y", "2026-03-01T00:00"),
        ("2028-02-29T12:00", "P4Y", "2024-02-29T12:00"),
        ("2024-02-29T12:00", "P1Y", "2023-03-01T00:00"),
        ("2026-06-16T19:00", "P30D", "2026-05-17T19:00"),
        ("2024-03-30T12:00", "P30D", "2024-02-29T12:00"),
    ],
)
def test_the_ceiling_of_a_day(at: str, ceiling: str, expired_before: str) -> None:
    assert terms(ceiling=ceiling).ceiling_before(utc(at)) == utc(expired_before)


@pytest.mark.parametrize(
    ("local", "days", "before"),
    [
        # Thirty times 24 hours, whatever the clock on the wall did meanwhile.
        (datetime(2026, 4, 1, 1, 30, tzinfo=PACIFIC), "P30D", "2026-03-02T08:30"),
        (datetime(2026, 11, 1, 1, 30, tzinfo=PACIFIC, fold=0), "P30D", "2026-10-02T08:30"),
        (datetime(2026, 11, 1, 1, 30, tzinfo=PACIFIC, fold=1), "P30D", "2026-10-02T09:30"),
        (datetime(2026, 3, 8, 3, 0, tzinfo=PACIFIC), "P90D", "2025-12-08T10:00"),
    ],
)
def test_days_are_counted_in_elapsed_time_over_a_change_of_the_clock(local: datetime, days: str, before: str) -> None:
    assert terms(ceiling=days).ceiling_before(local) == utc(before)
    assert terms(floor=days).floor_before(local) == utc(before)


@given(INSTANTS, st.integers(0, 60 * 24 * 40))
def test_what_is_past_its_ceiling_stays_past_it(at: datetime, minutes: int) -> None:
    now = at.replace(tzinfo=UTC)
    for ceiling in ("P1Y", "P2Y", "P4Y", "P30D"):
        later = terms(ceiling=ceiling).ceiling_before(now + timedelta(minutes=minutes))
        assert later >= terms(ceiling=ceiling).ceiling_before(now)


MAY = (utc("2024-05-01"), utc("2024-06-01"))


@pytest.mark.parametrize(
    ("floor", "ceiling", "due"),
    [
        ("P90D", "P2Y", "2026-04-30T00:00"),  # the night before the first of May reaches its ceiling
        ("P1Y", "P1Y", "2025-06-01T00:00"),  # floor and ceiling are one: when all of it is past both
        ("P30D", "P30D", "2024-07-01T00:00"),
        ("", "P2Y", "2026-04-30T00:00"),
        ("P700D", "P2Y", "2026-05-02T00:00"),  # the floor is nearer: nothing goes before it
    ],
)
def test_a_month_is_due_in_the_last_night_before_its_ceiling_and_after_its_floor(
    floor: str, ceiling: str, due: str
) -> None:
    its = terms(floor, ceiling)
    found = its.due_at(*MAY, utc("2024-06-02"))
    assert abs(found - utc(due)) <= timedelta(seconds=1)
    assert its.may_destroy(*MAY, found)
    assert not its.may_destroy(*MAY, utc(due) - timedelta(seconds=1))


@given(
    st.sampled_from(["P30D", "P90D", "P180D", "P1Y"]),
    st.sampled_from(["P60D", "P1Y", "P2Y", "P4Y"]),
    st.integers(1, 31),
    INSTANTS,
    st.integers(0, 2_000),
)
def test_nothing_goes_before_its_floor_and_nothing_far_from_its_ceiling(
    floor: str, ceiling: str, length: int, first: datetime, age: int
) -> None:
    its, start = terms(floor, ceiling), first.replace(tzinfo=UTC)
    upto, at = start + timedelta(days=length), first.replace(tzinfo=UTC) + timedelta(days=age)
    if its.may_destroy(start, upto, at):
        newest = upto - timedelta(microseconds=1)
        assert newest < its.floor_before(at)
        assert newest < at - LEAST
        assert start < its.ceiling_before(at + timedelta(days=1))


def test_no_profile_makes_reads_go_within_thirty_days() -> None:
    at = utc("2026-06-16")
    assert terms("", "P7D").floor_before(at) == at - timedelta(days=30)
    assert not terms("", "P7D").may_destroy(at - timedelta(days=29), at - timedelta(days=28), at)
