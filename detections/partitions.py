"""The partitions of reads: made ahead of time, and for times past when reads of them come in (docs/adr/0007).

A read whose time no partition covers is kept in the stray partition, searched and matched like the others; the
maintenance makes a partition for it, and says so.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction

from audit import asker, ledger, policy
from audit.actions import Action
from detections.retention.terms import terms_of

AHEAD = timedelta(days=60)
WARN_BELOW = timedelta(days=30)
# Above these many reads a day the open partition would grow past some seven million (measured: docs/adr/0007).
MOST_FOR_MONTHS, MOST_FOR_WEEKS = 230_000, 1_000_000
# A partition is destroyed whole, so it is short beside the time for which reads are kept.
SHORTEST_FOR_MONTHS, SHORTEST_FOR_WEEKS = timedelta(days=365), timedelta(days=120)
STRAY = "detections_detection_stray"
# Where a policy sets no ceiling, reads older than this still are kept, but in the stray partition.
LONGEST_BACK = timedelta(days=5 * 366)
# What this process knows of the partitions. A range that is gone since sends its reads to the stray partition.
_ranges: list["Partition"] = []

log = logging.getLogger(__name__)


class Partition(NamedTuple):
    """A table of the reads captured in ``[first, upto)``."""

    name: str
    first: datetime
    upto: datetime


class Unit(NamedTuple):
    """How long a partition is; ``days`` 0 means a calendar month (UTC)."""

    name: str
    days: int


MONTH, WEEK, DAY = Unit("month", 0), Unit("week", 7), Unit("day", 1)


def listed() -> list[Partition]:
    """All partitions in the order of time, without the stray one. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, first, upto FROM detections_partitions()")
        return [Partition(*row) for row in cursor]


def unit_for(reads_a_day: float, kept: timedelta | None) -> Unit:
    """How long new partitions are, by volume and by how long reads are kept (None: without end)."""
    if reads_a_day > MOST_FOR_WEEKS or (kept and kept < SHORTEST_FOR_WEEKS):
        return DAY
    if reads_a_day > MOST_FOR_MONTHS or (kept and kept < SHORTEST_FOR_MONTHS):
        return WEEK
    return MONTH


def pieces(
    first: datetime, upto: datetime, unit: Unit, there: Sequence[Partition]
) -> Iterator[tuple[datetime, datetime]]:
    """The partitions that are missing between two instants: whole units, cut where one that is there begins or ends."""
    start = _floor(first, unit)
    while start < upto:
        end = _next(start, unit)
        yield from _around(start, end, [one for one in there if one.first < end and one.upto > start])
        start = end


def cover(first: datetime, last: datetime, *, at: datetime) -> int:
    """Make what partitions are missing for reads captured from ``first`` to ``last``; how many were made.

    Each is a transaction of its own. One that cannot be made now is logged and left to the maintenance: its reads go
    to the stray partition meanwhile.
    """
    there = listed()
    made = 0
    for start, end in pieces(first, last + timedelta(microseconds=1), _unit(at), there):
        made += _add(start, end)
    return made


def make_room(times: Sequence[datetime], *, at: datetime) -> None:
    """Make the partitions that back-dated reads captured at these times will need. No query where all are known.

    Times for which no read is recorded at ``at`` (the future, or past the ceiling) get none.
    """
    if not times or _known(min(times), max(times)):
        return
    _ranges[:] = listed()
    if _known(min(times), max(times)):
        return
    seen_from = terms_of(policy.in_force(at), at).seen_from(at) or at - LONGEST_BACK
    wanted = [time for time in times if seen_from <= time <= at + timedelta(days=1) and not _known(time, time)]
    if wanted:
        cover(min(wanted), max(wanted), at=at)
        _ranges[:] = listed()


def keep_ahead(*, at: datetime) -> int:
    """Make the partitions of the next sixty days and those that strays wait for; how many were made. Recorded."""
    found, strays = alarms(at), _strays()
    made = cover(at, at + AHEAD, at=at) + sum(cover(day, day, at=at) for day in strays)
    left = alarms(at)
    # That the partitions end soon is mended just now, as on a first start; that a read found none is told all the same.
    for alarm in found if strays else left:
        log.error("store: %s", alarm)
    with ledger.act(Action.STORE_MAINTAIN, by=asker.system("store"), at=at, purpose="system") as record:
        record.detail = {"alarms": found, "left": left, "partitions made": made}
        record.result_count = made
    return made


def alarms(at: datetime) -> list[str]:
    """What is wrong with the store now, in words for an administrator; holds no plate. Two queries."""
    found = []
    if strays := _strays():
        days = "1 day lie" if len(strays) == 1 else f"{len(strays)} days lie"
        found.append(f"reads of {days} in no partition of their own, the first of {strays[0]:%Y-%m-%d}")
    end = max((one.upto for one in listed() if one.first <= at + AHEAD), default=None)
    if end is None:
        found.append("there are no partitions of reads yet; the store's task makes them within the hour")
    elif end < at + WARN_BELOW:
        found.append(f"the partitions of reads end on {end:%Y-%m-%d}, less than {WARN_BELOW.days} days ahead")
    return found


def _known(first: datetime, last: datetime) -> bool:
    """Whether one known partition holds both instants, or an unbroken row of them does."""
    for one in _ranges:
        if one.first <= first < one.upto:
            if last < one.upto:
                return True
            first = one.upto
    return False


def _strays() -> list[datetime]:
    """The days (UTC) of which reads lie in the stray partition, at most 400."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT date_trunc('day', captured_at, 'UTC') AS day FROM detections_detection_stray"
            " ORDER BY day LIMIT 400"
        )
        return [day.astimezone(UTC) for (day,) in cursor]


def _unit(at: datetime) -> Unit:
    terms = terms_of(policy.in_force(at), at)
    seen_from = terms.seen_from(at)
    lately = timedelta(days=7)
    with connection.cursor() as cursor:
        # An estimate is enough: the planner's own, of the partitions of the last week.
        cursor.execute(
            "SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)"
            " FROM detections_partitions() p JOIN pg_class c ON c.relname = p.name WHERE p.upto > %s AND p.first <= %s",
            [at - lately, at],
        )
        reads = float(cursor.fetchone()[0])
        cursor.execute(
            "SELECT coalesce(sum(extract(epoch FROM least(upto, %s) - first)) / 86400, 1) FROM detections_partitions()"
            " WHERE upto > %s AND first <= %s",
            [at, at - lately, at],
        )
        days = max(float(cursor.fetchone()[0]), 1.0)
    return unit_for(reads / days, at - seen_from if seen_from else None)


def _add(first: datetime, upto: datetime) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT detections_add_partition(%s, %s)", [first, upto])
    except DatabaseError as error:
        log.error("store: the partition from %s could not be made: %s", first.date(), type(error).__name__)
        return 0
    return 1


def _around(start: datetime, end: datetime, there: Sequence[Partition]) -> Iterator[tuple[datetime, datetime]]:
    """What of ``[start, end)`` the partitions that are there leave free."""
    for one in sorted(there, key=lambda partition: partition.first):
        if start < one.first:
            yield start, one.first
        start = max(start, one.upto)
    if start < end:
        yield start, end


def _floor(at: datetime, unit: Unit) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit.days == 0:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday() if unit.days == 7 else 0)


def _next(start: datetime, unit: Unit) -> datetime:
    if unit.days:
        return start + timedelta(days=unit.days)
    return (start + timedelta(days=32)).replace(day=1)
