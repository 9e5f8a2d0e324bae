"""Taking a file in: read and copied part by part, sealed, and put in the place of the live list, or nothing changed.

The rows lie in a partition that no read looks into until the swap, so a worker may be lost at any point: the import
starts over. The rows of a part are stored while the next one is read.
"""

import gc
import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from audit import policy
from audit.abilities import Ability, abilities_of
from audit.ledger import LedgerUnavailable
from audit.policy import Profile
from audit.refusals import Refusal
from audit.text_files import Unfit
from hotlists import rules_imports as rules
from hotlists.imports import store
from hotlists.imports.ending import Changed, Clock, Job, Lost, Status, finish, refuse
from hotlists.imports.hand_in import OPEN, enqueue, put_away
from hotlists.imports.head import look
from hotlists.imports.layout import all_layouts
from hotlists.imports.parse import MOST_BAD, Parser, Tally
from hotlists.imports.screen import screen_for
from hotlists.models import HotList, HotListImport

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
PROGRESS_S = 0.5
GATHERED = 8
# A file that ends its worker so many times would end it for ever. Waiting for the database or the ledger is no try.
MOST_TRIES = 10
READING, SORTING = "Reading rows", "Sorting the list"


def take_in(import_id: int, clock: Clock) -> HotListImport | None:
    """Take a file in to its end; None where there is nothing to do now.

    Safe to run twice, late, or beside another worker: one of them holds the file, for ``LEASE`` after its last sign.
    """
    worker = uuid4()
    import_ = _claim(import_id, worker, clock())
    if import_ is None:
        return None
    try:
        _work(import_, worker, clock)
    except Lost:
        log.info("import left: somebody else has it, or stopped it")
    except (LedgerUnavailable, DatabaseError, store.Busy, Changed) as error:
        log.warning("import waits: %s", type(error).__name__)
        _release(import_id, worker)
    done = HotListImport.objects.get(pk=import_id)
    if done.status not in OPEN:
        put_away(done)
    return done


def requeue(at: datetime) -> int:
    """Enqueue files that nobody works on although there is something to do. Safe to run twice or late. How many."""
    idle = Q(worker=None, beat_at__lt=at - timedelta(seconds=30)) | Q(beat_at__lt=at - LEASE)
    waiting = HotListImport.objects.filter(idle, status__in=OPEN)
    return sum(enqueue(key) for key in waiting.order_by("pk").values_list("pk", flat=True)[:100])


def _claim(import_id: int, worker: UUID, at: datetime) -> HotListImport | None:
    with transaction.atomic():
        found = HotListImport.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        import_ = found.select_related("hot_list__source", "handed_in_by").filter(pk=import_id).first()
        if import_ is None or import_.status not in OPEN:
            return None
        if import_.worker is not None and import_.beat_at is not None and import_.beat_at > at - LEASE:
            return None
        import_.worker, import_.beat_at, import_.status = worker, at, Status.RUNNING
        import_.tries += 1
        import_.done_bytes, import_.rows, import_.stage = 0, 0, READING
        import_.save(update_fields=["worker", "beat_at", "status", "tries", "done_bytes", "rows", "stage"])
    return import_


def _release(import_id: int, worker: UUID) -> None:
    try:
        HotListImport.objects.filter(pk=import_id, worker=worker).update(worker=None, tries=F("tries") - 1)
    except DatabaseError:
        log.warning("import not released: it is free again when the lease ends")


def _work(import_: HotListImport, worker: UUID, clock: Clock) -> None:
    profile = policy.in_force(clock())
    layout = all_layouts().get(import_.layout)
    if layout is None:
        refuse(import_, worker, clock, rules.NO_LAYOUT.refuse("Its layout is no longer there.", profile=profile.stamp))
        return
    job = Job(import_, worker, layout, screen_for(profile, import_.hot_list.source), clock)
    if refusal := _why_not(import_, clock(), profile):
        refuse(import_, worker, clock, refusal)
        return
    try:
        with closing(import_.file.open("rb")) as file:
            tally, refusal = _read(job, file, profile)
    except (FileNotFoundError, ValueError):
        words = "The file is no longer in storage."
        refuse(import_, worker, clock, rules.UNFIT.refuse(words, profile=profile.stamp))
        return
    if refusal is None:
        _tell(job, tally, import_.size, SORTING)
        store.seal(import_.pk)
        finish(job, tally)
    else:
        refuse(import_, worker, clock, refusal, tally, job.screen)


