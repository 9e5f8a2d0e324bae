"""Areas as conditions on a read's own position, which is kept in whole millionths of a degree."""

import math
from typing import Any

from detections.models.reads import MILLIONTHS
from detections.searching.engine.sql import Sql
from detections.searching.question import Area, Circle
from detections.searching.reference import EARTH_RADIUS_M

_HAVERSINE = f"""2 * {EARTH_RADIUS_M} * asin(sqrt(least(1.0,
    sin(radians(d.latitude / 1e6::float8 - %(north{{n}})s) / 2) ^ 2
    + cos(radians(%(north{{n}})s::float8)) * cos(radians(d.latitude / 1e6::float8))
    * sin(radians(d.longitude / 1e6::float8 - %(east{{n}})s) / 2) ^ 2))) <= %(metres{{n}})s"""
# A side counts if it is crossed on the way east; see reference.inside.
_CROSSINGS = """(SELECT count(*) %% 2 = 1
    FROM unnest(%(a_y{n})s::float8[], %(a_x{n})s::float8[], %(b_y{n})s::float8[], %(b_x{n})s::float8[])
        AS side(a_y, a_x, b_y, b_x)
    WHERE CASE WHEN (a_y > d.latitude / 1e6::float8) <> (b_y > d.latitude / 1e6::float8)
        THEN d.longitude / 1e6::float8 < (b_x - a_x) * (d.latitude / 1e6::float8 - a_y) / (b_y - a_y) + a_x
        ELSE false END)"""


def box(area: Area) -> tuple[float, float, float, float]:
    """South, west, north and east ends, a little outside the area."""
    if isinstance(area, Circle):
        high = math.degrees(area.metres / EARTH_RADIUS_M) * 1.001 + 1e-6
        widest = min(89.0, abs(area.latitude) + high)
        wide = high / math.cos(math.radians(widest))
        south, north = area.latitude - high, area.latitude + high
        west, east = area.longitude - wide, area.longitude + wide
        if west < -180 or east > 180 or widest >= 89:
            west, east = -180.0, 180.0
        return max(south, -90.0), west, min(north, 90.0), east
    ys, xs = zip(*area.corners, strict=True)
    return min(ys), min(xs), max(ys), max(xs)


def inside_sql(area: Area, number: int = 0) -> Sql:
    """Whether the read ``d``'s own position is in the area; not true where it has none. ``number`` keeps names apart.

    The same arithmetic as ``reference.inside``, behind a comparison of whole numbers that costs next to nothing.
    """
    south, west, north, east = box(area)
    n = f"_{number}"
    values: dict[str, Any] = {
        f"south{n}": math.floor(south * MILLIONTHS),
        f"west{n}": math.floor(west * MILLIONTHS),
        f"northmost{n}": math.ceil(north * MILLIONTHS),
        f"eastmost{n}": math.ceil(east * MILLIONTHS),
    }
    near = (
        f"d.latitude BETWEEN %(south{n})s AND %(northmost{n})s AND d.longitude BETWEEN %(west{n})s AND %(eastmost{n})s"
    )
    if isinstance(area, Circle):
        values |= {f"north{n}": area.latitude, f"east{n}": area.longitude, f"metres{n}": area.metres}
        exactly = _HAVERSINE.format(n=n)
    else:
        following = (*area.corners[1:], area.corners[0])
        values |= {f"a_y{n}": [float(y) for y, _ in area.corners], f"a_x{n}": [float(x) for _, x in area.corners]}
        values |= {f"b_y{n}": [float(y) for y, _ in following], f"b_x{n}": [float(x) for _, x in following]}
        exactly = _CROSSINGS.format(n=n)
    return Sql(f"({near} AND {exactly})", values)
