"""A drawing of when cameras saw what a page lists: a lane a camera under one axis. The table says the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from detections.searching.page import Sighting

# In the drawing's own units.
LINE_WIDTH, LANE, LEFT, TOP = 1140, 30, 150, 34
MOST_LANES = 12
OTHERS = "other cameras"


def timeline(sightings: Sequence[Sighting], when: Mapping[int, str]) -> dict[str, Any] | None:
    """Lanes, marks and the two ends of the axis; None below two reads. ``when``: a sighting's number and its instant.

    The cameras with most reads have a lane each, in the order in which they began; beyond twelve the rest share one.
    """
    if len(sightings) < 2:
        return None
    first, last = sightings[-1].read.captured_at, sightings[0].read.captured_at
    span = (last - first).total_seconds() or 1.0
    reads = Counter(sighting.read.camera.code for sighting in reversed(sightings))
    own = {code for code, _ in reads.most_common(MOST_LANES if len(reads) <= MOST_LANES else MOST_LANES - 1)}
    codes = [code for code in reads if code in own] + ([OTHERS] if len(reads) > len(own) else [])
    height = {code: TOP + LANE * number for number, code in enumerate(codes)}
    room = LINE_WIDTH - LEFT - 20
    marks = [
        {
            "x": f"{LEFT + room * (sighting.read.captured_at - first).total_seconds() / span:.1f}",
            "y": str(height.get(sighting.read.camera.code, height.get(OTHERS))),
            "label": f"{sighting.number}. {sighting.read.camera.code}, {when[sighting.number]}",
        }
        for sighting in sightings
    ]
    return {
        "first": first,
        "last": last,
        "lanes": [{"code": code, "y": y} for code, y in height.items()],
        "marks": marks,
        "width": LINE_WIDTH,
        "height": TOP + LANE * len(codes),
        "left": LEFT,
        "right": LINE_WIDTH - 20,
    }
