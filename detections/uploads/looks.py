"""Looking at files of reads: the list, the account of one, its rejected rows; and stopping one."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.spreadsheet import cell
from cameras.models import Camera
from detections.models import Upload, UploadCamera, UploadRejection
from detections.uploads import report
from detections.uploads.hand_in import PURPOSE

MOST_LISTED = 100
MOST_SHOWN = 100
_PAGE = 2_000
_MOST_TEXT = 4_000


@dataclass(slots=True)
class CameraAccount:
    """A camera of a file as the page shows it: its row, its gaps as instants, the bars of its plot."""

    row: UploadCamera
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)
    bars: list[report.Bar] = field(default_factory=list)


@dataclass(slots=True)
class Opened:
    """A file with its account; ``rejections`` are the first ``MOST_SHOWN``."""

    upload: Upload
    cameras: list[CameraAccount]
    rejections: list[UploadRejection]
    record_index: int | None


class NoUpload(LookupError):
    """There is no such file for this asker."""


def list_uploads(*, by: Asker, at: datetime) -> list[Upload]:
    """The latest files, the newest first. No plates. Raises Refused."""
    with ledger.act(Action.UPLOAD_LIST, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.UPLOAD_READS, at=at)
        found = Upload.objects.select_related("handed_in_by", "camera").order_by("-handed_in_at", "pk")
        listed = list(found[:MOST_LISTED])
        record.result_count = len(listed)
    return listed


def open_upload(*, by: Asker, at: datetime, upload_id: UUID, of: Camera | None = None) -> Opened:
    """A file's account, for a person or (``of``) for the device that handed it in. Raises Refused, NoUpload."""
    upload = None
    with ledger.act(Action.UPLOAD_VIEW, by=by, at=at, purpose=PURPOSE, subject=("upload", upload_id, "")) as record:
        _admit(by, at, of)
        upload = _find(upload_id, of)
        cameras = _accounts(upload) if upload else []
        rejections = list(UploadRejection.objects.filter(upload=upload).order_by("line")[:MOST_SHOWN]) if upload else []
        record.result_count = 1 if upload else 0
    if upload is None:
        raise NoUpload
    return Opened(upload, cameras, rejections, record.index)


def progress(*, by: Asker, at: datetime, upload_id: UUID, of: Camera | None = None) -> Upload:
    """How far a file is: counts only, no look at plate data and so without a record. Raises Refused, NoUpload."""
    if of is None and not (by.user is not None and Ability.UPLOAD_READS in abilities_of(by.user, at)):
        with ledger.act(Action.UPLOAD_VIEW, by=by, at=at, purpose=PURPOSE, subject=("upload", upload_id, "")):
            _admit(by, at, of)
    upload = _find(upload_id, of)
    if upload is None:
        raise NoUpload
    return upload


def stop_upload(*, by: Asker, at: datetime, upload_id: UUID) -> Upload:
    """Take no more of a file in; what was taken in stays. Raises Refused, NoUpload."""
    with ledger.act(Action.UPLOAD_CANCEL, by=by, at=at, purpose=PURPOSE, subject=("upload", upload_id, "")) as record:
        gate.admit(by, Ability.UPLOAD_READS, at=at)
        upload = Upload.objects.select_for_update(of=("self",)).filter(pk=upload_id).first()
        if upload is not None and upload.is_open:
            upload.status, upload.ended_at = Upload.Status.STOPPED, at
            upload.verdict = f"Stopped by {by.name} after line {upload.line:,}."[:300]
            upload.save(update_fields=["status", "ended_at", "verdict"])
        if upload is not None:
            record.detail = report.counts_of(upload) | {"status": upload.status}
    if upload is None:
        raise NoUpload
    report.complete(upload.pk)
    return upload


def rejected_rows(*, by: Asker, at: datetime, upload_id: UUID) -> Iterator[str]:
    """All rejected rows of a file as CSV, with their own text while the file is kept. Raises Refused, NoUpload.

    The record is committed before the first line leaves. No cell can be taken for a formula by a spreadsheet.
    """
    subject = ("upload", upload_id, "")
    with ledger.act(Action.UPLOAD_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        gate.admit(by, Ability.UPLOAD_READS, at=at)
        gate.admit(by, Ability.VIEW_READS, at=at)
        upload = _find(upload_id, None)
        record.detail = {"rejected rows": upload.rejected if upload else 0}
        record.result_count = upload.rejected if upload else 0
    if upload is None:
        raise NoUpload
    return _as_csv(upload)


def _admit(by: Asker, at: datetime, of: Camera | None) -> None:
    if of is None:
        gate.admit(by, Ability.UPLOAD_READS, at=at)


def _find(upload_id: UUID, of: Camera | None) -> Upload | None:
    found = Upload.objects.select_related("handed_in_by", "camera").filter(pk=upload_id)
    return found.filter(kind="device", camera=of).first() if of is not None else found.first()


def _accounts(upload: Upload) -> list[CameraAccount]:
    rows = UploadCamera.objects.filter(upload=upload).select_related("camera").order_by("camera__code")
    return [
        CameraAccount(
            row,
            [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in row.gaps],
            report.bars(row.bins),
        )
        for row in rows
    ]


def _as_csv(upload: Upload) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["line", "column", "why", "code", "row as it was sent"])
    file = _opened(upload)
    if file is None:
        yield from _written(upload, writer, out, None)
        return
    with closing(file):
        yield from _written(upload, writer, out, file)


def _written(upload: Upload, writer: Any, out: io.StringIO, file: IO[bytes] | None) -> Iterator[str]:
    last = 0
    while True:
        page = list(UploadRejection.objects.filter(upload=upload, line__gt=last).order_by("line")[:_PAGE])
        for bad in page:
            text = _text_of(bad, file) if file is not None else "(the file was removed)"
            writer.writerow([bad.line, *map(cell, (bad.column, bad.reason, bad.code, text))])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        if len(page) < _PAGE:
            return
        last = page[-1].line


def _opened(upload: Upload) -> IO[bytes] | None:
    try:
        return upload.file.open("rb") if upload.file else None
    except FileNotFoundError:
        return None


def _text_of(bad: UploadRejection, file: IO[bytes]) -> str:
    file.seek(bad.offset)
    return file.read(min(bad.length, _MOST_TEXT)).decode(errors="replace").rstrip("\r\n")
