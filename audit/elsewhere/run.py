"""Taking an export in: parsed and stored in one act, so that a review never sees half a file; progress beside it."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from audit import asker, ledger
from audit.actions import Action
from audit.elsewhere.hand_in import PURPOSE, enqueue, stored_as
from audit.elsewhere.layout import Layout, LayoutError, all_layouts
from audit.elsewhere.matching import Roster
from audit.elsewhere.parse import Bad, Parser, Query
from audit.ledger import LedgerUnavailable
from audit.models import QueryElsewhere, QueryImport, QueryImportFault
from audit.text_files import Unfit

log = logging.getLogger(__name__)

BATCH = 2000
MOST_FAULTS = 10_000
LEASE = timedelta(seconds=120)
SIGN_EVERY = 0.5
State = QueryImport.State
OPEN = (State.WAITING, State.RUNNING)


@dataclass(slots=True)
class _Tally:
    read: int = 0
    good: int = 0
    bad: int = 0
    outside: int = 0
    first: datetime | None = None
    last: datetime | None = None


def take_in(import_id: UUID, clock: Callable[[], datetime]) -> QueryImport | None:
    """Take an export in to its end; None where there is nothing to do. Safe to run twice, late, or side by side."""
    export = _claim(import_id, clock())
    if export is None:
        return None
    by = asker.system("audit export")
    subject = ("query_import", export.pk, export.system.name)
    try:
        with ledger.act(Action.ELSEWHERE_FINISH, by=by, at=clock(), purpose=PURPOSE, subject=subject) as record:
            _hold(export)
            tally = _store(export, clock)
            _finish(export, tally, clock())
            record.result_count = export.rows_kept
            record.detail = {"read": tally.read, "kept": export.rows_kept, "bad": tally.bad, "known": export.rows_known}
    except (Unfit, LayoutError, FileNotFoundError) as error:
        _give_up(export, error, clock())
    except (LedgerUnavailable, DatabaseError) as error:
        log.warning("export waits: %s", type(error).__name__)
        QueryImport.objects.filter(pk=import_id, state=State.RUNNING).update(state=State.WAITING)
    except Exception as error:  # a file that breaks its worker would break the next one too
        log.exception("export given up")
        _give_up(
            export, RuntimeError(f"It could not be taken in ({type(error).__name__}). Nothing of it was."), clock()
        )
    return QueryImport.objects.get(pk=import_id)


def requeue(at: datetime) -> int:
    """Enqueue exports that nobody works on. Safe to run twice or late. How many."""
    idle = Q(state=State.WAITING, beat_at__lt=at - timedelta(seconds=30)) | Q(
        state=State.RUNNING, beat_at__lt=at - LEASE
    )
    return sum(enqueue(one) for one in QueryImport.objects.filter(idle).order_by("handed_in_at")[:100])


def _claim(import_id: UUID, at: datetime) -> QueryImport | None:
    with transaction.atomic():
        found = QueryImport.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        export = found.select_related("system").filter(pk=import_id, state__in=OPEN).first()
        if export is None or (export.state == State.RUNNING and export.beat_at and at - export.beat_at < LEASE):
            return None
        export.state, export.beat_at, export.bytes_done = State.RUNNING, at, 0
        export.save(update_fields=["state", "beat_at", "bytes_done"])
    return export


def _hold(export: QueryImport) -> None:
    """One worker at a time stores a system's queries; another waits here and then finds its export done or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(462, %s)", [export.system_id])
    if not QueryImport.objects.filter(pk=export.pk, state=State.RUNNING).exists():
        raise Unfit("taken", "Another worker took it in.")


