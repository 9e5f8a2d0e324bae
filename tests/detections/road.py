"""Builders for the road of a hit: a hit with or without its picture, walked to a given step by the verbs themselves."""

import io
import itertools
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from audit.models import PolicyActivation, User
from detections.hits import desk, steps
from detections.models import Hit, Photo
from detections.photo_tokens import photo_token
from detections.photos import open_photo
from tests import make

NOON = make.NOON
_numbers = itertools.count(1)
DETAILS = {
    "call_number": "26-000777",
    "incident_type": "10851",
    "vehicle_seen": "white Toyota Camry",
    "direction": "north on 9th Street",
}
BASIS = "Driver ran the red light at 9th and J and fled on foot"


def jpeg(words: str = "0DEM123", *, size: tuple[int, int] = (640, 360)) -> bytes:
    """A small photograph with words on it."""
    picture = Image.new("RGB", size, "#456")
    ImageDraw.Draw(picture).text((size[0] // 3, size[1] // 2), words, fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def photo(
    *, at: datetime = NOON, status: str = Photo.Status.WAITING, body: bytes | None = None, **fields: Any
) -> Photo:
    """A photograph with its served file in storage."""
    body = jpeg() if body is None else body
    seen_by = fields.pop("camera", None) or make.Camera.objects.first() or make.camera()
    made = Photo(
        camera=seen_by,
        captured_at=at,
        received_at=at,
        client_key=f"photo {next(_numbers)}",
        sha256="0" * 64,
        size=len(body),
        width=640,
        height=360,
        status=status,
        **fields,
    )
    made.original.save("x", ContentFile(body), save=False)
    made.served.save("x", ContentFile(body), save=False)
    made.save()
    return made


def hit(plate: str = "0DEM123", *, at: datetime = NOON, picture: bool = True, **fields: Any) -> Hit:
    """A new hit on a live hot plate; ``hot_plate`` may be given, other fields are the hit's own."""
    hot_plate = fields.pop("hot_plate", None) or make.hot_plate(plate, at=at)
    shown = photo(at=at, status=Photo.Status.ATTACHED) if picture else None
    read = make.detection(plate, at=at, photo=shown)
    special = hot_plate.hot_list.kind == "special"
    values = {"informational": special} | fields
    return Hit.objects.create(detection=read, hot_plate=hot_plate, plate=plate, captured_at=at, created_at=at, **values)


def look(found: Hit, by: User, *, at: datetime = NOON) -> None:
    """Open the hit's picture, as its page does."""
    picture = found.detection.photo_id
    token = photo_token(by, picture, desk.PURPOSE, "Check of a hit by eye", "", at=at)
    open_photo(photo_id=picture, token=token, by=make.by(by), at=at)


def taken(by: User, *, at: datetime = NOON, **fields: Any) -> Hit:
    found = hit(at=at, **fields)
    return steps.take_hit(hit_id=found.pk, by=make.by(by), at=at + timedelta(seconds=5))


def checked(by: User, *, result: str = Hit.Check.CORRECT, at: datetime = NOON, **fields: Any) -> Hit:
    found = taken(by, at=at, **fields)
    look(found, by, at=at + timedelta(seconds=8))
    return steps.check_hit(hit_id=found.pk, result=result, by=make.by(by), at=at + timedelta(seconds=20))


def verified(by: User, *, at: datetime = NOON, clets: str = "confirmed", ncic: str = "confirmed", **fields: Any) -> Hit:
    found = checked(by, at=at, **fields)
    return steps.verify_hit(hit_id=found.pk, clets=clets, ncic=ncic, by=make.by(by), at=at + timedelta(seconds=60))


def broadcast(by: User, *, at: datetime = NOON, **fields: Any) -> Hit:
    found = verified(by, at=at, **fields)
    return steps.record_broadcast(hit_id=found.pk, **DETAILS, by=make.by(by), at=at + timedelta(seconds=90)).hit


def under(profile: str) -> None:
    """Put a profile in force since long ago."""
    PolicyActivation.objects.create(profile=profile, version="test", effective_from=make.LONG_AGO)
