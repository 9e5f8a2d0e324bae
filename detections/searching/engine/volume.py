"""How many reads and plates there are, roughly: from the planner's own figures, to choose a way and a first window."""

import time
from typing import NamedTuple

from detections.searching.engine.sql import Cursor

REMEMBERED_S = 300


class Volume(NamedTuple):
    """Estimates, each at least 1."""

    reads_a_day: float
    plates: float
    cameras: float

    def days_for(self, reads: float, share: float) -> float:
        """In how many days so many reads come, of the share of all reads that fits."""
        return reads / max(self.reads_a_day * share, 1e-9)


ESTIMATE = """
SELECT coalesce(sum(c.reltuples) FILTER (WHERE c.reltuples > 0), 0),
       coalesce(sum(extract(epoch FROM p.upto - p.first)) FILTER (WHERE c.reltuples > 0), 0)::float8 / 86400,
       (SELECT reltuples FROM pg_class WHERE oid = 'detections_plate'::regclass),
       (SELECT reltuples FROM pg_class WHERE oid = 'cameras_camera'::regclass)
FROM detections_partitions() p JOIN pg_class c ON c.oid = to_regclass(p.name)
"""
_remembered: dict[str, tuple[float, Volume]] = {}


def volume(cursor: Cursor, using: str) -> Volume:
    """The estimates of this connection's database, a few minutes old at most. They change no answer."""
    measured, known = _remembered.get(using, (0.0, None))
    if known is None or time.monotonic() - measured > REMEMBERED_S:
        cursor.execute(ESTIMATE)
        reads, days, plates, cameras = cursor.fetchone() or (0, 0, 0, 0)
        known = Volume(max(reads / max(days, 1), 1), max(plates, 1), max(cameras, 1))
        _remembered[using] = time.monotonic(), known
    return known
