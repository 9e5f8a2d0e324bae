"""Recording a photograph: its bytes as they came, the picture that is served, its row, and the reader's turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile

from audit import ledger, policy
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from cameras.models import Camera
from detections import images
from detections.ingest import rules
from detections.ingest.parsing import FieldError
from detections.ingest.reads import DUPLICATE, RECORDED, REFUSED, Answer, BadRead, NewRead
from detections.ingest.store import place_of, store_reads, tally
from detections.models import Detection, Hit, HitRepeat, Photo
from detections.reading import enqueue

SETTLED = (RECORDED, DUPLICATE)
# What a device may know of its photograph: how far it is, never what it shows.
PROGRESS = {
    Photo.Status.WAITING: "waiting",
    Photo.Status.READING: "reading",
    Photo.Status.READ: "read",
    Photo.Status.TRANSCRIBED: "read",
    Photo.Status.ATTACHED: "read",
    Photo.Status.UNREADABLE: "unreadable",
    Photo.Status.NO_PLATE: "unreadable",
}


@dataclass(slots=True)
class NewPhoto:
    """A photograph as it came: its bytes are judged by content, whatever name or type was sent with them."""

    client_key: str
    captured_at: datetime
    content: bytes = field(repr=False)
    latitude: float | None = None
    longitude: float | None = None


@dataclass(slots=True)
class PhotoAnswer:
    """What became of a photograph: recorded, duplicate, or refused because its key stands for another one."""

    client_key: str
    id: UUID | None
    status: str
    reason: str = ""
    reads: list[Answer] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "client_key": self.client_key,
            "id": None if self.id is None else str(self.id),
            "status": self.status,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class PhotoProgress:
    """How far a photograph is: waiting, reading, read or unreadable; its reads and their hits on ordinary lists."""

    status: str
    reads: int
    hits: int


def record_photo(
    *, by: Asker, camera: Camera, photo: NewPhoto, at: datetime, reads: Sequence[NewRead | BadRead] = ()
) -> PhotoAnswer:
    """Record a photograph, with the reads that came with it; without any it is queued for the reader.

    Sent again, it gets the same id as "duplicate". Raises images.PhotoError for a file that is no acceptable
    photograph, FieldError for an impossible clock, Refused (recorded) for a camera or an age that may not be stored.
    """
    if why := rules.why_impossible(photo.captured_at, at):
        raise FieldError("captured_at", why)
    row = _row(photo, camera, at)
    _write(row, photo.content)
    try:
        kept, answers = _record(by, camera, row, reads, at)
    except ledger.LedgerUnavailable:
        # Whether the commit arrived is not known here: the nightly sweep removes the files if it did not.
        raise
    except BaseException:
        _remove(row)
        raise
    if kept.pk != row.pk:
        _remove(row)
        return _replayed(row, kept, answers)
    if row.status == Photo.Status.WAITING:
        enqueue(row.pk)
    return PhotoAnswer(row.client_key, row.pk, RECORDED, reads=answers)


def photo_progress(camera: Camera, photo_id: UUID) -> PhotoProgress | None:
    """How far the camera's own photograph is; None for any other."""
    photo = Photo.objects.filter(pk=photo_id, camera=camera).first()
    if photo is None:
        return None
    reads = Detection.objects.of_photo(photo)
    of_these = {"captured_at": photo.captured_at, "detection_id__in": reads.values("pk")}
    made = Hit.objects.filter(**of_these, informational=False).count()
    joined = HitRepeat.objects.filter(**of_these, hit__informational=False).count()
    return PhotoProgress(PROGRESS[Photo.Status(photo.status)], reads.count(), made + joined)


def _row(photo: NewPhoto, camera: Camera, at: datetime) -> Photo:
    facts = images.inspect(photo.content)
    latitude, longitude = photo.latitude, photo.longitude
    if latitude is None:
        latitude, longitude = place_of(camera, photo.captured_at)
    return Photo(
        camera=camera,
        captured_at=photo.captured_at,
        received_at=at,
        client_key=photo.client_key,
        sha256=facts.sha256,
        size=facts.size,
        width=facts.width,
        height=facts.height,
        latitude=latitude,
        longitude=longitude,
    )


def _write(row: Photo, content: bytes) -> None:
    """Both files, before the row that names them: a row never names a file that is not there."""
    picture = images.clean(content)
    try:
        row.original.save("", ContentFile(content), save=False)
        row.served.save("", ContentFile(picture), save=False)
    except BaseException:
        _remove(row)
        raise


def _remove(row: Photo) -> None:
    for file in (row.original, row.served):
        if file.name:
            file.storage.delete(file.name)


def _record(
    by: Asker, camera: Camera, row: Photo, reads: Sequence[NewRead | BadRead], at: datetime
) -> tuple[Photo, list[Answer]]:
    """The act: the photograph's row, or the one that stands under its key, and the answers to its reads."""
    query = {"photo": row.sha256, "reads": len(reads)}
    with ledger.act(
        Action.PHOTO_RECORD, by=by, at=at, purpose="collection", query=query, subject=("photo", row.pk, "")
    ) as record:
        profile = record.profile or policy.in_force(at)
        cutoff = rules.ceiling_cutoff(at, profile)
        if refusal := rules.refuse_camera(camera, at, profile) or rules.refuse_past_ceiling(
            row.captured_at, cutoff, profile
        ):
            raise Refused(refusal)
        kept = _insert(row)
        same = kept.pk == row.pk or _is_same(kept, row)
        answers = store_reads(reads, camera=camera, at=at, profile=profile, photo=kept) if reads and same else []
        if kept.pk == row.pk and any(answer.status in SETTLED for answer in answers):
            row.status = Photo.Status.ATTACHED
            row.save(update_fields=["status"])
        record.about("photo", kept.pk)
        record.result_count = int(kept.pk == row.pk)
        record.detail = {"reads": tally(answers)} if same else {"conflict": True}
    return kept, answers


def _insert(row: Photo) -> Photo:
    """The row, inserted, or the one that stands; another connection that is just inserting is waited for."""
    Photo.objects.bulk_create([row], ignore_conflicts=True)
    return Photo.objects.get(camera_id=row.camera_id, client_key=row.client_key)


def _is_same(kept: Photo, row: Photo) -> bool:
    return (kept.sha256, kept.captured_at) == (row.sha256, row.captured_at)


def _replayed(row: Photo, kept: Photo, answers: list[Answer]) -> PhotoAnswer:
    if _is_same(kept, row):
        return PhotoAnswer(row.client_key, kept.pk, DUPLICATE, reads=answers)
    reason = "conflict: this client_key was used before for another photograph. Send a new key."
    return PhotoAnswer(row.client_key, None, REFUSED, reason)
