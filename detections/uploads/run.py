"""Taking a file in, part by part. All that was done is committed with each part, so any worker can go on from there.

A part goes through the ingest verb in acts of its own; then its counts and the place reached are committed together.
A worker lost in between leaves reads without counts: the part is taken again, the verb answers "duplicate", and the
instants at which it was tried (``Upload.tries``) tell which of those reads are this file's own.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID, uuid4

from django.db import DatabaseError, transaction
from django.db.models import F, Q

from audit import asker, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.ledger import LedgerUnavailable
from detections.ingest.wire import server_cursor
from detections.models import QuarantineOrigin, Upload, UploadCamera
from detections.uploads import report
from detections.uploads.cameras import Cameras
from detections.uploads.hand_in import PURPOSE, enqueue
from detections.uploads.head import Head, Unfit, look
from detections.uploads.layout import Layout, all_layouts
from detections.uploads.parse import rows
from detections.uploads.window import Outcome, Taker, Window, next_window

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# A worker gives way to other tasks after so long; the file waits its turn again.
SLICE_S = 120.0
# A part that ends its worker so many times would end it for ever. The sweep tries once a minute: a database or ledger
# that is away for an hour costs no file.
MOST_TRIES = 100
_REJECT = """
    INSERT INTO detections_uploadrejection (upload_id, line, "offset", length, "column", code, reason)
    SELECT %(upload)s, line, start, length, field, code, reason
    FROM unnest(%(lines)s::bigint[], %(offsets)s::bigint[], %(lengths)s::integer[], %(columns)s::text[],
                %(codes)s::text[], %(reasons)s::text[]) AS bad (line, start, length, field, code, reason)
    ON CONFLICT (upload_id, line) DO NOTHING
"""


class Lost(Exception):
    """The file is another worker's by now, or somebody stopped it; nothing of the part was counted here."""


@dataclass(slots=True)
class _Job:
    upload: Upload
    worker: UUID
    layout: Layout
    head: Head
    by: Asker


def take_in(*, upload_id: UUID, clock: Callable[[], datetime], slice_s: float = SLICE_S) -> Upload | None:
    """Go on with a file until its end, or for ``slice_s`` seconds; None where there is nothing to do now.

    Safe to run twice, late, or beside another worker: one of them holds the file, for ``LEASE`` after its last sign.
    """
    worker = uuid4()
    upload = _claim(upload_id, worker, clock())
    if upload is None:
        return None
    try:
        _work(upload, worker, clock, slice_s)
    except Lost:
        return Upload.objects.get(pk=upload_id)
    except (LedgerUnavailable, DatabaseError) as error:
        log.warning("upload waits: %s", type(error).__name__)
        _release(upload_id, worker)
    return Upload.objects.get(pk=upload_id)


def requeue(*, at: datetime) -> int:
    """Enqueue files that nobody works on although there is something to do. Safe to run twice or late. How many."""
    idle = Q(worker=None, beat_at__lt=at - timedelta(seconds=30)) | Q(beat_at__lt=at - LEASE)
    open_ = Upload.objects.filter(idle, status__in=[Upload.Status.WAITING, Upload.Status.RUNNING])
    return sum(enqueue(key) for key in open_.order_by("beat_at").values_list("pk", flat=True)[:100])


def _claim(upload_id: UUID, worker: UUID, at: datetime) -> Upload | None:
    """Take the file over where nobody is at it; the instant joins the tries of its next part."""
    with transaction.atomic():
        rows_ = Upload.objects.select_for_update(of=("self",), skip_locked=True)
        upload = rows_.select_related("camera", "handed_in_by").filter(pk=upload_id).first()
        if upload is None or not upload.is_open:
            return None
        if upload.worker is not None and upload.beat_at is not None and upload.beat_at > at - LEASE:
            return None
        upload.worker, upload.beat_at, upload.status = worker, at, Upload.Status.RUNNING
        upload.tries = [*upload.tries, at.isoformat()]
        upload.save(update_fields=["worker", "beat_at", "status", "tries"])
    return upload


def _release(upload_id: UUID, worker: UUID) -> None:
    try:
        Upload.objects.filter(pk=upload_id, worker=worker).update(worker=None)
    except DatabaseError:
        log.warning("upload not released: it is free again when the lease ends")


def _work(upload: Upload, worker: UUID, clock: Callable[[], datetime], slice_s: float) -> None:
    by = asker_of(upload)
    why = _why_not(upload, by, clock())
    layout = all_layouts().get(upload.layout)
    if why or layout is None:
        _finish(upload, worker, by, clock(), why or "Its layout is no longer there.")
        return
    try:
        file = upload.file.open("rb")
    except (FileNotFoundError, ValueError):
        _finish(upload, worker, by, clock(), "The file is no longer in storage.")
        return
    with closing(file):
        try:
            head = look(file, layout)
        except Unfit as unfit:
            _finish(upload, worker, by, clock(), unfit.reason)
            return
        job = _Job(upload, worker, layout, head, by)
        note = _take_parts(job, file, clock, slice_s)
    if note is None:
        _release(upload.pk, worker)
        enqueue(upload.pk)
    else:
        _finish(upload, worker, by, clock(), "", note)


