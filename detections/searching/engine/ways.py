# ruff: noqa: S608  (only texts of our own are put together; every value is bound)
"""Ways to reads: by plate, by camera and time, by time alone, among those held. Each looks through one window."""

from collections.abc import Callable, Sequence
from datetime import datetime

from detections.searching.engine.rows import COLUMNS, Row
from detections.searching.engine.spans import Own, Span, clipped, in_areas, unnested
from detections.searching.engine.sql import Cursor, Sql, array
from detections.searching.engine.windows import Look
from detections.searching.question import Area

READS = "detections_detection d"
IN_WINDOW = "d.captured_at >= %(first)s AND d.captured_at < %(upto)s"
# What a read must satisfy besides its plate, in a window.
Check = Callable[[datetime, datetime], Sql]


class Gathered:
    """Rows of reads as they are found, or only how many there are."""

    def __init__(self, cursor: Cursor, *, counting: bool) -> None:
        self.cursor = cursor
        self.counting = counting
        self.rows: list[Row] = []

    def take(self, statement: Sql) -> int:
        """Run a statement that gives rows, or one number when counting; how many it found."""
        self.cursor.execute(statement.text, statement.values)
        if self.counting:
            return int((self.cursor.fetchone() or (0,))[0])
        rows = self.cursor.fetchall()
        self.rows += rows
        return len(rows)

    def take_newest(self, source: str, where: Sql, wanted: int) -> int:
        """The newest reads of a source that satisfy all."""
        values = where.values | {"wanted": wanted}
        if self.counting:
            return self.take(
                Sql(f"SELECT count(*) FROM (SELECT FROM {source} WHERE {where.text} LIMIT %(wanted)s) found", values)
            )
        newest = "ORDER BY d.captured_at DESC, d.id DESC LIMIT %(wanted)s"
        return self.take(Sql(f"SELECT {COLUMNS} FROM {source} WHERE {where.text} {newest}", values))


def in_window(first: datetime, upto: datetime) -> Sql:
    """Bounds the planner sees, so that it leaves other partitions out."""
    return Sql(IN_WINDOW, {"first": first, "upto": upto})


def of_plates(plates: Sequence[str]) -> Sql:
    """By the key of reads."""
    if len(plates) == 1:
        return Sql("d.plate = %(one)s", {"one": plates[0]})
    return Sql(array("d.plate", "plates", "text"), {"plates": list(plates)})


def by_condition(gathered: Gathered, condition: Sql, check: Check) -> Look:
    """Reads of a window which satisfy all: by their key where the condition is ``of_plates``, else by time alone.

    Reads lie in the order of time, so a window is one piece of the table.
    """

    def look(first: datetime, upto: datetime, wanted: int) -> int:
        where = condition & check(first, upto) & in_window(first, upto)
        return gathered.take_newest(READS, where, wanted)

    return look


def among_held(gathered: Gathered, case_number: str, condition: Sql, check: Check) -> Look:
    """Reads held under a case, which are few."""

    def look(first: datetime, upto: datetime, wanted: int) -> int:
        held = Sql(HELD, {"case": case_number, "first": first, "upto": upto})
        where = condition & check(first, upto)
        return gathered.take_newest(held.text, Sql(where.text or "true", held.values | where.values), wanted)

    return look


HELD = f"""
(SELECT DISTINCT h.camera_id, h.captured_at, h.detection_id
 FROM detections_heldread h JOIN detections_hold o ON o.id = h.hold_id
 WHERE o.case_number = %(case)s AND o.lifted_at IS NULL
   AND h.captured_at >= %(first)s AND h.captured_at < %(upto)s OFFSET 0) held
CROSS JOIN LATERAL (SELECT d.* FROM {READS}
 WHERE d.camera_id = held.camera_id AND d.captured_at = held.captured_at AND d.id = held.detection_id
   AND {IN_WINDOW} OFFSET 0) d"""


def by_camera(gathered: Gathered, spans: Sequence[Span], areas: Sequence[Area], spelling: Sql, row: Sql) -> Look:
    """Reads of the spans: along (camera, time), an index that tells the plate too, so that few rows are fetched.

    ``row`` is what only the row itself tells.
    """

    def look(first: datetime, upto: datetime, wanted: int) -> int:
        here = clipped(spans, first, upto)
        if not here:
            return 0
        statement = _counted if gathered.counting else _fetched
        window = in_window(first, upto)
        return gathered.take(statement(here, areas, spelling & window, row, wanted))

    return look


