"""Newest first in windows: as far back as the page needs, and no further."""

from collections.abc import Callable
from datetime import datetime, timedelta

SPARE = 1.5
SHORTEST = timedelta(minutes=5)
Look = Callable[[datetime, datetime, int], int]


def look_back(look: Look, first: datetime, upto: datetime, *, wanted: int, days: float) -> tuple[int, datetime]:
    """Call ``look(from, up to, still wanted)``, which says how many it found, until all are found or time is out.

    ``days`` is how long the first window should be; the next go by what was found. Returns how many, and how far back
    it looked.
    """
    found = 0
    width = max(SHORTEST, timedelta(days=min(days, 36_500.0)))
    while found < wanted and first < upto:
        # A short rest is looked at in the same go.
        start = upto - width if upto - first > 1.3 * width else first
        here = look(start, upto, wanted - found)
        found += here
        missing = wanted - found
        width *= min(max(SPARE * missing / here, 2.0), 16.0) if here else 8.0
        upto = start
    return found, upto
