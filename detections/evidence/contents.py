"""What a package says of one read: its facts as JSON, its picture as it came and as it is served."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.formats import date_format

from audit.plates import PlateError, normalise
from cameras.models import Deployment
from detections import images
from detections.evidence.bundle import Member, as_json
from detections.models import Detection, HeldRead, Photo, PlateCorrection

DEVICE, SITE, UNKNOWN = "device", "site", "unknown"
POSITION_WORDS = {
    DEVICE: "told by the device with the read",
    SITE: "where the camera stood then, as its deployment is on record; not measured at the vehicle",
    UNKNOWN: "not known",
}


# Of a picture on the sheet, the longer side in pixels: 200 dots an inch over the width of the page.
PRINT_SIDE = 1300
_PNG = b"\x89PNG"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the package that lies in storage under another name; it is read when it is packed."""

    name: str
    stored_as: str
    what: str


@dataclass(frozen=True, slots=True)
class Packed:
    """One read of a package: its number there, its facts, the picture for the sheet (b"" without), and its files."""

    number: int
    facts: dict[str, Any]
    picture: bytes
    files: list[StoredFile]

    def members(self) -> Iterator[Member]:
        """The facts, then the pictures, each loaded as it is asked for. Raises FileNotFoundError."""
        yield Member(f"reads/{self.number:03}.json", as_json(self.facts), f"Facts of read {self.number}")
        for file in self.files:
            with default_storage.open(file.stored_as) as content:
                yield Member(file.name, content.read(), file.what)


def pack(number: int, read: Detection, *, case_number: str) -> Packed:
    """All that is kept about a read and may leave in this case. Other cases' holds are left out. 4 queries."""
    stood = Deployment.objects.at(read.captured_at).filter(camera=read.camera.pk).select_related("site").first()
    corrections = read.platecorrections.select_related("corrected_by").order_by("corrected_at", "pk")
    holds = read.heldreads.filter(hold__case_number=case_number).select_related("hold__placed_by")
    photo, picture, files = _photo(number, read)
    facts = {
        "number": number,
        "id": str(read.pk),
        "plate_as_read": read.plate_read,
        "plate_that_stands": read.plate,
        "state": read.state,
        "corrections": [_correction(layer) for layer in corrections],
        "captured": instant(read.captured_at),
        "received": instant(read.received_at),
        "confidence": read.confidence,
        "source": str(read.get_source_display()),
        "vehicle": read.vehicle,
        "image_reference": read.image_reference,
        "camera": _camera(read, stood),
        "position": _position(read, stood),
        "photo": photo,
        "holds_in_this_case": [_hold(held) for held in holds.order_by("hold__placed_at", "pk")],
    }
    return Packed(number, facts, picture, files)


def instant(at: datetime) -> dict[str, str]:
    """An instant for both readers: in the agency's zone as pages show it, and in UTC to the microsecond."""
    return {
        "local": date_format(timezone.localtime(at), "F j, Y H:i:s T"),
        "zone": settings.AGENCY["zone"],
        "utc": at.astimezone(UTC).isoformat(timespec="microseconds"),
    }


def _photo(number: int, read: Detection) -> tuple[dict[str, Any] | None, bytes, list[StoredFile]]:
    """Facts, picture for print, and files of a read's photograph; None, b"" and no files without one."""
    photo = read.photo
    if photo is None:
        return None, b"", []
    original, served = _stored(str(photo.original)), _stored(str(photo.served))
    digest = hashlib.sha256(original).hexdigest() if original else ""
    files = []
    if original:
        ending = "png" if original.startswith(_PNG) else "jpg"
        what = f"Photograph of read {number}, the bytes as they came"
        files.append(StoredFile(f"photos/{number:03}-original.{ending}", str(photo.original), what))
    if served:
        what = f"Photograph of read {number}, upright and without hidden data"
        files.append(StoredFile(f"photos/{number:03}-upright.jpg", str(photo.served), what))
    facts = {
        "id": str(photo.pk),
        "files": [file.name for file in files],
        "captured": instant(photo.captured_at),
        "received": instant(photo.received_at),
        "width": photo.width,
        "height": photo.height,
        "size_at_receipt": photo.size,
        "sha256_at_receipt": photo.sha256,
        "sha256_now": digest,
        "unchanged_since_receipt": digest == photo.sha256,
        "read_by": photo.engine,
        "readings": _own_readings(read, photo),
    }
    return facts, _for_print(served), files


def _for_print(picture: bytes) -> bytes:
    """A smaller copy for the sheet; b"" for what cannot be shown."""
    try:
        return images.thumbnail(picture, side=PRINT_SIDE)
    except images.PhotoError:
        return b""


def _stored(name: str) -> bytes:
    """A file's bytes; b"" where it is not there, which the facts then say."""
    if not name:
        return b""
    try:
        with default_storage.open(name) as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _own_readings(read: Detection, photo: Photo) -> list[Any]:
    """What the machine saw of this plate; what it read of other vehicles in the picture stays here."""
    own = {read.plate, read.plate_read}
    with suppress(PlateError):  # a reading that is no plate is compared as it was written
        own.add(normalise(read.plate_read))
    return [seen for seen in photo.readings if isinstance(seen, dict) and {seen.get("plate"), seen.get("text")} & own]


def _correction(layer: PlateCorrection) -> dict[str, Any]:
    return {
        "before": layer.plate_before,
        "after": layer.plate_after,
        "by": layer.corrected_by.display_name,
        "at": instant(layer.corrected_at),
        "reason": layer.reason,
    }


def _hold(held: HeldRead) -> dict[str, Any]:
    hold = held.hold
    return {
        "id": str(hold.pk),
        "ground": str(hold.get_kind_display()),
        "proceeding": str(hold.get_proceeding_display()),
        "reason": hold.reason,
        "placed_by": hold.placed_by.display_name,
        "placed": instant(hold.placed_at),
        "lifted": instant(hold.lifted_at) if hold.lifted_at else None,
    }


def _camera(read: Detection, stood: Deployment | None) -> dict[str, Any]:
    camera = read.camera
    return {
        "code": camera.code,
        "name": camera.name,
        "kind": str(camera.get_kind_display()),
        "owner": str(camera.get_owner_class_display()),
        "authority": camera.authority,
        "bearing_degrees": camera.bearing,
        "attested_to_public_view": camera.public_view,
        "stood_at": stood.site.name if stood else "",
        "stood_there_since": instant(stood.starts_at) if stood else None,
        "deployed_for": stood.purpose if stood else "",
    }


def _position(read: Detection, stood: Deployment | None) -> dict[str, Any]:
    latitude, longitude, source = read.latitude, read.longitude, DEVICE
    if latitude is None or longitude is None:
        site = stood.site if stood else None
        latitude, longitude = (site.latitude, site.longitude) if site else (None, None)
        source = SITE if site else UNKNOWN
    return {"latitude": latitude, "longitude": longitude, "source": source, "means": POSITION_WORDS[source]}
