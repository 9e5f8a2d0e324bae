"""Reads of live hot plates, made once, and how far the dispatcher has brought each hit."""

from datetime import datetime
from functools import partial
from uuid import UUID

from alpr_site.demo.pictures import draw_car
from alpr_site.demo.reads import record_photo
from audit import asker, policy
from audit.models import User
from detections.hits import steps
from detections.ingest.reads import NewRead
from detections.models import Hit
from detections.photo_tokens import make_token
from detections.photos import open_photo

# Plate, camera, colour of the car, what the picture shows, and where its road has come to.
SEEN = (
    ("0DEM404", "PARK-01", 2, "0DEM404", "not located"),
    ("0DEM550", "TRAFFIC-12", 3, "0DFM550", "misread"),
    ("0DEM777", "ALPR-02", 1, "0DEM777", "checked"),
    ("0DEM900", "TRAILER-3", 4, "0DEM900", "new"),
    ("0DEM123", "ALPR-01", 0, "0DEM123", "new"),
)


def create_hits(at: datetime) -> int:
    """Let each live hot plate be seen once; returns how many hits were made."""
    made = 0
    for plate, code, colour, shown, stage in SEEN:
        read = NewRead(f"demo-seen-{plate}", plate, plate, at, "CA", confidence=0.93)
        photo_id = record_photo(code, read, partial(draw_car, shown, colour=colour), at)
        hit = Hit.objects.filter(captured_at=at, detection__photo=photo_id).first() if photo_id else None
        if photo_id and hit:
            made += 1
            _work(hit, photo_id, stage, at)
    return made


def _work(hit: Hit, photo_id: UUID, stage: str, at: datetime) -> None:
    """The dispatcher's steps up to the stage, each by its verb."""
    if stage == "new":
        return
    dispatcher = User.objects.get(username="demo-dispatcher")
    by = asker.person(dispatcher)
    steps.take_hit(hit_id=hit.pk, by=by, at=at)
    token = make_token(dispatcher, photo_id, "hit response", "", "", at=at)
    open_photo(photo_id=photo_id, token=token, by=by, at=at)
    misread = stage == "misread"
    steps.check_hit(hit_id=hit.pk, result=Hit.Check.MISREAD if misread else Hit.Check.CORRECT, by=by, at=at)
    if misread:
        steps.dispose_hit(hit_id=hit.pk, disposition=Hit.Disposition.MISREAD, by=by, at=at)
    if stage != "not located":
        return
    asked = policy.in_force(at)["hit.verification"].value
    clets, ncic = (Hit.Result.CONFIRMED if name in asked else "" for name in ("clets", "ncic"))
    steps.verify_hit(hit_id=hit.pk, clets=clets, ncic=ncic, by=by, at=at)
    steps.record_broadcast(
        hit_id=hit.pk,
        call_number=f"{at:%y%m%d}-0404",
        incident_type="503",
        vehicle_seen="Grey sedan, dented rear bumper",
        direction="south on River Road",
        by=by,
        at=at,
    )
    steps.dispose_hit(hit_id=hit.pk, disposition=Hit.Disposition.NOT_LOCATED, by=by, at=at)
