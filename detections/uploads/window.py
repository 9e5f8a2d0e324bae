"""A part of a file through the one verb, camera by camera, and what became of each of its rows. Database, no files."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from audit import policy
from audit.asker import Asker
from audit.ids import first_of
from audit.refusals import Refusal, Refused
from cameras.models import Camera
from detections import partitions
from detections.ingest import rules
from detections.ingest.reads import DUPLICATE, QUARANTINED, RECORDED, REFUSED, Answer, BadRead, NewRead
from detections.ingest.verb import record_reads
from detections.uploads.cameras import Cameras
from detections.uploads.parse import Row, Rows

BATCH = 5_000
# Files mix their cameras: a wider part makes batches of a sensible size of each.
MOST_ROWS = 50_000


@dataclass(slots=True)
class Window:
    """Some rows of a file by the name of their camera, and how far the file is after them."""

    groups: dict[str, list[Row]]
    rows: int
    offset: int
    line: int


@dataclass(slots=True)
class Tally:
    """What a part held of one camera. ``first`` and ``last`` are capture times of reads that are stored now."""

    recorded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    rejected: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a part: counts by camera, rejected rows with column, code and reason, quarantined reads' lines."""

    cameras: dict[Camera, Tally] = field(default_factory=lambda: defaultdict(Tally))
    rejected: list[tuple[Row, str, str, str]] = field(default_factory=list)
    quarantined: list[tuple[UUID, int]] = field(default_factory=list)
    hits: int = 0


def next_window(source: Rows, rows: Iterable[Row | None]) -> Window | None:
    """The next part: until one camera has a whole batch, or enough rows are together. None at the end."""
    groups: dict[str, list[Row]] = {}
    count = looked_at = 0
    for row in islice(rows, MOST_ROWS):
        looked_at += 1
        if row is None:
            continue
        count += 1
        group = groups.get(row.camera)
        if group is None:
            group = groups[row.camera] = []
        group.append(row)
        if len(group) >= BATCH:
            break
    return Window(groups, count, source.offset, source.number) if looked_at else None


class Taker:
    """Takes part after part of one file. ``refused`` remembers cameras that may store nothing here."""

    def __init__(self, by: Asker, cameras: Cameras) -> None:
        self.by = by
        self._cameras = cameras
        self._refused: dict[UUID, Refusal] = {}
        self._covered: set[str] = set()
        self._partitions = partitions.listed()

    def take(self, window: Window, *, at: datetime, tries: Sequence[datetime]) -> Outcome:
        """Record the part's reads. Taken again after a crash, a read made at one of ``tries`` counts as recorded.

        Raises LedgerUnavailable and django.db.DatabaseError; then the part is to be taken again.
        """
        outcome = Outcome()
        own = {_milliseconds(one) for one in tries}
        by_camera: dict[Camera, list[Row]] = {}
        for name, group in window.groups.items():
            camera = self._cameras.find(name)
            if isinstance(camera, BadRead):
                _reject_all(group, camera, outcome)
            else:
                by_camera.setdefault(camera, []).extend(group)
        for camera, group in by_camera.items():
            for start in range(0, len(group), BATCH):
                self._record(camera, group[start : start + BATCH], outcome, at, own)
        return outcome

    def _record(self, camera: Camera, group: list[Row], outcome: Outcome, at: datetime, own: set[int]) -> None:
        reads = [row.read for row in group]
        if camera.pk not in self._refused:
            self._cover(reads, at)
            try:
                answers = record_reads(by=self.by, camera=camera, reads=reads, at=at)
            except Refused as refused:
                self._refused[camera.pk] = refused.refusal
            else:
                _account(camera, group, answers, outcome, own)
                return
        refusal = self._refused[camera.pk]
        words = f"{refusal.reason} {refusal.citation.text} ({refusal.citation})"
        outcome.cameras[camera].rejected += len(group)
        outcome.rejected += [(row, "camera", refusal.code, words) for row in group]

    def _cover(self, reads: Iterable[NewRead | BadRead], at: datetime) -> None:
        """Make partitions for times past that reads have which will be stored; each day is asked for once."""
        cutoff = rules.ceiling_cutoff(at, policy.in_force(at)) or rules.FIRST_PLAUSIBLE
        days: dict[str, datetime] = {}
        for read in reads:
            if isinstance(read, NewRead) and cutoff <= read.captured_at <= at:
                days[read.captured_at.strftime("%Y%m%d")] = read.captured_at
        for day in sorted(days.keys() - self._covered):
            time = days[day]
            if not any(one.first <= time < one.upto for one in self._partitions):
                partitions.cover(time, time, at=at)
                self._partitions = partitions.listed()
            self._covered.add(day)


def _account(camera: Camera, group: list[Row], answers: list[Answer], outcome: Outcome, own: set[int]) -> None:
    tally = outcome.cameras[camera]
    seen: set[UUID] = set()
    times: list[datetime] = []
    for row, answer in zip(group, answers, strict=True):
        status = answer.status
        if status == DUPLICATE and len(own) > 1 and answer.id and answer.id not in seen and answer.id.int >> 80 in own:
            status = RECORDED  # by the worker that was lost after this batch and before it could say so
        if status == RECORDED:
            tally.recorded += 1
            outcome.hits += answer.hits
            if len(own) > 1 and answer.id:
                seen.add(answer.id)
            times.append(row.read.captured_at)  # type: ignore[union-attr]
        elif status == DUPLICATE:
            tally.duplicates += 1
            times.append(row.read.captured_at)  # type: ignore[union-attr]
        elif status == QUARANTINED:
            tally.quarantined += 1
            if answer.id:
                outcome.quarantined.append((answer.id, row.number))
        elif status == REFUSED:
            tally.rejected += 1
            outcome.rejected.append((row, *_why(answer)))
    if times:
        tally.first = min(times) if tally.first is None else min(tally.first, min(times))
        tally.last = max(times) if tally.last is None else max(tally.last, max(times))


def _why(answer: Answer) -> tuple[str, str, str]:
    """Column, code and reason of a refused row; the clause, where a law refuses it."""
    more = answer.more or {}
    column, reason = str(more.get("field", "")), answer.reason.removeprefix(f"{more.get('field', '')}: ")
    if "citation" in more:
        reason = f"{reason} {more['clause']} ({more['citation']})"
    return column, answer.code, reason


def _reject_all(group: list[Row], bad: BadRead, outcome: Outcome) -> None:
    """Rows without a camera; what is wrong with the row itself is said first."""
    for row in group:
        why = row.read if isinstance(row.read, BadRead) else bad
        outcome.rejected.append((row, why.field, why.code, why.reason))


def _milliseconds(at: datetime) -> int:
    """An instant as the first 48 bits of a UUIDv7 have it."""
    return first_of(at).int >> 80
