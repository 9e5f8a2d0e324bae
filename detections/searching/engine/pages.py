"""Pages of reads, newest first, and how many reads there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS

from detections.models import Detection
from detections.searching.engine.rows import reads_of_rows
from detections.searching.engine.spans import INSTANT, Span, spans_near, within
from detections.searching.engine.spelling import decided, plates_of, share
from detections.searching.engine.sql import TRUE, Cursor, Sql, cursor_on
from detections.searching.engine.volume import volume
from detections.searching.engine.ways import Gathered, among_held, by_camera, by_condition, of_plates
from detections.searching.engine.windows import SPARE, Look, look_back
from detections.searching.question import After, Area, Bounds, Match, Question, Scene

# Beyond so many plates of a pattern its reads are so common that walking through time finds them sooner.
MOST_PLATES = 3_000
MOST_PLATES_SCANNED = 20_000
# So few reads in the window and at the cameras are looked through at once, whatever the plate.
FEW_READS = 20_000
# So many reads are walked through before the whole dictionary is read for a pattern that no index knows.
WALKED_READS = 1_500_000
MOST_SPANS = 150


class Found(NamedTuple):
    """Reads, newest first, with camera and photograph; whether there are older ones."""

    reads: list[Detection]
    more: bool


def find(
    question: Question, bounds: Bounds, *, limit: int, after: After | None = None, using: str = DEFAULT_DB_ALIAS
) -> Found:
    """A page of the reads that fit (kinds PLATE and CANVASS), from behind ``after`` on."""
    with cursor_on(using) as cursor:
        gathered = Gathered(cursor, counting=False)
        _gather(gathered, question, bounds, limit + 1, after, using)
        reads = reads_of_rows(cursor, gathered.rows[:limit], using)
    return Found(reads, len(gathered.rows) > limit)


def count(question: Question, bounds: Bounds, *, cap: int, using: str = DEFAULT_DB_ALIAS) -> int:
    """How many reads fit, counted up to one more than ``cap``."""
    with cursor_on(using) as cursor:
        return _gather(Gathered(cursor, counting=True), question, bounds, cap + 1, None, using)


def _gather(
    gathered: Gathered, question: Question, bounds: Bounds, wanted: int, after: After | None, using: str
) -> int:
    """Those still kept first; all that are kept only under the case are older."""
    first, upto = question.from_at, question.to_at
    if after:
        upto = min(upto, after.captured_at + INSTANT)
    kept = max(first, bounds.seen_from) if bounds.seen_from else first
    if first >= upto:
        return 0
    plan = _Plan(gathered, question, first, upto, after, using)
    found = plan.look(kept, upto, wanted) if kept < upto else 0
    if found < wanted and bounds.held_case and first < kept:
        held = among_held(gathered, bounds.held_case, plan.spelling, plan.check)
        found += held(first, min(kept, upto), wanted - found)
    return found


class _Plan:
    """One search: what its reads must satisfy, and which way finds them."""

    def __init__(
        self,
        gathered: Gathered,
        question: Question,
        first: datetime,
        upto: datetime,
        after: After | None,
        using: str,
    ) -> None:
        self.gathered, self.question, self.after = gathered, question, after
        self.spelling = decided(question)
        self.row = states(question)
        self.areas: Sequence[Area] = [question.area] if question.area else []
        self.spans = _spans(gathered.cursor, question, first, upto)
        self.volume = volume(gathered.cursor, using)
        cameras = {span.camera for span in self.spans or ()}
        self.cameras_share = min(1.0, len(cameras) / self.volume.cameras) if self.spans is not None else 1.0

    def check(self, first: datetime, upto: datetime) -> Sql:
        """All but plate and window: state, cameras, area, and that the read lies behind the page before."""
        condition = self.row
        if self.question.area:
            condition &= within(self.spans or [], self.areas, first, upto)
        elif self.question.cameras:
            condition &= Sql("d.camera_id = ANY (%(cameras)s::int[])", {"cameras": sorted(self.question.cameras)})
        if self.after:
            behind = {"after_at": self.after.captured_at, "after_id": self.after.id}
            condition &= Sql("(d.captured_at, d.id) < (%(after_at)s, %(after_id)s)", behind)
        return condition

    def look(self, first: datetime, upto: datetime, wanted: int) -> int:
        """Look for fresh reads; how many were found."""
        if self.spans is not None and not self.spans:
            return 0
        plates = self._plates(first, upto)
        if plates is not None:
            return self._by_plate(plates, first, upto, wanted)
        found = 0
        if self.spans is not None and len(self.spans) <= MOST_SPANS:
            if self.after:  # the index of cameras does not know ids: the rest of the instant is looked up by itself
                same = by_condition(self.gathered, self.spelling, self.check)
                upto = min(upto, self.after.captured_at)
                found = same(upto, upto + INSTANT, wanted)
            way = by_camera(self.gathered, self.spans or [], self.areas, self.spelling, self.row)
        else:
            way = by_condition(self.gathered, self.spelling, self.check)
        return found + self._walk(way, first, upto, wanted - found)

    def _plates(self, first: datetime, upto: datetime) -> list[str] | None:
        question = self.question
        if not question.plate and not question.containing:
            return None
        if self._few(first, upto) and (question.match is Match.PATTERN or not question.plate):
            return None
        return plates_of(self.gathered.cursor, question, most=MOST_PLATES)

    def _few(self, first: datetime, upto: datetime) -> bool:
        """Whether so few reads lie in the window and at the cameras that all may be looked at."""
        return self.volume.reads_a_day * self.cameras_share * ((upto - first) / timedelta(days=1)) < FEW_READS

    def _by_plate(self, plates: list[str], first: datetime, upto: datetime, wanted: int) -> int:
        if not plates:
            return 0
        part = len(plates) / self.volume.plates * self.cameras_share
        way = by_condition(self.gathered, of_plates(plates), self.check)
        days = self.volume.days_for(SPARE * wanted, part)
        return look_back(way, first, upto, wanted=wanted, days=days)[0]

    def _walk(self, way: Look, first: datetime, upto: datetime, wanted: int) -> int:
        """Back through time; where that gets long, the dictionary is read whole for the few plates that fit."""
        days = self.volume.days_for(SPARE * wanted, share(self.question) * self.cameras_share)
        if self.spans is not None and self._few(first, upto):
            days = 36_500.0
        walked = timedelta(days=min(self.volume.days_for(WALKED_READS, self.cameras_share), 36_500.0))
        furthest = max(first, upto - walked) if self.spelling.text else first
        found, upto = look_back(way, furthest, upto, wanted=wanted, days=days)
        if found >= wanted or upto <= first:
            return found
        plates = plates_of(self.gathered.cursor, self.question, most=MOST_PLATES_SCANNED, scan=True)
        if plates is not None:
            return found + self._by_plate(plates, first, upto, wanted - found)
        return found + look_back(way, first, upto, wanted=wanted - found, days=walked / timedelta(days=1))[0]


def states(question: Question) -> Sql:
    """A read that told no state fits any."""
    return Sql("d.state IN ('', %(state)s)", {"state": question.state}) if question.state else TRUE


def _spans(cursor: Cursor, question: Question, first: datetime, upto: datetime) -> list[Span] | None:
    """Where the question looks, if not everywhere."""
    if question.area:
        return spans_near(cursor, [Scene(question.area, first, upto)], question.cameras)
    if question.cameras:
        return [Span(camera, first, upto) for camera in sorted(question.cameras)]
    return None