def _take_parts(job: _Job, file: IO[bytes], clock: Callable[[], datetime], slice_s: float) -> str | None:
    """Part after part; a note about the end of the file, or None where the slice was over first."""
    upload = job.upload
    source = rows(file, job.layout, job.head, offset=upload.offset, number=upload.line)
    each, taker = iter(source), Taker(job.by, Cameras(upload, job.layout))
    tries = [datetime.fromisoformat(one) for one in upload.tries]
    started = last = time.monotonic()
    # The next part is read while PostgreSQL stores this one; the thread touches the file and nothing else.
    with ThreadPoolExecutor(max_workers=1) as reader:
        ahead = reader.submit(next_window, source, each)
        while window := ahead.result():
            ahead = reader.submit(next_window, source, each)
            outcome = taker.take(window, at=tries[-1], tries=tries)
            now = time.monotonic()
            tries = [_commit(job, window, outcome, seconds=now - last, at=clock())]
            if now - started > slice_s:
                return None
            last = now
    return "The last line has no line end: check that the file is whole." if source.lines.ends_open else ""


def _commit(job: _Job, window: Window, outcome: Outcome, *, seconds: float, at: datetime) -> datetime:
    """The part's counts, its rejected rows and the place reached, all at once; the instant of the next part's try."""
    upload = job.upload
    with transaction.atomic():
        there = Upload.objects.select_for_update().filter(pk=upload.pk, worker=job.worker).first()
        if there is None or there.offset >= window.offset:
            raise Lost
        _reject(job, outcome)
        _origins(upload, outcome)
        for camera, tally in outcome.cameras.items():
            _add(upload, camera.pk, tally)
        tallies = outcome.cameras.values()
        Upload.objects.filter(pk=upload.pk).update(
            offset=window.offset,
            line=window.line,
            rows=F("rows") + window.rows,
            recorded=F("recorded") + sum(one.recorded for one in tallies),
            duplicates=F("duplicates") + sum(one.duplicates for one in tallies),
            quarantined=F("quarantined") + sum(one.quarantined for one in tallies),
            rejected=F("rejected") + len(outcome.rejected),
            hits=F("hits") + outcome.hits,
            seconds=F("seconds") + seconds,
            beat_at=at,
            tries=[at.isoformat()],
        )
    if there.status == Upload.Status.STOPPED:
        report.complete(upload.pk)
        raise Lost
    return at


def _add(upload: Upload, camera_id: UUID, tally: report.Counts) -> None:
    row, made = UploadCamera.objects.get_or_create(
        upload=upload,
        camera_id=camera_id,
        defaults={
            "recorded": tally.recorded,
            "duplicates": tally.duplicates,
            "quarantined": tally.quarantined,
            "rejected": tally.rejected,
            "first": tally.first,
            "last": tally.last,
        },
    )
    if made:
        return
    row.recorded += tally.recorded
    row.duplicates += tally.duplicates
    row.quarantined += tally.quarantined
    row.rejected += tally.rejected
    row.first = min(filter(None, (row.first, tally.first)), default=None)
    row.last = max(filter(None, (row.last, tally.last)), default=None)
    row.save()


def _reject(job: _Job, outcome: Outcome) -> None:
    bad = outcome.rejected
    if not bad:
        return
    values = {
        "upload": job.upload.pk,
        "lines": [row.number for row, *_ in bad],
        "offsets": [row.offset for row, *_ in bad],
        "lengths": [min(row.length, 2_000_000_000) for row, *_ in bad],
        "columns": [(job.head.name_of(field) if field else "")[:60] for _, field, _, _ in bad],
        "codes": [code[:40] for *_, code, _ in bad],
        "reasons": [reason[:500] for *_, reason in bad],
    }
    with server_cursor() as cursor:
        cursor.execute(_REJECT, values)


def _origins(upload: Upload, outcome: Outcome) -> None:
    rows_ = [QuarantineOrigin(read_id=read, upload=upload, line=line) for read, line in outcome.quarantined]
    if rows_:
        QuarantineOrigin.objects.bulk_create(rows_, ignore_conflicts=True)


def _finish(upload: Upload, worker: UUID, by: Asker, at: datetime, broke_off: str, note: str = "") -> None:
    """The end of a file, recorded; ``broke_off`` says why it did not come to its end by itself."""
    report.complete(upload.pk)
    with ledger.act(Action.UPLOAD_FINISH, by=by, at=at, purpose=PURPOSE, subject=("upload", upload.pk, "")) as record:
        row = Upload.objects.select_for_update().get(pk=upload.pk)
        if row.worker != worker or not row.is_open:
            raise Lost
        row.status = Upload.Status.FAILED if broke_off else Upload.Status.DONE
        row.verdict, row.ended_at, row.worker = broke_off or note, at, None
        if not broke_off:
            row.offset = row.size
        row.save(update_fields=["status", "verdict", "ended_at", "worker", "offset"])
        record.result_count = row.recorded
        record.detail = report.counts_of(row) | {"status": row.status}


def _why_not(upload: Upload, by: Asker, at: datetime) -> str:
    """Why the file is not taken in any further; "" where it is."""
    if len(upload.tries) > MOST_TRIES:
        return f"The part after line {upload.line:,} broke off {len(upload.tries) - 1} times. Tell an administrator."
    if by.user is not None and Ability.UPLOAD_READS not in abilities_of(by.user, at):
        return "The person who handed it in may do so no longer."
    return ""


def asker_of(upload: Upload) -> Asker:
    """Who stands behind a file's reads: the person or the device that handed it in, from where they did."""
    if upload.kind == ActorKind.PERSON and upload.handed_in_by is not None:
        return asker.person(upload.handed_in_by, address=upload.address)
    return asker.device(upload.by_name, address=upload.address)