def _read(job: Job, file: IO[bytes], profile: Profile) -> tuple[Tally, Refusal | None]:
    """Copy the file's rows; what was in it, and why it is refused."""
    try:
        head = look(file, job.layout)
        parser = Parser(file, job.layout, head, job.screen)
    except Unfit as unfit:
        return Tally(), rules.UNFIT.refuse(unfit.reason, profile=profile.stamp)
    store.open(job.import_.pk)
    try:
        with _no_collections(), _later_commits():
            _copy_all(job, parser)
    except Unfit as unfit:
        return parser.tally, rules.UNFIT.refuse(unfit.reason, profile=profile.stamp)
    return parser.tally, _bad_rows(parser.tally, profile)


def _copy_all(job: Job, parser: Parser) -> None:
    told = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as writer:
        under_way: Future[None] | None = None
        try:
            for payload in _gathered(parser.payloads()):
                if under_way is not None:
                    under_way.result()
                if time.monotonic() - told >= PROGRESS_S:  # the connection is free here
                    _tell(job, parser.tally, parser.done, READING)
                    told = time.monotonic()
                under_way = writer.submit(_copy, connection.connection, job.import_.pk, payload) if payload else None
        finally:
            if under_way is not None:
                under_way.result()


def _gathered(payloads: Iterator[bytes]) -> Iterator[bytes]:
    """Several parts at once: each COPY is a commit."""
    for first in payloads:
        several = [first, *islice(payloads, GATHERED - 1)]
        yield b"".join(several)


def _copy(raw: Any, number: int, payload: bytes) -> None:
    """Store a part's rows. Runs beside the reading thread, which leaves the connection alone meanwhile."""
    with connection.wrap_database_errors, raw.cursor() as cursor, cursor.copy(store.copy_statement(number)) as copy:
        copy.write(payload)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Rows are lists without cycles: looking through them again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _later_commits() -> Iterator[None]:
    """Rows of a partition that nobody reads need not be on disk part by part: the commit of the swap waits for all."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _tell(job: Job, tally: Tally, done: int, stage: str) -> None:
    """Progress for the page, and the sign of life; raises Lost where the file is no longer ours."""
    mine = HotListImport.objects.filter(pk=job.import_.pk, worker=job.worker, status=Status.RUNNING)
    facts = {"done_bytes": done, "rows": tally.rows, "kept": tally.kept, "rejected": len(tally.bad), "stage": stage}
    if not mine.update(beat_at=job.clock(), **facts):
        raise Lost


def _bad_rows(tally: Tally, profile: Profile) -> Refusal | None:
    if not tally.bad:
        return None
    if not tally.fits:
        words = f"More than {MOST_BAD:,} of the first {tally.rows:,} rows are bad: the layout does not fit the file."
        return rules.LAYOUT_DOES_NOT_FIT.refuse(words, profile=profile.stamp)
    first = min(tally.bad, key=lambda bad: bad.line)
    where = f"line {first.line:,}" + (f", {first.column}" if first.column else "")
    rows = len({bad.line for bad in tally.bad})
    count = "1 row is" if rows == 1 else f"{rows:,} rows are"
    return rules.BAD_ROWS.refuse(f"{count} bad; the first, {where}, {_lower(first.reason)}", profile=profile.stamp)


def _lower(reason: str) -> str:
    """A reason as the end of a sentence: those of plates are sentences of their own."""
    return f"says: {reason}" if reason[:1].isupper() or reason[:1] == "\u201c" else reason


def _why_not(import_: HotListImport, at: datetime, profile: Profile) -> Refusal | None:
    if import_.tries > MOST_TRIES:
        words = f"Reading this file broke off {import_.tries - 1} times."
        return rules.BROKE_OFF.refuse(words, profile=profile.stamp)
    sender = import_.handed_in_by
    if sender is not None and Ability.MANAGE_HOT_LISTS not in abilities_of(sender, at):
        words = "The person who handed it in may do so no longer."
        return rules.SENDER_LOST_RIGHTS.refuse(words, profile=profile.stamp)
    if not HotList.objects.takes_entries(at).filter(pk=import_.hot_list_id).exists():
        return rules.LIST_NOT_OPEN.refuse("This list takes no entries any more.", profile=profile.stamp)
    return None
