"""Which inspections are due: closed periods of the agency's own calendar, by the rule that the policy names.

A period is half open and is reckoned by the database's clock (``LedgerEntry.recorded_at``): the application's clock can
be set by whoever runs it, the database's stands in the leaf. Periods begin and end at midnight of the agency's zone, so
a day of 23 or 25 hours is a day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import policy
from audit.models import Inspection, LedgerEntry, PolicyActivation
from audit.policy import Profile

QUARTER, NINETY, WEEKLY = "calendar_quarter", "every_90_days", "weekly"
DEMONSTRATION = "demonstration"
# How far back missed periods are caught up: further back there is nobody left to ask, and rows would come without end.
CAUGHT_UP = {QUARTER: 8, NINETY: 8, WEEKLY: 26}
KEYS = {Inspection.Kind.QUERIES: "audit.queries", Inspection.Kind.LOG: "audit.log_review"}


@dataclass(frozen=True, slots=True)
class Due:
    """A closed period that is to be inspected, ``[starts_at, ends_at)``, and the last day to do it in time."""

    kind: str
    rule: str
    starts_at: datetime
    ends_at: datetime
    due_on: date


def open_due(at: datetime) -> list[Inspection]:
    """Make the rows of all closed periods that have none yet; those made now. Safe to run at once and again."""
    made = []
    for due in unopened(at):
        row, fresh = Inspection.objects.get_or_create(
            kind=due.kind,
            starts_at=due.starts_at,
            defaults={"rule": due.rule, "ends_at": due.ends_at, "due_on": due.due_on, "opened_at": at},
        )
        if fresh:
            made.append(row)
    return made


def unopened(at: datetime) -> list[Due]:
    """Closed periods without a row at the instant, the oldest first. Four queries."""
    profile, since = policy.in_force(at), _since(at)
    if since is None:
        return []
    known = set(Inspection.objects.values_list("kind", "starts_at"))
    return [
        due
        for kind, key in KEYS.items()
        for due in closed_periods(kind, str(profile.get(key, "")), since=since, at=at)
        if (due.kind, due.starts_at) not in known
    ]


def overdue(at: datetime) -> list[Inspection]:
    """Inspections that nobody has approved by the end of the day they were due, the oldest first. One query."""
    late = Inspection.objects.filter(approved_at=None, due_on__lt=_day(at))
    return list(late.order_by("due_on", "starts_at", "kind"))


def closed_periods(kind: str, rule: str, *, since: datetime, at: datetime) -> list[Due]:
    """The periods of a rule that ended at or before ``at``, back to the one that held ``since``; bounded. Pure."""
    found = {QUARTER: _quarters, NINETY: _nineties, WEEKLY: _weeks}.get(rule)
    if found is None:
        return []
    periods = (Due(kind, rule, _midnight(a), _midnight(b), due) for a, b, due in found(_day(since)))
    return list(takewhile(lambda due: due.ends_at <= at, periods))[-CAUGHT_UP[rule] :]


def settings_of(profile: Profile) -> dict[str, str]:
    """Which rule each kind of inspection follows."""
    return {kind: str(profile.get(key, "")) for kind, key in KEYS.items()}


def _since(at: datetime) -> datetime | None:
    """When there first was something to inspect: the first activation, else the log's first record."""
    first = PolicyActivation.objects.order_by("effective_from").values_list("effective_from", flat=True).first()
    record = LedgerEntry.objects.filter(index=0).values_list("recorded_at", flat=True).first()
    known = [instant for instant in (first, record) if instant is not None]
    return min(known) if known else None


def _quarters(first: date) -> Iterator[tuple[date, date, date]]:
    """Calendar quarters; each is due by the end of the first month of the next."""
    start = date(first.year, first.month - (first.month - 1) % 3, 1)
    while True:
        end = _months_on(start, 3)
        yield start, end, _months_on(end, 1) - timedelta(days=1)
        start = end


def _nineties(first: date) -> Iterator[tuple[date, date, date]]:
    """Ninety days and again ninety days, from the first day on; each is due thirty days after its end."""
    return _runs(first, 90, 30)


def _weeks(first: date) -> Iterator[tuple[date, date, date]]:
    """Weeks from Monday on; each is due within the next."""
    return _runs(first - timedelta(days=first.weekday()), 7, 7)


def _runs(start: date, days: int, due_in: int) -> Iterator[tuple[date, date, date]]:
    while True:
        end = start + timedelta(days=days)
        yield start, end, end + timedelta(days=due_in - 1)
        start = end


def _months_on(day: date, months: int) -> date:
    """The first of the month so many months after a first of the month."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.AGENCY["zone"])


def _day(at: datetime) -> date:
    return at.astimezone(_zone()).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=_zone())
