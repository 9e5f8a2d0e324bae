"""Places and times as spans of cameras: where reads are looked for by time, and what decides if a read is near a place.

A camera that does not move is where it stood; one that moves is where its read says, else where it stood.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from cameras.models import Camera
from detections.searching.engine.geometry import box, inside_sql
from detections.searching.engine.sql import Cursor, Sql
from detections.searching.question import Area, Question, Scene
from detections.searching.reference import Stand, inside

INSTANT = timedelta(microseconds=1)
MOVING = [Camera.Kind.VEHICLE.value, Camera.Kind.TRAILER.value]

# Cameras that move, that stood near at some time, that were moved, and those of which it is not told where they stood.
STANDS = """
SELECT c.number, c.kind = ANY (%(moving)s), d.starts_at, d.ends_at, s.latitude, s.longitude
FROM cameras_camera c
LEFT JOIN cameras_deployment d
    ON d.camera_id = c.id AND d.starts_at < %(to_at)s AND (d.ends_at IS NULL OR d.ends_at > %(from_at)s)
LEFT JOIN cameras_site s ON s.id = d.site_id
WHERE ({near} OR c.kind = ANY (%(moving)s)
       OR d.id IS NULL OR d.starts_at > %(from_at)s OR d.ends_at < %(to_at)s
       OR c.id IN (SELECT camera_id FROM cameras_deployment GROUP BY camera_id HAVING count(*) > 1))
"""
NEAR = "(s.latitude BETWEEN %({0})s AND %({2})s AND s.longitude BETWEEN %({1})s AND %({3})s)"


class Own(IntEnum):
    """What a span asks of a read's own position."""

    ANY = 0
    NONE_OR_INSIDE = 1
    INSIDE = 2


class Span(NamedTuple):
    """A camera in ``[first, upto)``; ``place`` is the number of the scene or area."""

    camera: int
    first: datetime
    upto: datetime
    own: Own = Own.ANY
    place: int = 0


def spans_near(cursor: Cursor, scenes: Sequence[Scene], cameras: frozenset[int]) -> list[Span]:
    """When which cameras may have made reads at the scenes, whose numbers are the spans' places. One query."""
    values: dict[str, Any] = {
        "moving": MOVING,
        "from_at": min(scene.from_at for scene in scenes),
        "to_at": max(scene.to_at for scene in scenes),
    }
    near = []
    for number, scene in enumerate(scenes):
        names = [f"{side}_{number}" for side in ("south", "west", "north", "east")]
        values |= zip(names, box(scene.area), strict=True)
        near.append(NEAR.format(*names))
    statement = STANDS.format(near=" OR ".join(near))
    if cameras:
        statement += " AND c.number = ANY (%(cameras)s::int[])"
        values["cameras"] = sorted(cameras)
    cursor.execute(statement, values)
    moves: dict[int, bool] = {}
    stands: dict[int, list[Stand]] = defaultdict(list)
    for number, moving, starts_at, ends_at, latitude, longitude in cursor:
        moves[number] = moving
        if starts_at is not None:
            stands[number].append(Stand(number, latitude, longitude, starts_at, ends_at))
    return [
        span
        for place, scene in enumerate(scenes)
        for number, moving in moves.items()
        for span in _spans(number, moving, stands[number], scene, place)
    ]


def _spans(number: int, moving: bool, stands: list[Stand], scene: Scene, place: int) -> Iterable[Span]:
    """A scene's time, cut where the camera came or went."""
    instants = {scene.from_at, scene.to_at}
    for stand in stands:
        instants |= {at for at in (stand.from_at, stand.to_at) if at and scene.from_at < at < scene.to_at}
    edges = sorted(instants)
    for first, upto in zip(edges, edges[1:], strict=False):
        here = [s for s in stands if s.from_at <= first and (s.to_at is None or s.to_at > first)]
        stood = max(here, key=lambda stand: stand.from_at, default=None)
        near = stood is not None and inside(scene.area, (stood.latitude, stood.longitude))
        if moving or stood is None:
            yield Span(number, first, upto, Own.NONE_OR_INSIDE if near else Own.INSIDE, place)
        elif near:
            yield Span(number, first, upto, Own.ANY, place)


