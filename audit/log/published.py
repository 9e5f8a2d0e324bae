"""What anybody may see of the log: its newest checkpoint, how much of it is not outside yet, who has which checkpoint.

No plate, no name and no clear value is in any of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from audit.log import asking, checkpoints, witnesses
from audit.models import Checkpoint, CheckpointCopy, LogKey, LogOrigin

SHOWN = 20
LISTED = 200
DAY = timedelta(days=1)
# Of each checkpoint a witness took in the period: how old its oldest record was by then that no witness had before.
WINDOWS = """
    WITH taken AS (
        SELECT k.size, min(c.at) AS at FROM audit_checkpointcopy c JOIN audit_checkpoint k ON k.id = c.checkpoint_id
        WHERE c.place = ANY(%(places)s) AND c.fault = '' AND c.at >= %(since)s - interval '1 hour' GROUP BY k.size
    ), steps AS (
        SELECT size, at, lag(size) OVER (ORDER BY size) AS before FROM taken
    )
    SELECT s.at, extract(epoch FROM s.at - e.recorded_at) FROM steps s
    JOIN audit_ledgerentry e ON e.index = s.before WHERE s.at >= %(since)s AND s.size > s.before ORDER BY s.at
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour's checkpoints with a witness, and the longest time (seconds) a record waited for one."""

    starts_at: datetime
    taken: int
    longest: float


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """How a place stands: the last checkpoint it took, and what is wrong since, if anything."""

    name: str
    taken: CheckpointCopy | None
    fault: CheckpointCopy | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """The public page: all of it from a fixed number of look-ups."""

    newest: Checkpoint | None
    note: str
    exposure: checkpoints.Exposure
    trouble: str
    places: list[PlaceNow]
    recent: list[Checkpoint]
    hours: list[Hour]
    origins: list[LogOrigin]
    keys: list[LogKey]

    @property
    def longest(self) -> float:
        """Longest wait of the last day, seconds."""
        return max((hour.longest for hour in self.hours), default=0.0)


def page(at: datetime) -> LogPage:
    """Everything the public page shows."""
    newest = checkpoints.latest()
    return LogPage(
        newest,
        asking.with_cosignatures(newest) if newest else "",
        checkpoints.exposure(at),
        trouble(),
        places(),
        list(Checkpoint.objects.order_by("-pk").prefetch_related("copies")[:SHOWN]),
        by_hour(at),
        list(LogOrigin.objects.all()),
        list(LogKey.objects.select_related("vouched_by")),
    )


def trouble() -> str:
    """Why the log's head could not be signed now, in a sentence; "" when it could."""
    from audit.log import proofs

    size = checkpoints.head_size()
    try:
        return checkpoints.contradiction(size, proofs.root(size)) if size else ""
    except proofs.NoProof as error:
        return str(error)


def places() -> list[PlaceNow]:
    """Each place outside the database, witnesses first."""
    names = [witness.place for witness in witnesses.configured()] + [checkpoints.FILE, checkpoints.PUBLIC_PAGE]
    found = []
    for name in names:
        taken = checkpoints.last_taken(name)
        rows = CheckpointCopy.objects.filter(place=name).exclude(fault="")
        rows = rows.filter(pk__gt=taken.pk) if taken else rows
        fault = rows.order_by("-at", "-pk").first()
        if taken or fault or name.startswith(checkpoints.WITNESS):
            found.append(PlaceNow(name, taken, fault))
    return found


def windows(at: datetime, period: timedelta = DAY) -> list[tuple[datetime, float]]:
    """When a witness took a checkpoint, and how many seconds the oldest record it newly covers had waited by then."""
    names = [witness.place for witness in witnesses.configured()]
    with connection.cursor() as cursor:
        cursor.execute(WINDOWS, {"places": names, "since": at - period})
        return [(taken, max(0.0, float(seconds))) for taken, seconds in cursor.fetchall()]


def by_hour(at: datetime) -> list[Hour]:
    """The last 24 hours, oldest first; what is still waiting counts in the hour of now."""
    start = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    found: dict[datetime, list[float]] = {start + timedelta(hours=number): [] for number in range(24)}
    for taken, seconds in windows(at):
        if (hour := taken.replace(minute=0, second=0, microsecond=0)) in found:
            found[hour].append(seconds)
    now = checkpoints.exposure(at).window.total_seconds()
    hours = [Hour(hour, len(waits), max(waits, default=0.0)) for hour, waits in found.items()]
    hours[-1] = Hour(hours[-1].starts_at, hours[-1].taken, max(hours[-1].longest, now))
    return hours


def listed() -> str:
    """The newest checkpoints as signed notes, oldest first, an empty line after each."""
    newest = Checkpoint.objects.order_by("-pk").prefetch_related("copies")[:LISTED]
    return "".join(f"{note}\n" for note in _with_lines(list(newest)[::-1]))


def _with_lines(rows: Sequence[Checkpoint]) -> list[str]:
    found = []
    for row in rows:
        lines = dict.fromkeys(copy.cosignature for copy in row.copies.all() if copy.cosignature)
        found.append(row.note + "".join(lines))
    return found
