"""Drawn areas: how large one is, how it is said in words, how the map gets it. Distances in metres, WGS 84."""

import math
from typing import Any

from detections.searching.question import Area, Circle

METRES_A_DEGREE = 111_195.0


def area_km2(area: Area) -> float:
    """The area in square kilometres, on a plane: within a city the error is below a thousandth."""
    if isinstance(area, Circle):
        return math.pi * area.metres**2 / 1e6
    latitude = sum(corner[0] for corner in area.corners) / len(area.corners)
    shrink = math.cos(math.radians(latitude))
    points = [(lon * shrink * METRES_A_DEGREE, lat * METRES_A_DEGREE) for lat, lon in area.corners]
    doubled = sum(x * v - u * y for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True))
    return abs(doubled) / 2e6


def area_words(area: Area) -> str:
    """The area for lists and the ledger: complete, so that it can be drawn again."""
    if isinstance(area, Circle):
        return f"within {_number(area.metres)} m of {_number(area.latitude)}, {_number(area.longitude)}"
    corners = "; ".join(f"{_number(latitude)}, {_number(longitude)}" for latitude, longitude in area.corners)
    return f"inside {corners}"


def area_shape(area: Area) -> dict[str, Any]:
    """The area for the map: ``{circle: [lat, lon, metres]}`` or ``{polygon: [[lat, lon], ...]}``."""
    if isinstance(area, Circle):
        return {"circle": [area.latitude, area.longitude, area.metres]}
    return {"polygon": [list(corner) for corner in area.corners]}


def _number(value: float) -> str:
    """To seven places, a centimetre in degrees; without idle zeros."""
    return f"{value:.7f}".rstrip("0").rstrip(".")
