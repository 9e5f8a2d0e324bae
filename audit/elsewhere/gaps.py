"""What is missing of the queries made elsewhere: user names nobody can be named for, and weeks without an export."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q

from audit.models import QueryElsewhere, QueryImport, QuerySystem

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A user name of a system that is not on the roster, and how many queries it made."""

    system: str
    account: str
    count: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A week (its Monday) of which no export covers all days."""

    system: str
    week: date


def unmatched(start: datetime, end: datetime) -> list[Unmatched]:
    """User names without a person among the queries of the half-open period; only systems that name people."""
    rows = QueryElsewhere.objects.filter(at__gte=start, at__lt=end, person=None, system__names_people=True)
    counted = rows.exclude(account="").values("system__name", "account").annotate(count=Count("pk"))
    return [
        Unmatched(row["system__name"], row["account"], row["count"])
        for row in counted.order_by("system__name", "account")
    ]


def missing_weeks(start: datetime, end: datetime) -> list[Missing]:
    """Weeks from Monday to Sunday that begin in the period, are over at its end, and are not covered whole."""
    zone = ZoneInfo(settings.AGENCY["zone"])
    # A week is over when its Sunday is: the day on which the period ends in the middle is not.
    first, upto = _day(start, zone), end.astimezone(zone).date()
    found = []
    for system in QuerySystem.objects.filter(Q(ended_on=None) | Q(ended_on__gt=first)).order_by("name"):
        covered = _covered(system)
        week = _monday(max(first, system.expected_from))
        while week + WEEK <= min(upto, system.ended_on or upto):
            if not all(week + timedelta(days=day) in covered for day in range(7)):
                found.append(Missing(system.name, week))
            week += WEEK
    return found


def count_missing(at: datetime) -> int:
    """Weeks missing in the year up to the instant."""
    return len(missing_weeks(at - timedelta(days=365), at))


def _covered(system: QuerySystem) -> set[date]:
    done = QueryImport.objects.filter(system=system, state=QueryImport.State.DONE)
    return {
        first + timedelta(days=day)
        for first, upto in done.values_list("covers_from", "covers_upto")
        for day in range((upto - first).days)
    }


def _day(at: datetime, zone: ZoneInfo) -> date:
    """The first calendar day that does not begin before the instant."""
    local = at.astimezone(zone)
    return local.date() if local.time() == time() else local.date() + timedelta(days=1)


def _monday(day: date) -> date:
    """The first Monday on or after the day."""
    return day + timedelta(days=-day.weekday() % 7)
