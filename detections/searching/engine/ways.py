# ruff: noqa: S608  (only texts of our own are put together; every value is bound)
"""Ways to reads: by plate, by camera and time, by time alone, among those held. Each looks through one window."""

from collections.abc import Callable, Sequence
from datetime import datetime

from detections.searching.engine.rows import COLUMNS, Row
from detections.searching.engine.spans import Own, Span, clipped, in_own_place, unnested
from detections.searching.engine.sql import TRUE, Cursor, Sql, array
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


def seen_in(spans: Sequence[Span], where: Sql, *, told: bool) -> Sql:
    """Sightings ``(camera, place, own, plate, captured_at, told)`` as the index knows them; ``told`` false where the
    row must say more: always unless ``told``, and where the span asks for the read's own position.
    """
    rows = unnested(spans)
    text = (
        "SELECT s.camera, s.place, s.own, r.plate, r.captured_at,"
        f" {'s.own = 0' if told else 'false'} AS told FROM {rows.text} CROSS JOIN LATERAL ("
        f"SELECT d.plate, d.captured_at FROM {READS} WHERE d.camera_id = s.camera"
        f" AND d.captured_at >= s.first AND d.captured_at < s.upto AND {where.text} OFFSET 0) r"
    )
    return Sql(text, where.values | rows.values)


def _along(spans: Sequence[Span], areas: Sequence[Area], where: Sql, ordered: str) -> Sql:
    """Sightings ``(camera, place, own, plate, captured_at)``, of each span as many as ``ordered`` says.

    Where a span asks for the read's own position its rows are fetched; all others are told by the index alone.
    """
    plain, own = [s for s in spans if s.own is Own.ANY], [s for s in spans if s.own is not Own.ANY]
    parts, values = [], dict(where.values)
    for name, some, extra in (("plain", plain, TRUE), ("own", own, in_own_place(areas))):
        if some:
            rows, condition = unnested(some, name), where & extra
            values |= rows.values | condition.values
            parts.append(
                f"SELECT s.camera, s.place, s.own, r.plate, r.captured_at FROM {rows.text} CROSS JOIN LATERAL ("
                f"SELECT d.plate, d.captured_at FROM {READS} WHERE d.camera_id = s.camera"
                f" AND d.captured_at >= s.first AND d.captured_at < s.upto AND {condition.text} {ordered}) r"
            )
    return Sql(" UNION ALL ".join(parts), values)


def _counted(spans: Sequence[Span], areas: Sequence[Area], where: Sql, row: Sql, wanted: int) -> Sql:
    seen = _along(spans, areas, where & row, "LIMIT %(wanted)s")
    return Sql(
        f"SELECT count(*) FROM (SELECT FROM ({seen.text}) one LIMIT %(wanted)s) found", seen.values | {"wanted": wanted}
    )


def _fetched(spans: Sequence[Span], areas: Sequence[Area], where: Sql, row: Sql, wanted: int) -> Sql:
    """Keys first, with ties, since the index does not know the id; then the rows of as many as are wanted."""
    newest = "ORDER BY {}captured_at DESC FETCH FIRST (%(wanted)s) ROWS WITH TIES"
    seen = _along(spans, areas, where & row, newest.format("d."))
    again = row
    if any(span.own is not Own.ANY for span in spans):
        again = row & in_own_place(areas)
    text = f"""
    WITH keys AS MATERIALIZED (SELECT DISTINCT * FROM ({seen.text}) one {newest.format("")})
    SELECT {COLUMNS} FROM keys s CROSS JOIN LATERAL (
        SELECT d.* FROM {READS} WHERE d.plate = s.plate AND d.captured_at = s.captured_at AND d.camera_id = s.camera
        AND {(again & Sql(IN_WINDOW, {})).text} OFFSET 0) d
    ORDER BY d.captured_at DESC, d.id DESC LIMIT %(wanted)s"""
    return Sql(text, seen.values | again.values | {"wanted": wanted})