def clipped(spans: Iterable[Span], first: datetime, upto: datetime) -> list[Span]:
    """What of the spans lies in ``[first, upto)``."""
    return [
        span._replace(first=max(span.first, first), upto=min(span.upto, upto))
        for span in spans
        if span.first < upto and span.upto > first
    ]


def around(sightings: Iterable[tuple[int, datetime]], apart: timedelta, question: Question) -> list[Span]:
    """The time around each sighting (camera, captured at), once where these overlap; ``place`` is the camera."""
    by_camera: dict[int, list[datetime]] = defaultdict(list)
    for camera, captured_at in sightings:
        by_camera[camera].append(captured_at)
    spans: list[Span] = []
    for camera, times in by_camera.items():
        last: Span | None = None
        for at in sorted(times):
            if last and at - apart < last.upto:
                last = last._replace(upto=at + apart + INSTANT)
                spans[-1] = last
            else:
                last = Span(camera, at - apart, at + apart + INSTANT, Own.ANY, camera)
                spans.append(last)
    return clipped(spans, question.from_at, question.to_at)


def unnested(spans: Sequence[Span], name: str = "spans") -> Sql:
    """The spans as rows ``s (camera, first, upto, own, place)``."""
    columns = zip(*spans, strict=True) if spans else [()] * len(Span._fields)
    values = {f"{name}_{field}": _written(column) for field, column in zip(Span._fields, columns, strict=True)}
    return Sql(
        f"unnest(%({name}_camera)s::int[], %({name}_first)s::timestamptz[], %({name}_upto)s::timestamptz[],"
        f" %({name}_own)s::int[], %({name}_place)s::int[]) AS s (camera, first, upto, own, place)",
        values,
    )


def _written(column: Iterable[Any]) -> str:
    """Numbers or times as PostgreSQL writes an array: a hundred spans cost the client's driver a millisecond."""
    return f"{{{','.join([str(int(one)) if isinstance(one, int) else one.isoformat() for one in column])}}}"


def in_own_place(areas: Sequence[Area]) -> Sql:
    """Whether the read ``d`` is where the span ``s`` asks, by its own position; ``s.place`` numbers the areas."""
    inside = in_areas(areas)
    return Sql(f"(s.own = 0 OR (s.own = 1 AND d.latitude IS NULL) OR {inside.text})", inside.values)


def in_areas(areas: Sequence[Area]) -> Sql:
    """Whether the read ``d``'s own position is in the area that ``s.place`` numbers."""
    each = [inside_sql(area, number) for number, area in enumerate(areas)]
    values = {name: value for one in each for name, value in one.values.items()}
    if len(each) == 1:
        return Sql(each[0].text, values)
    texts = [f"(s.place = {number} AND {one.text})" for number, one in enumerate(each)]
    return Sql(f"({' OR '.join(texts) or 'false'})", values)


def within(spans: Sequence[Span], areas: Sequence[Area], first: datetime, upto: datetime) -> Sql:
    """Whether the read ``d``, captured in ``[first, upto)``, lies in one of the spans."""
    spans = clipped(spans, first, upto)
    whole = sorted({s.camera for s in spans if s.own is Own.ANY and s.first <= first and s.upto >= upto})
    rest = [span for span in spans if span.camera not in set(whole)]
    values: dict[str, Any] = {"whole": whole}
    if not rest:
        return Sql("d.camera_id = ANY (%(whole)s::int[])", values)
    rows, own = unnested(rest, "rest"), in_own_place(areas)
    return Sql(
        "(d.camera_id = ANY (%(whole)s::int[]) OR (d.camera_id = ANY (%(rest_camera)s::int[]) AND EXISTS ("
        f"SELECT FROM {rows.text} WHERE s.camera = d.camera_id AND d.captured_at >= s.first"
        f" AND d.captured_at < s.upto AND {own.text})))",
        values | rows.values | own.values,
    )
