"""How long the steps of hits take (requirement 69: hit to broadcast, broadcast to verification). Figures, no plates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from detections.hit_progress import duration_words
from detections.models import Hit
from detections.rules.hit_waiting import limit, overdue

PURPOSE = "oversight"
DAYS = (1, 7, 30)
# The way, its words, its beginning and its end as columns of a hit. Where the end came first, it is not counted.
STRETCHES = (
    ("taken", "Hit to taken", "created_at", "received_at"),
    ("checked", "Taken to checked by eye", "received_at", "checked_at"),
    ("verified", "Hit to verified", "created_at", "verified_at"),
    ("broadcast", "Hit to broadcast", "created_at", "broadcast_at"),
    ("broadcast_verified", "Broadcast to verified", "broadcast_at", "verified_at"),
    ("verified_broadcast", "Verified to broadcast", "verified_at", "broadcast_at"),
    ("closed", "Hit to closed", "created_at", "closed_at"),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One way between two steps: of how many hits; median, 90th of a hundred and longest in seconds."""

    name: str
    words: str
    hits: int
    median: float | None
    p90: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class Timing:
    """The figures of a period, and what waits now: ``open`` hits, of them ``late`` over the profile's ``limit``."""

    since: datetime
    until: datetime
    stretches: tuple[Stretch, ...]
    hits: int
    escalated: int
    open: int
    late: int
    limit: str
    record_index: int | None


def seconds_of(hit: Hit) -> list[tuple[str, timedelta]]:
    """The ways of one hit that have been gone, in words and elapsed time."""
    found = []
    for _, words, begin, end in STRETCHES:
        first, last = getattr(hit, begin), getattr(hit, end)
        if first is not None and last is not None and last >= first:
            found.append((words, last - first))
    return found


def stretches(since: datetime, until: datetime) -> tuple[Stretch, ...]:
    """The figures of hits on ordinary lists made in [since, until). One query; counts and seconds only."""
    numbers = ", ".join(_figures(begin, end) for _, _, begin, end in STRETCHES)
    with connection.cursor() as cursor:
        # The column names are the constants above.
        cursor.execute(
            f"SELECT {numbers} FROM detections_hit WHERE created_at >= %s AND created_at < %s"  # noqa: S608
            " AND NOT informational",
            [since, until],
        )
        row: Sequence[float | None] = cursor.fetchone() or ()
    return tuple(
        Stretch(name, words, int(row[at] or 0), row[at + 1], row[at + 2], row[at + 3])
        for at, (name, words, _, _) in zip(range(0, 4 * len(STRETCHES), 4), STRETCHES, strict=True)
    )


def open_timing(*, by: Asker, at: datetime, days: int = 7) -> Timing:
    """The figures of the last ``days`` (one of ``DAYS``) for those who oversee the desk. Recorded; raises Refused.

    Hits of special lists count nowhere, for nobody, as with the rates: a figure tells of no such list (I.2.a).
    """
    days = days if days in DAYS else 7
    query: Mapping[str, object] = {"what": "times of the steps", "days": days}
    with ledger.act(Action.HIT_RATES, by=by, at=at, purpose=PURPOSE, query=query) as record:
        profile = gate.admit(by, Ability.VIEW_HIT_RATES, at=at)
        since = at - timedelta(days=days)
        ordinary = Hit.objects.filter(informational=False)
        made = ordinary.filter(created_at__gte=since, created_at__lt=at)
        found = stretches(since, at)
        hits, escalated = made.count(), made.filter(escalated_at__isnull=False).count()
        waiting = ordinary.exclude(status=Hit.Status.CLOSED)
        still, late = waiting.count(), waiting.filter(overdue(profile, at)).count()
        record.result_count = hits
    allowed = limit(profile)
    words = duration_words(allowed) if allowed else ""
    return Timing(since, at, found, hits, escalated, still, late, words, record.index)


def _figures(begin: str, end: str) -> str:
    taken = f"EXTRACT(EPOCH FROM {end} - {begin})"
    counted = f"FILTER (WHERE {end} >= {begin})"
    return (
        f"count(*) {counted}, percentile_cont(0.5) WITHIN GROUP (ORDER BY {taken}) {counted}, "
        f"percentile_cont(0.9) WITHIN GROUP (ORDER BY {taken}) {counted}, max({taken}) {counted}"
    )
