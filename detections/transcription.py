"""A person reads what the machine could not. What has a read already is corrected on that read's page instead."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.ids import uuid7
from audit.plates import normalise, normalise_state
from audit.policy import Profile
from audit.refusals import Refused
from detections.hits.steps import has_seen
from detections.matching import match_detections
from detections.models import Detection, Photo
from detections.photo_tokens import photo_token
from detections.photos import TRANSCRIPTION
from detections.reader_state import reader_state
from detections.retention.terms import terms_of
from detections.rules.photos import refuse_reading, refuse_unseen


@dataclass(frozen=True, slots=True)
class Transcription:
    """The photograph as it stands now, its read (None without a plate), and how many hits the reading made."""

    photo: Photo
    read: Detection | None
    hits: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A photograph laid out to be read, with the machine's guesses on it, and the token that opens the picture."""

    photo: Photo
    picture_token: str


def open_for_reading(*, photo_id: UUID, by: Asker, at: datetime) -> Sheet:
    """The photograph with what the machine made of it; the guesses shown are on record.

    Raises Refused for one that is not waiting for a person, Photo.DoesNotExist for none or one past its ceiling.
    """
    with ledger.act(Action.PHOTO_QUEUE, by=by, at=at, purpose=TRANSCRIPTION, subject=("photo", photo_id, "")) as record:
        profile = gate.admit(by, Ability.TRANSCRIBE, at=at)
        photo = _kept(profile, at).select_related("camera").get(pk=photo_id)
        if refusal := refuse_reading(photo, profile, reader_works=reader_state().will_read):
            raise Refused(refusal)
        record.query = {"photo": str(photo_id), "plates": [guess.get("text", "") for guess in photo.readings]}
        record.result_count = 1
    token = photo_token(by.member, photo_id, TRANSCRIPTION, "Reading a photograph by eye", "", at=at)
    return Sheet(photo, token)


def transcribe_photo(*, photo_id: UUID, plate: str, state: str = "", by: Asker, at: datetime) -> Transcription:
    """Enter what the picture shows; an empty ``plate`` says that there is none in it. A plate is matched like any read.

    Raises PlateError or StateError for what is no plate or state, Refused, and Photo.DoesNotExist.
    """
    plate, state = normalise(plate) if plate else "", normalise_state(state)
    with ledger.act(
        Action.PHOTO_TRANSCRIBE, by=by, at=at, purpose=TRANSCRIPTION, subject=("photo", photo_id, "")
    ) as record:
        profile = gate.admit(by, Ability.TRANSCRIBE, at=at)
        user = by.member
        photo = _kept(profile, at).select_for_update().get(pk=photo_id)
        refusal = refuse_reading(photo, profile, reader_works=reader_state().will_read) or refuse_unseen(
            has_seen(user, photo.pk, since=photo.received_at), profile
        )
        if refusal:
            raise Refused(refusal)
        read = _read_of(photo, plate, state) if plate else None
        hits = match_detections([read.ref], at=at).get(read.pk, []) if read else []
        photo.status = Photo.Status.TRANSCRIBED if plate else Photo.Status.NO_PLATE
        photo.read_at = at
        photo.save(update_fields=["status", "read_at"])
        record.query = {"plate": plate, "state": state}
        record.detail = {"plate": plate, "state": state, "hits": len(hits)}
    return Transcription(photo, read, len(hits))


def _kept(profile: Profile, at: datetime) -> QuerySet[Photo]:
    """Photographs not past the ceiling of reads: arithmetic, whether or not a purge ever ran."""
    cutoff = terms_of(profile, at).seen_from(at)
    return Photo.objects.all() if cutoff is None else Photo.objects.filter(captured_at__gte=cutoff)


def _read_of(photo: Photo, plate: str, state: str) -> Detection:
    return Detection.objects.create(
        id=uuid7(),
        plate=plate,
        state=state,
        captured_at=photo.captured_at,
        camera=photo.camera,
        latitude=photo.latitude,
        longitude=photo.longitude,
        source=Detection.Source.PERSON,
        photo=photo,
    )