def seen_in(spans: Sequence[Span], areas: Sequence[Area], where: Sql, ordered: str = "OFFSET 0") -> Sql:
    """Sightings ``(camera, place, own, plate, captured_at)``, of each span as many as ``ordered`` says.

    Indexes tell all of it: that of cameras where the camera stood near, that of positions where reads tell their own.
    Only where a camera stood near and its reads may say otherwise are rows fetched.
    """
    values = dict(where.values)
    parts = []
    for name, own, silent in (("plain", Own.ANY, ""), ("silent", Own.NONE_OR_INSIDE, "d.latitude IS NULL")):
        if some := [span for span in spans if span.own is own]:
            rows, condition = unnested(some, name), where & Sql(silent, {})
            values |= rows.values
            parts.append(
                f"SELECT s.camera, s.place, s.own, r.plate, r.captured_at FROM {rows.text} CROSS JOIN LATERAL ("
                f"SELECT d.plate, d.captured_at FROM {READS} WHERE d.camera_id = s.camera"
                f" AND d.captured_at >= s.first AND d.captured_at < s.upto AND {condition.text} {ordered}) r"
            )
    if own_spans := [span for span in spans if span.own is not Own.ANY]:
        part = _told_inside(own_spans, areas, where, ordered)
        values |= part.values
        parts.append(part.text)
    return Sql(" UNION ALL ".join(parts), values)


def _told_inside(spans: Sequence[Span], areas: Sequence[Area], where: Sql, ordered: str) -> Sql:
    """Sightings of reads that tell a position inside, by cameras whose reads count by it."""
    whole = [
        Span(0, min(s.first for s in here), max(s.upto for s in here), Own.INSIDE, place)
        for place in sorted({span.place for span in spans})
        if (here := [span for span in spans if span.place == place])
    ]
    rows, told, inside = unnested(whole, "whole"), unnested(spans, "told"), in_areas(areas)
    listed = told.text.replace(" AS s (", " AS t (")
    text = (
        f"SELECT r.camera_id AS camera, s.place, s.own, r.plate, r.captured_at FROM {rows.text} CROSS JOIN LATERAL ("
        f"SELECT d.camera_id, d.plate, d.captured_at FROM {READS} WHERE d.latitude IS NOT NULL"
        f" AND d.captured_at >= s.first AND d.captured_at < s.upto AND {where.text} AND {inside.text}"
        f" AND EXISTS (SELECT FROM {listed} WHERE t.camera = d.camera_id AND t.place = s.place"
        f" AND d.captured_at >= t.first AND d.captured_at < t.upto) {ordered}) r"
    )
    return Sql(text, rows.values | told.values | inside.values)


def as_seen(areas: Sequence[Area]) -> Sql:
    """Whether the row ``d`` is the one that the sighting ``s`` was: another may share its camera, plate and instant."""
    inside = in_areas(areas)
    return Sql(f"(s.own = 0 OR (s.own = 1 AND d.latitude IS NULL) OR (s.own = 2 AND {inside.text}))", inside.values)


def _counted(spans: Sequence[Span], areas: Sequence[Area], where: Sql, row: Sql, wanted: int) -> Sql:
    seen = seen_in(spans, areas, where & row, "LIMIT %(wanted)s")
    return Sql(
        f"SELECT count(*) FROM (SELECT FROM ({seen.text}) one LIMIT %(wanted)s) found", seen.values | {"wanted": wanted}
    )


def _fetched(spans: Sequence[Span], areas: Sequence[Area], where: Sql, row: Sql, wanted: int) -> Sql:
    """Keys first, with ties, since the index does not know the id; then the rows of as many as are wanted."""
    newest = "ORDER BY {}captured_at DESC FETCH FIRST (%(wanted)s) ROWS WITH TIES"
    seen = seen_in(spans, areas, where & row, newest.format("d."))
    again = row
    if any(span.own is not Own.ANY for span in spans):
        again = row & as_seen(areas)
    text = f"""
    WITH keys AS MATERIALIZED (SELECT DISTINCT * FROM ({seen.text}) one {newest.format("")})
    SELECT {COLUMNS} FROM keys s CROSS JOIN LATERAL (
        SELECT d.* FROM {READS} WHERE d.plate = s.plate AND d.captured_at = s.captured_at AND d.camera_id = s.camera
        AND {(again & Sql(IN_WINDOW, {})).text} OFFSET 0) d
    ORDER BY d.captured_at DESC, d.id DESC LIMIT %(wanted)s"""
    return Sql(text, seen.values | again.values | {"wanted": wanted})
