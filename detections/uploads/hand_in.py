"""Handing in a file: judged by its first lines, stored, recorded, and put into the queue."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from celery import current_app
from django.core.files import File
from kombu.exceptions import OperationalError

from audit import gate, ledger, policy
from audit.abilities import Ability, abilities_of
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.refusals import Refused
from cameras.models import Camera
from detections.ingest import rules
from detections.models import Upload
from detections.uploads.head import Head, Unfit, look
from detections.uploads.layout import all_layouts

log = logging.getLogger(__name__)

PURPOSE = "collection"
TASK, QUEUE = "detections.tasks.take_in_upload", "default"


@dataclass(slots=True)
class Received:
    """A file as it came: in a temporary file of ours, with what was reckoned while it came."""

    file: IO[bytes]
    name: str
    size: int
    sha256: str


def may_hand_in(by: Asker, at: datetime) -> bool:
    """Whether it is worth taking a person's file at all; asked before its bytes are read."""
    return by.user is not None and Ability.UPLOAD_READS in abilities_of(by.user, at)


def refuse_sender(*, by: Asker, at: datetime) -> None:
    """Record that the person may hand in nothing; raises Refused."""
    with ledger.act(Action.UPLOAD_START, by=by, at=at, purpose=PURPOSE):
        gate.admit(by, Ability.UPLOAD_READS, at=at)


def start_upload(*, by: Asker, at: datetime, received: Received, layout: str, camera: Camera | None) -> Upload:
    """Take a file over. ``camera`` is that of all rows; a device's file is of its own camera.

    Raises Unfit for a file that is not what its layout says (nothing was kept), Refused (recorded), LedgerUnavailable.
    """
    judge(received.file, layout, camera)
    upload = Upload(
        layout=layout,
        file_name=received.name[:120],
        size=received.size,
        sha256=received.sha256,
        camera=camera,
        kind=by.kind,
        handed_in_by=by.user,
        by_name=by.name,
        address=by.address,
        handed_in_at=at,
        beat_at=at,
    )
    received.file.seek(0)
    content = received.file if isinstance(received.file, File) else File(received.file)
    upload.file.save("", content, save=False)
    try:
        _record(by, upload, at)
    except ledger.LedgerUnavailable:
        # Whether the commit arrived is not known here: the sweep removes the file if it did not.
        raise
    except BaseException:
        upload.file.delete(save=False)
        raise
    enqueue(upload.pk)
    return upload


def judge(file: IO[bytes], layout: str, camera: Camera | None) -> Head:
    """The first look at a file; raises Unfit."""
    known = all_layouts().get(layout)
    if known is None:
        raise Unfit("layout", "There is no such layout. Choose one of those offered.")
    head = look(file, known)
    if known.form == "csv" and camera is None and "camera" not in head.places:
        raise Unfit("camera", "The file has no column for the camera. Choose the camera that all its rows are of.")
    return head


def _record(by: Asker, upload: Upload, at: datetime) -> None:
    query = {"file": upload.sha256, "layout": upload.layout}
    with ledger.act(
        Action.UPLOAD_START, by=by, at=at, purpose=PURPOSE, query=query, subject=("upload", upload.pk, "")
    ) as record:
        profile = record.profile or policy.in_force(at)
        if by.kind == ActorKind.PERSON:
            gate.admit(by, Ability.UPLOAD_READS, at=at)
        if upload.camera is not None and (refusal := rules.refuse_camera(upload.camera, at, profile)):
            raise Refused(refusal)
        upload.save(force_insert=True)
        record.detail = {"name": upload.file_name, "bytes": upload.size}
        if upload.camera is not None:
            record.detail["camera"] = upload.camera.code


def enqueue(upload_id: UUID) -> bool:
    """Tell the workers; False where the broker is away (the sweep tries again)."""
    try:
        current_app.send_task(TASK, kwargs={"upload_id": str(upload_id)}, queue=QUEUE, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("upload not queued: %s", type(error).__name__)
        return False
    return True
