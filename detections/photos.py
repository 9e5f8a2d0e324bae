"""Looking at photographs: one picture under the purpose of the page that linked it, and those that need a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.storage import default_storage

from audit import gate, ledger, rules
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from detections import images
from detections.models import Photo
from detections.photo_tokens import Look, TokenError, read_token
from detections.retention.terms import terms_of
from detections.searching.visible import visible

TRANSCRIPTION = "transcription"
PAGE = 100
WAITS_FOR_A_PERSON = (Photo.Status.UNREADABLE,)
WAITS_FOR_THE_READER = (Photo.Status.WAITING, Photo.Status.READING)


class PhotoGone(Exception):
    """There is no such photograph, or its file is no longer there."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Photographs that nobody has read yet: for a person (oldest first), and still with the machine."""

    for_a_person: list[Photo]
    for_the_reader: list[Photo]
    person_count: int
    reader_count: int
    record_index: int | None


def open_photo(*, photo_id: UUID, token: str, small: bool = False, by: Asker, at: datetime) -> bytes:
    """The cleaned picture as JPEG bytes, 320 pixels at most when ``small``.

    ``token`` carries the purpose of the page that showed the link. Raises Refused without a good one, PhotoGone where
    there is no picture.
    """
    look = _look(token, photo_id, by, at)
    with ledger.act(
        Action.PHOTO_VIEW,
        by=by,
        at=at,
        purpose=look.purpose if look else "none given",
        reason=look.reason if look else "",
        case_number=look.case_number if look else "",
        query={"photo": str(photo_id)},
        subject=("photo", photo_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.VIEW_READS, at=at)
        if look is None:
            raise Refused(
                rules.NO_PURPOSE.refuse(
                    "This link to a picture is old, or came without its purpose.",
                    next_step="Open the picture from its hit, search or queue again.",
                    profile=profile.stamp,
                )
            )
        picture = _bytes(photo_id, profile, look, at)
        record.result_count = 1 if picture else 0
    if not picture:
        raise PhotoGone
    return images.thumbnail(picture) if small else picture


def list_unread(*, by: Asker, at: datetime) -> Queue:
    """Photographs waiting for a person or for the machine. No plate is shown; the look is recorded."""
    with ledger.act(Action.PHOTO_QUEUE, by=by, at=at, purpose=TRANSCRIPTION) as record:
        gate.admit(by, Ability.TRANSCRIBE, at=at)
        photos = Photo.objects.select_related("camera").order_by("received_at", "pk")
        for_a_person = photos.filter(status__in=WAITS_FOR_A_PERSON)
        for_the_reader = photos.filter(status__in=WAITS_FOR_THE_READER)
        queue = list(for_a_person[:PAGE]), list(for_the_reader[:PAGE])
        counts = for_a_person.count(), for_the_reader.count()
        record.result_count = sum(counts)
    return Queue(*queue, *counts, record.index)


def served_bytes(photo: Photo) -> bytes:
    """The upright picture without metadata. Raises FileNotFoundError."""
    with default_storage.open(str(photo.served)) as file:
        return file.read()


def _look(token: str, photo_id: UUID, by: Asker, at: datetime) -> Look | None:
    if by.user is None:
        return None
    try:
        look = read_token(token, by.user, photo_id, at=at)
    except TokenError:
        return None
    return look if look.purpose else None


def _bytes(photo_id: UUID, profile: Profile, look: Look, at: datetime) -> bytes:
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is None or not photo.served or not _within_ceiling(photo, profile, look, at):
        return b""
    try:
        return served_bytes(photo)
    except FileNotFoundError:
        return b""


def _within_ceiling(photo: Photo, profile: Profile, look: Look, at: datetime) -> bool:
    """Whether the photograph, or one of its reads, may still be seen: arithmetic, whether or not a purge ever ran."""
    cutoff = terms_of(profile, at).seen_from(at)
    if cutoff is None or photo.captured_at >= cutoff:
        return True
    return visible(at, profile, case_number=look.case_number).of_photo(photo).exists()
