"""The account of a file (A.6): per camera what came, what had come before, and where reads are missing.

A gap is a time without any read of the camera, by whatever way it came, between the file's first and last read of it,
that is longer than ``GAP_TIMES`` times the camera's usual spacing there (the median) and longer than ``GAP_LEAST``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db import transaction

from detections.ingest.wire import server_cursor
from detections.models import Upload, UploadCamera

GAP_TIMES = 20
GAP_LEAST = timedelta(minutes=15)
MOST_GAPS = 50
BINS = 80
# Reads lie by camera and time in one index: nothing else is touched.
_GAPS = """
    WITH seen AS MATERIALIZED (
        SELECT captured_at, lead(captured_at) OVER (ORDER BY captured_at) - captured_at AS step
        FROM detections_detection WHERE camera_id = %(camera)s AND captured_at BETWEEN %(first)s AND %(last)s
    ), usual AS (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY step) AS step FROM seen WHERE step > '0'
    )
    SELECT extract(epoch FROM usual.step)::float8, seen.captured_at, seen.captured_at + seen.step, count(*) OVER ()
    FROM usual LEFT JOIN seen ON seen.step > greatest(usual.step * %(times)s, %(least)s)
    ORDER BY seen.step DESC, seen.captured_at LIMIT %(most)s
"""
_BINS = """
    SELECT least(width_bucket(extract(epoch FROM captured_at)::float8, %(low)s, %(high)s, %(bins)s), %(bins)s), count(*)
    FROM detections_detection WHERE camera_id = %(camera)s AND captured_at BETWEEN %(first)s AND %(last)s
    GROUP BY 1
"""


class Counts(Protocol):
    """What was counted of one camera in one part."""

    recorded: int
    duplicates: int
    quarantined: int
    rejected: int
    first: datetime | None
    last: datetime | None


def counts_of(upload: Upload) -> dict[str, int]:
    """The file's rows by what became of them, for the ledger."""
    return {
        "rows": upload.rows,
        "recorded": upload.recorded,
        "duplicate": upload.duplicates,
        "quarantined": upload.quarantined,
        "rejected": upload.rejected,
    }


def complete(upload_id: UUID) -> None:
    """Look for gaps of each camera of a file and keep them with it. Two queries a camera. Safe to run again."""
    for row in UploadCamera.objects.filter(upload=upload_id).select_related("camera"):
        if row.first is None or row.last is None:
            continue
        with transaction.atomic():
            row.spacing, row.gap_count, row.gaps = _gaps(row.camera.number, row.first, row.last)
            row.bins = _bins(row.camera.number, row.first, row.last)
            row.save(update_fields=["spacing", "gap_count", "gaps", "bins"])


def _gaps(camera: int, first: datetime, last: datetime) -> tuple[float | None, int, list[list[str]]]:
    values = {"camera": camera, "first": first, "last": last}
    values |= {"times": float(GAP_TIMES), "least": GAP_LEAST, "most": MOST_GAPS}
    with server_cursor() as cursor:
        found = cursor.execute(_GAPS, values).fetchall()
    spacing = found[0][0] if found else None
    gaps = [(start, end) for _, start, end, _ in found if start is not None]
    return spacing, found[0][3] if gaps else 0, [[start.isoformat(), end.isoformat()] for start, end in gaps]


def _bins(camera: int, first: datetime, last: datetime) -> list[int]:
    if first >= last:
        return []
    values = {"camera": camera, "first": first, "last": last, "bins": BINS}
    values |= {"low": first.timestamp(), "high": last.timestamp()}
    with server_cursor() as cursor:
        found = dict(cursor.execute(_BINS, values).fetchall())
    return [found.get(number, 0) for number in range(1, BINS + 1)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the small plot, in its own units: 0 to ``BINS`` across, 0 to 20 down."""

    x: int
    y: float
    height: float


def bars(bins: Iterable[int]) -> list[Bar]:
    """The bars of a plot; anything seen at all is to be seen."""
    counts = list(bins)
    most = max(counts, default=0)
    heights = [max(1.0, round(20 * count / most, 1)) if count else 0.0 for count in counts]
    return [Bar(place, round(20 - height, 1), height) for place, height in enumerate(heights) if height]
