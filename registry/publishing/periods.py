"""Months, quarters and years as they are published: closed, on the agency's calendar, never cut anew."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

# A month is counted once it has been over for so long: reads uploaded late are still in time until then.
AFTER_THE_END = timedelta(days=3)


def zone() -> ZoneInfo:
    """The agency's time zone."""
    return ZoneInfo(settings.AGENCY["zone"])


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """The half-open period of a month on the agency's calendar."""
    return _midnight(month), _midnight(month_after(month))


def closes_at(month: date) -> datetime:
    """From then on the month can be counted."""
    return bounds(month)[1] + AFTER_THE_END


def last_closed(at: datetime) -> date:
    """The newest month that can be counted at the instant."""
    month = month_before(at.astimezone(zone()).date())
    return month if closes_at(month) <= at else month_before(month)


def month_code(month: date) -> str:
    """Such as ``2026-03``."""
    return f"{month:%Y-%m}"


def parent(period: str) -> str:
    """The longer period that adds this one up: ``2026-03`` is in ``2026-Q1``, that in ``2026``, that in none ("")."""
    if "Q" in period:
        return period[:4]
    return f"{period[:4]}-Q{(int(period[5:]) + 2) // 3}" if "-" in period else ""


def whole_periods(months: Iterable[date]) -> list[str]:
    """The months, and each quarter and year of which every month is among them; months first, in order."""
    codes = sorted({month_code(month) for month in months})
    quarters = sorted({parent(code) for code in codes if len(children_in(parent(code), codes)) == 3})
    years = sorted({parent(code) for code in quarters if len(children_in(parent(code), quarters)) == 4})
    return [*codes, *quarters, *years]


def children_in(period: str, periods: Iterable[str]) -> list[str]:
    """Those of the periods that add up to this one."""
    return [one for one in periods if period and parent(one) == period]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone())