def _store(export: QueryImport, clock: Callable[[], datetime]) -> _Tally:
    layout, tally = _layout(export), _Tally()
    roster = Roster(export.system)
    with default_storage.open(stored_as(export), "rb") as file, ThreadPoolExecutor(1) as beside:
        parser = Parser(file, layout)
        good: list[QueryElsewhere] = []
        faults: list[QueryImportFault] = []
        sign: Future[None] | None = None
        signed = time.monotonic()
        for row in parser:
            tally.read += 1
            if isinstance(row, Bad):
                tally.bad += 1
                if len(faults) < MOST_FAULTS:
                    faults.append(QueryImportFault(source=export, line=row.line, column=row.column, why=row.why[:300]))
                continue
            _count(tally, row)
            good.append(_query(export, row, roster))
            if len(good) >= BATCH:
                _insert(good)
                good = []
            if time.monotonic() - signed > SIGN_EVERY and (sign is None or sign.done()):
                sign, signed = beside.submit(_sign, export.pk, parser.done, tally.read, clock()), time.monotonic()
        _insert(good)
        QueryImportFault.objects.bulk_create(faults, batch_size=BATCH)
    if not tally.read:
        raise Unfit("no_rows", "The file has a first line and no rows.")
    return tally


def _layout(export: QueryImport) -> Layout:
    layout = all_layouts().get(export.system.layout)
    if layout is None:
        raise LayoutError(f"There is no layout {export.system.layout} any more.")
    return layout


def _query(export: QueryImport, row: Query, roster: Roster) -> QueryElsewhere:
    return QueryElsewhere(
        source=export, system_id=export.system_id, line=row.line, digest=row.digest, at=row.at, account=row.account,
        person_id=roster.whose(row.account, row.at), organisation=row.organisation, kind=row.kind, plate=row.plate,
        elements=row.elements, purpose=row.purpose, reason=row.reason, case_number=row.case_number,
        result_count=row.result_count,
    )  # fmt: skip


def _insert(rows: list[QueryElsewhere]) -> None:
    QueryElsewhere.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def _count(tally: _Tally, row: Query) -> None:
    tally.good += 1
    tally.first = row.at if tally.first is None else min(tally.first, row.at)
    tally.last = row.at if tally.last is None else max(tally.last, row.at)


def _sign(pk: UUID, done: int, read: int, at: datetime) -> None:
    """A sign of life and progress, from a connection of its own: the act's is not committed before the end."""
    try:
        QueryImport.objects.filter(pk=pk).update(bytes_done=done, rows_read=read, beat_at=at)
    finally:
        connection.close()


def _finish(export: QueryImport, tally: _Tally, at: datetime) -> None:
    kept = QueryElsewhere.objects.filter(source=export)
    export.rows_kept = kept.count()
    unnamed = kept.filter(person=None).count() if export.system.names_people else 0
    export.rows_read, export.rows_bad, export.rows_known = tally.read, tally.bad, tally.good - export.rows_kept
    export.state, export.finished_at, export.bytes_done = State.DONE, at, export.byte_count
    words = [f"{export.rows_kept:,} queries taken in."]
    if export.rows_known:
        words.append(f"{export.rows_known:,} were known from an earlier export.")
    if tally.bad:
        words.append(f"{tally.bad:,} rows are bad; each is named below.")
    if unnamed:
        words.append(f"{unnamed:,} queries are of user names that nobody on the roster has.")
    if tally.first and tally.last and not _within(export, tally):
        words.append(f"Some lie outside the days said: {tally.first:%Y-%m-%d} to {tally.last:%Y-%m-%d} UTC.")
    export.verdict = " ".join(words)
    QueryImport.objects.filter(pk=export.pk).update(
        **{name: getattr(export, name) for name in _RESULT}, beat_at=F("beat_at")
    )


_RESULT = ("rows_kept", "rows_read", "rows_bad", "rows_known", "state", "finished_at", "bytes_done", "verdict")


def _within(export: QueryImport, tally: _Tally) -> bool:
    day = timedelta(days=1)  # the days are the agency's, the times UTC: a day's play on both sides
    return bool(
        tally.first
        and tally.last
        and tally.first.date() >= export.covers_from - day
        and tally.last.date() <= export.covers_upto + day
    )


def _give_up(export: QueryImport, error: Exception, at: datetime) -> None:
    if isinstance(error, Unfit) and error.code == "file.taken":
        return
    unfit = isinstance(error, Unfit)
    words = error.reason if isinstance(error, Unfit) else str(error) or "The file is gone."
    open_still = QueryImport.objects.filter(pk=export.pk, state__in=OPEN)
    open_still.update(state=State.UNFIT if unfit else State.FAILED, verdict=words, finished_at=at)
