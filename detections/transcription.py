"""A person reads what the machine could not. What the machine read stays; the person's reading is a layer above it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.ids import uuid7
from audit.models import User
from audit.plates import normalise, normalise_state
from audit.refusals import Refused
from detections.hits.steps import has_seen
from detections.matching import match_detections
from detections.models import Detection, Photo, PlateCorrection
from detections.photo_tokens import photo_token
from detections.photos import TRANSCRIPTION
from detections.rules.photos import refuse_transcription


@dataclass(frozen=True, slots=True)
class Transcription:
    """The photograph as it stands now, its read (None without a plate), and how many hits the reading made."""

    photo: Photo
    read: Detection | None
    hits: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A photograph laid out to be read: what was read from it before, and the token that opens the picture."""

    photo: Photo
    reads: list[Detection]
    picture_token: str


def open_for_reading(*, photo_id: UUID, by: Asker, at: datetime) -> Sheet:
    """The photograph with what the machine made of it. Raises Photo.DoesNotExist."""
    with ledger.act(Action.PHOTO_QUEUE, by=by, at=at, purpose=TRANSCRIPTION, subject=("photo", photo_id, "")) as record:
        gate.admit(by, Ability.TRANSCRIBE, at=at)
        photo = Photo.objects.select_related("camera").get(pk=photo_id)
        reads = list(photo.detections.order_by("pk"))
        record.result_count = 1
    token = photo_token(_person(by), photo_id, TRANSCRIPTION, "Reading a photograph by eye", "", at=at)
    return Sheet(photo, reads, token)


def transcribe_photo(
    *, photo_id: UUID, plate: str, state: str = "", read_id: UUID | None = None, by: Asker, at: datetime
) -> Transcription:
    """Enter what the picture shows; an empty ``plate`` says that there is none in it.

    A read that the machine made is corrected (``read_id`` says which, where there are several) and matched anew.
    Raises PlateError or StateError for what is no plate or state, Refused, and Photo.DoesNotExist.
    """
    plate, state = normalise(plate) if plate else "", normalise_state(state)
    with ledger.act(
        Action.PHOTO_TRANSCRIBE, by=by, at=at, purpose=TRANSCRIPTION, subject=("photo", photo_id, "")
    ) as record:
        profile = gate.admit(by, Ability.TRANSCRIBE, at=at)
        user = _person(by)
        photo = Photo.objects.select_for_update().get(pk=photo_id)
        reads = list(photo.detections.select_for_update().order_by("pk"))
        chosen = _chosen(reads, read_id)
        seen = has_seen(user, photo.pk, since=photo.received_at)
        refusal = refuse_transcription(
            photo, profile, no_plate=not plate, reads=len(reads), chosen=chosen is not None, seen=seen
        )
        if refusal:
            raise Refused(refusal)
        read = _stand(photo, chosen, plate, state, user, at) if plate else None
        hits = match_detections([read.pk], at=at).get(read.pk, []) if read else []
        photo.status = Photo.Status.TRANSCRIBED if plate else Photo.Status.NO_PLATE
        photo.read_at = at
        photo.save(update_fields=["status", "read_at"])
        record.detail = {"plate": plate, "state": state, "corrected": chosen is not None, "hits": len(hits)}
    return Transcription(photo, read, len(hits))


def _chosen(reads: list[Detection], read_id: UUID | None) -> Detection | None:
    if read_id is None:
        return reads[0] if len(reads) == 1 else None
    return next((read for read in reads if read.pk == read_id), None)


def _stand(photo: Photo, read: Detection | None, plate: str, state: str, by: User, at: datetime) -> Detection:
    """The read as it now stands: a new one, or the machine's with its correction kept."""
    if read is None:
        return Detection.objects.create(
            id=uuid7(),
            plate=plate,
            plate_read=plate,
            state=state,
            captured_at=photo.captured_at,
            received_at=at,
            camera_id=photo.camera_id,
            latitude=photo.latitude,
            longitude=photo.longitude,
            source=Detection.Source.PERSON,
            photo=photo,
        )
    if read.plate != plate:
        PlateCorrection.objects.create(
            detection=read,
            plate_before=read.plate,
            plate_after=plate,
            corrected_by=by,
            corrected_at=at,
            reason="Read by eye from the photograph",
        )
    read.plate, read.state = plate, state or read.state
    read.save(update_fields=["plate", "state"])
    return read


def _person(by: Asker) -> User:
    if by.user is None:
        raise TypeError("a photograph is read by a person")
    return by.user
