"""Sites and eight cameras of the four owner classes in a city that does not exist, and the keys of those that read."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from alpr_site.demo import CREATOR
from audit import asker, ledger
from audit.actions import Action
from audit.models import User
from cameras.models import Camera, Deployment, Site
from cameras.operations import issue_device_key

KEYS_FILE = "demo-device-keys.json"
SINCE = timedelta(days=200)
_DEPARTMENT, _CITY, _WORKS = "Demonstration Police Department", "Demo City Parks", "Demo City Public Works"


@dataclass(frozen=True, slots=True)
class Place:
    """A camera and the site where it stands; positions in decimal degrees."""

    code: str
    name: str
    owner_class: str
    kind: str
    authority: str
    site: str
    site_kind: str
    latitude: float
    longitude: float
    bearing: int | None
    purpose: str

    @property
    def reads_plates(self) -> bool:
        return self.kind != Camera.Kind.VIDEO


_STOLEN, _SCENES = "Locating stolen and wanted vehicles", "Locating vehicles near reported incidents"
PLACES = (
    Place("ALPR-01", "North bridge, inbound", "agency", "fixed", _DEPARTMENT, "North bridge at Levee Road",
          "bridge", 38.5968, -121.5072, 140, _STOLEN),
    Place("ALPR-02", "East avenue, outbound", "agency", "fixed", _DEPARTMENT, "East avenue at 30th",
          "intersection", 38.5712, -121.4655, 80, _STOLEN),
    Place("CAR-07", "Patrol car 7", "agency", "vehicle", _DEPARTMENT, "Police yard, south",
          "police yard", 38.5441, -121.4862, None, _STOLEN),
    Place("TRAILER-3", "Mobile trailer 3", "agency", "trailer", _DEPARTMENT, "Market square parking lot",
          "parking lot", 38.5802, -121.4921, 270, _SCENES),
    Place("PARK-01", "River park gate", "city", "fixed", _CITY, "River park, main gate",
          "park", 38.5640, -121.5010, 200, _SCENES),
    Place("HALL-01", "City Hall forecourt", "city", "video", _CITY, "City Hall forecourt",
          "City Hall", 38.5818, -121.4937, 10, "Overseeing the forecourt for public safety"),
    Place("TRAFFIC-12", "Central and 12th", "city_traffic", "fixed", _WORKS, "Central street at 12th",
          "intersection", 38.5793, -121.4838, 350, _STOLEN),
    Place("DONOR-01", "Sample Grocery entrance", "donor", "video", "Sample Grocery", "Sample Grocery entrance",
          "shop", 38.5735, -121.4790, 180, "Overseeing the entrance, as the donor's terms allow"),
)  # fmt: skip


def create_cameras(at: datetime) -> int:
    """Make the sites, cameras and deployments that are missing; returns how many cameras were made.

    They are written as a department's inventory would be taken over: in service and standing there for months.
    """
    there = set(Camera.objects.values_list("code", flat=True))
    missing = [place for place in PLACES if place.code not in there]
    if not missing:
        return 0
    approver = User.objects.get(username="demo-administrator")
    since = at - SINCE
    with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
        for place in missing:
            site, _ = Site.objects.get_or_create(
                name=place.site,
                defaults={"latitude": place.latitude, "longitude": place.longitude, "kind": place.site_kind},
            )
            camera = Camera.objects.create(
                code=place.code,
                name=place.name,
                owner_class=place.owner_class,
                kind=place.kind,
                authority=place.authority,
                bearing=place.bearing,
                public_view=True,
                commissioned_at=since,
            )
            Deployment.objects.create(
                camera=camera, site=site, starts_at=since, purpose=place.purpose, approved_by=approver
            )
        record.result_count = len(missing)
        record.detail = {"cameras": [place.code for place in missing]}
    return len(missing)


def issue_keys(at: datetime) -> int:
    """Give each camera that reads plates a device key, kept in ``STATE_DIR/demo-device-keys.json`` for this user only.

    Returns how many were issued. A key whose clear text is lost (the file was removed) is replaced by a new one.
    """
    path = Path(settings.STATE_DIR) / KEYS_FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    codes = [place.code for place in PLACES if place.reads_plates]
    usable = set(
        Camera.objects.filter(code__in=codes, retired_at=None, keys__revoked=False).values_list("code", flat=True)
    )
    missing = list(Camera.objects.filter(code__in=codes, retired_at=None).exclude(code__in=usable & kept.keys()))
    if not missing:
        return 0
    by = asker.person(User.objects.get(username="demo-administrator"))
    for camera in missing:
        kept[camera.code] = issue_device_key(camera_id=camera.pk, name="demonstration", by=by, at=at)[1]
    _write_private(path, json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return len(missing)


def _write_private(path: Path, text: str) -> None:
    """Write so that the file is never readable by others, and never half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
