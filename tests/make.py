"""Builders with explicit defaults and nothing random. ``NOON`` is the tests' now: Tuesday, no DST change near."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from audit import asker
from audit.models import Certificate, Division, DivisionAssignment, RoleGrant, User
from cameras.models import Camera, Deployment, DeviceKey, Site
from detections.ingest.ids import uuid7s
from detections.models import Detection
from hotlists.models import HotList, HotListSource, HotPlate

NOON = datetime(2026, 6, 16, 19, 0, tzinfo=UTC)  # noon in Sacramento
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "a long phrase nobody guesses"


def user(username: str, *roles: str, trained: bool = True, **fields: Any) -> User:
    """A person with roles since long ago and, unless said otherwise, both certificates.

    An ALPR administrator is a sergeant of the RTIC unless said otherwise (A.2).
    """
    if "alpr_administrator" in roles:
        fields.setdefault("classification", "sergeant")
    made = User(username=username, **fields)
    made.set_password(PASSWORD)
    made.save()
    if "alpr_administrator" in roles:
        assignment(made, division("Real-Time Information Center", is_rtic=True))
    for role in roles:
        RoleGrant.objects.create(user=made, role=role, starts_at=LONG_AGO)
    if trained:
        certificate(made, "clets")
        certificate(made, "alpr")
    return made


def certificate(holder: User, kind: str, **fields: Any) -> Certificate:
    defaults = {"issued_on": date(2020, 1, 1), "expires_on": date(2040, 1, 1)}
    return Certificate.objects.create(user=holder, kind=kind, **(defaults | fields))


def division(name: str = "Investigations", **fields: Any) -> Division:
    return Division.objects.get_or_create(name=name, defaults=fields)[0]


def assignment(member: User, where: Division) -> DivisionAssignment:
    return DivisionAssignment.objects.create(user=member, division=where, starts_at=LONG_AGO)


def by(member: User) -> asker.Asker:
    """The member as the asker of an act."""
    return asker.person(member)


def camera(code: str = "CAM-01", *, approver: User | None = None, deployed: bool = True, **fields: Any) -> Camera:
    """A fixed agency camera, deployed at a site of its own since long ago."""
    defaults: dict[str, Any] = {
        "name": f"Camera {code}",
        "owner_class": Camera.OwnerClass.AGENCY,
        "kind": Camera.Kind.FIXED,
        "authority": "Demonstration Police Department",
        "public_view": True,
        "commissioned_at": LONG_AGO,
    }
    made = Camera.objects.create(code=code, **(defaults | fields))
    if deployed:
        site = Site.objects.create(name=f"Site of {code}", latitude=38.58, longitude=-121.49)
        approver = approver or User.objects.first() or user("approver")
        Deployment.objects.create(
            camera=made,
            site=site,
            starts_at=LONG_AGO,
            purpose="Locating stolen vehicles",
            approved_by=approver,
        )
    return made


def device_key(of: Camera, name: str = "device") -> str:
    """A fresh device key of the camera, in the clear."""
    return DeviceKey.objects.create_key(camera=of, name=name)[1]


def hot_list(name: str = "Hot plates", **fields: Any) -> HotList:
    source = HotListSource.objects.get_or_create(name="Own entries", defaults={"authority": "Demo PD"})[0]
    if fields.get("kind") == HotList.Kind.SPECIAL:
        fields.setdefault("opened_at", LONG_AGO)
    return HotList.objects.get_or_create(name=name, defaults={"source": source} | fields)[0]


def hot_plate(plate: str = "0DEM123", *, at: datetime = NOON, **fields: Any) -> HotPlate:
    """A live entry of one hour's age that ends 23 hours from ``at``."""
    defaults: dict[str, Any] = {
        "plate": plate,
        "case_number": "26-123456",
        "category": HotPlate.Category.STOLEN_VEHICLE,
        "reason": "Stolen from the Elm Street garage last night",
        "effective_from": at - timedelta(hours=1),
        "expires_at": at + timedelta(hours=23),
        "profile": "sacpd_525_08@2024-06-13",
    }
    fields.setdefault("hot_list", None)
    values = defaults | fields
    values["hot_list"] = values["hot_list"] or hot_list()
    values.setdefault("entered_by", None)
    values["entered_by"] = values["entered_by"] or User.objects.first() or user("enterer")
    return HotPlate.objects.create(**values)


def detection(
    plate: str = "0DEM123", *, at: datetime = NOON, seen_by: Camera | None = None, **fields: Any
) -> Detection:
    """A read at ``at``; without a camera given, by CAM-01 (made when missing)."""
    seen_by = seen_by or Camera.objects.first() or camera()
    defaults: dict[str, Any] = {
        "plate_read": plate,
        "latitude": 38.58,
        "longitude": -121.49,
    }
    fields.setdefault("id", uuid7s(1, fields.pop("received_at", at))[0])
    return Detection.objects.create(plate=plate, captured_at=at, camera=seen_by, **(defaults | fields))
