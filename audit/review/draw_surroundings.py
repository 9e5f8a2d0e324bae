"""What the queries of a period are held against, gathered before the one pass over them."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from audit.policy import Profile
from audit.registers import member_plates
from audit.registers.case_book import case_book
from audit.registers.duty_hours import duty_hours
from audit.review import frame_sql
from audit.review.draw_judging import Surroundings
from audit.review.flags import times_and_places
from audit.review.flags.flag import Flag
from audit.review.flags.limits import DAYS_OF_VOLUME, Limits
from audit.review.frame_sql import Span
from audit.review.strata import REPEATED


def days_before(limits: Limits) -> int:
    """How many days before the period its flags look at."""
    return max(limits.repeat_days, DAYS_OF_VOLUME + 1)


def surroundings(span: Span, limits: Limits, profile: Profile) -> tuple[Surroundings, dict[str, Any], int]:
    """Also what the registers hold, for the report, and how many queries there are with a known person."""
    frame_sql.use_memory()
    values = frame_sql.values_of(span, often=REPEATED, within=timedelta(seconds=limits.two_places_s))
    hours = duty_hours(span.starts_at, span.ends_at)
    members = member_plates.all_digests()
    cases = case_book()
    days = _days(values)
    around = Surroundings(
        limits=limits,
        profile=profile,
        hours=hours,
        members=members,
        member_key=member_plates.key(),
        often={str(pair).encode(): times or [] for pair, times in frame_sql.rows(frame_sql.OFTEN, values)},
        sudden=_sudden(days, limits),
        places=_places(values, limits),
        cases=cases,
    )
    held = {
        "cases": len(cases.known),
        "cases_taken_in_at": cases.taken_in_at.isoformat() if cases.taken_in_at else None,
        "people_with_duty_hours": len(hours.starts),
        "member_plates": len(members),
    }
    return around, held, sum(sum(by_day.values()) for by_day in days.values())


def _days(values: dict[str, Any]) -> dict[str, dict[date, int]]:
    days: dict[str, dict[date, int]] = defaultdict(dict)
    for who, day, count in frame_sql.rows(frame_sql.DAYS, values):
        days[who][day] = count
    return days


def _sudden(days: dict[str, dict[date, int]], limits: Limits) -> dict[tuple[bytes, bytes], Flag]:
    """The days on which somebody asked far more than on any of the 28 days before."""
    found = {}
    for who, by_day in days.items():
        for day, count in by_day.items():
            if count < limits.volume_least:
                continue
            before = (by_day.get(day - timedelta(days=number), 0) for number in range(1, DAYS_OF_VOLUME + 1))
            if flag := times_and_places.sudden_volume(count, max(before), limits):
                found[who.encode(), day.isoformat().encode()] = flag
    return found


def _places(values: dict[str, Any], limits: Limits) -> dict[int, Flag]:
    found = {}
    for index, here, there, apart in frame_sql.rows(frame_sql.PLACES, values):
        if flag := times_and_places.two_places(here, there, apart, limits):
            found[index] = flag
    return found
