# ruff: noqa: S608  (only texts of our own are put together; every value is bound)
"""Which plates were near several scenes, and which travelled with another; and the sightings behind each."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS

from detections.models import Detection
from detections.searching.engine.pages import states
from detections.searching.engine.rows import reads_of_rows
from detections.searching.engine.spans import Span, around, in_own_place, spans_near, unnested, within
from detections.searching.engine.spelling import decided, plates_of
from detections.searching.engine.sql import TRUE, Cursor, Sql, array, cursor_on
from detections.searching.engine.ways import (
    HELD,
    READS,
    Gathered,
    among_held,
    as_seen,
    by_condition,
    in_window,
    of_plates,
    seen_in,
)
from detections.searching.question import Area, Bounds, Companion, Kind, Question, Scene

MOST_PLATES = 3_000


def companions(question: Question, bounds: Bounds, *, limit: int, using: str = DEFAULT_DB_ALIAS) -> list[Companion]:
    """The plates seen at enough scenes or cameras (kinds SCENES and CONVOY), those seen at most of them first."""
    with cursor_on(using) as cursor:
        lookup = _Lookup(cursor, question, bounds)
        return lookup.companions(limit) if lookup.spans else []


def reads_of(
    question: Question, bounds: Bounds, plate: str, *, limit: int, using: str = DEFAULT_DB_ALIAS
) -> list[Detection]:
    """The sightings behind one companion, newest first."""
    with cursor_on(using) as cursor:
        lookup = _Lookup(cursor, question, bounds)
        rows = lookup.sightings(plate, limit).rows if lookup.spans else []
        return reads_of_rows(cursor, rows, using)


class _Lookup:
    """The places and times where companions are looked for, and what may be seen of them."""

    def __init__(self, cursor: Cursor, question: Question, bounds: Bounds) -> None:
        self.cursor, self.question, self.bounds = cursor, question, bounds
        self.first, self.upto = question.from_at, question.to_at
        self.kept = max(self.first, bounds.seen_from) if bounds.seen_from else self.first
        self.held = bool(bounds.held_case) and self.first < self.kept
        self.areas: list[Area] = []
        if question.kind is Kind.SCENES:
            self.enough, self.spelling, self.row = question.at_least, decided(question), states(question)
            self.areas = [scene.area for scene in question.scenes]
            self.spans = self._near_scenes()
        else:
            leads = plates_of(cursor, question, most=MOST_PLATES) or []
            self.enough, self.spelling, self.row = question.cameras_together, _others(leads), TRUE
            self.spans = self._along(leads) if leads else []

    def companions(self, limit: int) -> list[Companion]:
        """As ``companions``; two queries."""
        seen = self._seen()
        text = f"""
        WITH {seen.text}, at_place AS (
            SELECT plate, place, count(*) AS reads, min(captured_at) AS began, max(captured_at) AS ended
            FROM proven GROUP BY plate, place)
        SELECT plate, count(*), array_agg(place ORDER BY place), sum(reads)::int, min(began), max(ended)
        FROM at_place GROUP BY plate HAVING count(*) >= %(enough)s ORDER BY count(*) DESC, plate LIMIT %(limit)s"""
        self.cursor.execute(text, seen.values | {"enough": self.enough, "limit": limit})
        found = [
            Companion(plate, "", count, tuple(places), reads, began, ended)
            for plate, count, places, reads, began, ended in self.cursor
        ]
        told = self._states(found)
        return [replace(companion, state=told.get(companion.plate, "")) for companion in found]

    def sightings(self, plate: str, limit: int) -> Gathered:
        """The rows of one plate's sightings."""
        gathered = Gathered(self.cursor, counting=False)
        which = of_plates([plate])

        def check(first: datetime, upto: datetime) -> Sql:
            return self.spelling & self.row & within(self.spans, self.areas, first, upto)

        if self.kept < self.upto:
            by_condition(gathered, which, check)(self.kept, self.upto, limit)
        if self.held and len(gathered.rows) < limit:
            look = among_held(gathered, self.bounds.held_case, which, check)
            look(self.first, min(self.kept, self.upto), limit - len(gathered.rows))
        return gathered

    def _near_scenes(self) -> list[Span]:
        first, upto = self.first, self.upto
        in_time = [
            (number, Scene(scene.area, max(scene.from_at, first), min(scene.to_at, upto)))
            for number, scene in enumerate(self.question.scenes)
            if scene.from_at < upto and scene.to_at > first
        ]
        spans = spans_near(self.cursor, [scene for _, scene in in_time], self.question.cameras) if in_time else []
        return [span._replace(place=in_time[span.place][0]) for span in spans]

    def _along(self, leads: list[str]) -> list[Span]:
        """Around each read of the plate that the others travelled with."""
        question = self.question
        condition = of_plates(leads) & states(question)
        areas = [question.area] if question.area else []
        if question.area:
            spans = spans_near(self.cursor, [Scene(question.area, self.first, self.upto)], question.cameras)
            condition &= within(spans, areas, self.first, self.upto)
        elif question.cameras:
            condition &= Sql("d.camera_id = ANY (%(cameras)s::int[])", {"cameras": sorted(question.cameras)})
        sightings: list[tuple[int, datetime]] = []
        for source, where in self._sources(condition):
            self.cursor.execute(f"SELECT d.camera_id, d.captured_at FROM {source} WHERE {where.text}", where.values)
            sightings += self.cursor.fetchall()
        return around(sightings, timedelta(seconds=question.within_s), question)

    def _sources(self, condition: Sql) -> list[tuple[str, Sql]]:
        """What may be seen: reads still kept, and those held under the case."""
        sources = []
        if self.kept < self.upto:
            sources.append((READS, condition & in_window(self.kept, self.upto)))
        if self.held:
            values = {"case": self.bounds.held_case, "first": self.first, "upto": min(self.kept, self.upto)}
            sources.append((HELD, Sql(condition.text or "true", condition.values | values)))
        return sources

    def _seen(self) -> Sql:
        """The table ``proven (place, plate, captured_at)``: all sightings that count.

        Where a state is asked for, only rows of plates that were at enough places are fetched to see which they told.
        """
        window = Sql("d.captured_at >= %(kept)s AND d.captured_at < %(until)s", {"kept": self.kept, "until": self.upto})
        seen = seen_in(self.spans, self.areas, self.spelling & window)
        told = "true" if not self.row.text else "false"
        text, values = f"SELECT *, {told} AS told FROM ({seen.text}) fresh", seen.values
        if self.held:
            held = self._held()
            text, values = f"{text} UNION ALL {held.text}", values | held.values
        if not self.row.text:
            return Sql(f"proven AS ({text})", values)
        again = self.row & as_seen(self.areas) & window
        text = f"""
        seen AS MATERIALIZED ({text}),
        enough AS MATERIALIZED (
            SELECT plate FROM seen GROUP BY plate HAVING bit_count(bit_or(1 << place)::bit(32)) >= %(enough)s),
        proven AS (
            SELECT place, plate, captured_at FROM seen JOIN enough USING (plate) WHERE told
            UNION ALL
            SELECT s.place, s.plate, s.captured_at
            FROM (SELECT DISTINCT * FROM seen JOIN enough USING (plate) WHERE NOT told) s
            CROSS JOIN LATERAL (SELECT FROM {READS} WHERE d.plate = s.plate AND d.captured_at = s.captured_at
                AND d.camera_id = s.camera AND {again.text} OFFSET 0) d)"""
        return Sql(text, values | again.values)

    def _held(self) -> Sql:
        spans, own = unnested(self.spans, "held"), in_own_place(self.areas)
        values = {"case": self.bounds.held_case, "first": self.first, "upto": min(self.kept, self.upto)}
        where = self.spelling & self.row & own
        text = (
            f"SELECT s.camera, s.place, s.own, d.plate, d.captured_at, true AS told FROM {HELD} JOIN {spans.text}"
            f" ON s.camera = d.camera_id AND d.captured_at >= s.first AND d.captured_at < s.upto WHERE {where.text}"
        )
        return Sql(text, where.values | spans.values | values)

    def _states(self, found: list[Companion]) -> dict[str, str]:
        """The state each plate told last between its first and last sighting, of reads still kept. One query."""
        if not found or self.kept >= self.upto:
            return {}
        self.cursor.execute(
            f"""
            SELECT c.plate, r.state
            FROM unnest(%(plates)s::text[], %(began)s::timestamptz[], %(ended)s::timestamptz[]) c (plate, began, ended)
            CROSS JOIN LATERAL (
                SELECT d.state FROM {READS} WHERE d.plate = c.plate AND d.captured_at BETWEEN c.began AND c.ended
                AND d.captured_at >= %(first)s AND d.captured_at < %(upto)s AND d.state <> ''
                ORDER BY d.captured_at DESC, d.id DESC LIMIT 1) r""",
            {
                "plates": [one.plate for one in found],
                "began": [one.first for one in found],
                "ended": [one.last for one in found],
                "first": max(self.kept, min(one.first for one in found)),
                "upto": self.upto,
            },
        )
        return dict(self.cursor.fetchall())


def _others(leads: list[str]) -> Sql:
    if not leads:
        return TRUE
    return Sql(f"NOT {array('d.plate', 'leads', 'text')}", {"leads": leads})
