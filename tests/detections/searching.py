"""Builders for the tests of searches, holds and purges."""

from datetime import datetime, timedelta
from typing import Any

from audit.models import LedgerEntry, PolicyActivation, User
from cameras.models import Camera, Deployment, Site
from detections.models import Hit, Photo, PurgeApproval, Search
from detections.searching.asked import Asked
from detections.searching.question import Kind, Question
from tests import make

REASON = "Stolen from the Elm Street garage last night"


def asked(**fields: Any) -> Asked:
    """A lawful search under the Sacramento profile: the last 30 days before NOON for 0DEM123."""
    defaults: dict[str, Any] = {
        "plate": "0DEM123",
        "purpose": "locate",
        "reason": REASON,
        "case_number": "26-123456",
        "from_at": make.NOON - timedelta(days=30),
        "attested": True,
    }
    return Asked(**(defaults | fields))


def kept_search(by: User, *, at: datetime = make.NOON, plate: str = "0DEM123", **fields: Any) -> Search:
    """A search of the last day that somebody ran, as it is kept."""
    question = Question(kind=Kind.PLATE, plate=plate, from_at=at - timedelta(days=1), to_at=at)
    defaults: dict[str, Any] = {
        "asked_by": by,
        "asked_at": at,
        "purpose": "locate",
        "reason": REASON,
        "case_number": "26-123456",
        "question": question.as_json(),
        "result_count": 1,
    }
    return Search.objects.create(**(defaults | fields))


def camera_at(code: str, latitude: float, longitude: float) -> Camera:
    """A fixed camera that has stood at a place of its own since long ago, of the name of its code."""
    made = make.camera(code, deployed=False)
    Deployment.objects.create(
        camera=made,
        site=Site.objects.create(name=f"Corner {code}", latitude=latitude, longitude=longitude),
        starts_at=make.LONG_AGO,
        purpose="Locating stolen vehicles",
        approved_by=User.objects.first() or make.user("approver"),
    )
    return made


def form_data(**fields: Any) -> dict[str, Any]:
    """The same as the form's POST."""
    defaults = {
        "plate": "0DEM123",
        "purpose": "locate",
        "reason": REASON,
        "case_number": "26-123456",
        "from_at": "2026-05-17T12:00",
        "to_at": "2026-06-17T12:00",
        "attested": "on",
    }
    return defaults | fields


def elk_grove() -> PolicyActivation:
    """Put the Elk Grove profile in force since long ago."""
    return PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)


def last_entry() -> LedgerEntry:
    return LedgerEntry.objects.order_by("-index")[0]


def approval(by: User, *, at: datetime = make.NOON, kind: str = "custodian") -> PurgeApproval:
    return PurgeApproval.objects.create(
        kind=kind, approved_by=by, approved_at=at - timedelta(days=1), valid_until=at + timedelta(days=6)
    )


def photo(*, at: datetime = make.NOON, **fields: Any) -> Photo:
    """A photograph of CAM-01 without files, unless named."""
    camera = Camera.objects.first() or make.camera()
    defaults: dict[str, Any] = {
        "camera": camera,
        "captured_at": at,
        "received_at": at,
        "client_key": f"photo-{Photo.objects.count()}",
        "sha256": "0" * 64,
        "size": 1,
        "width": 640,
        "height": 480,
        "status": Photo.Status.ATTACHED,
    }
    return Photo.objects.create(**(defaults | fields))


def hit(read: Any, *, closed_by: User | None = None) -> Hit:
    """A hit of the read: new, or closed by someone as not located."""
    entry = make.hot_plate(read.plate)
    walked: dict[str, Any] = {}
    if closed_by:
        walked = {
            "status": Hit.Status.CLOSED,
            "taken_by": closed_by,
            "closed_by": closed_by,
            "closed_at": read.captured_at,
            "disposition": Hit.Disposition.NOT_LOCATED,
        }
    return Hit.objects.create(
        detection=read,
        hot_plate=entry,
        plate=read.plate,
        captured_at=read.captured_at,
        created_at=read.captured_at,
        **walked,
    )
