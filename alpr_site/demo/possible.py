"""Reads near hot plates, some decided about; and vehicles whose hits were worked to their end, so that rates show."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from alpr_site.demo.hot_plates import ORDINARY
from alpr_site.demo.pictures import draw_car
from alpr_site.demo.reads import record_photo
from audit import asker, policy
from audit.asker import Asker
from audit.models import User
from detections.hits import possible, steps
from detections.ingest.reads import NewRead
from detections.models import Hit, Photo, PossibleMatch
from detections.photo_tokens import make_token
from detections.photos import open_photo
from hotlists.models import HotList, HotPlate
from hotlists.operations import Wanted, enter_hot_plate, withdraw_hot_plate

Check, Result, Status = Hit.Check, Hit.Result, PossibleMatch.Status
LIFE = timedelta(hours=24)
PARTIAL = "0NPW?4?"


@dataclass(frozen=True, slots=True)
class Near:
    """A read near a hot plate, by camera; what its picture shows; what the dispatcher decided ("" nothing yet)."""

    plate: str
    camera: str
    shown: str
    colour: int = 0
    decided: str = ""
    note: str = ""


# 0DEM123, 0DEM404, 0DEM550 and 0DEM777 are live; the fourth is near the special list's 0DEM900.
NEAR = (
    Near("0DEM4O4", "TRAFFIC-12", "0DEM4O4", 2),
    Near("0DEM727", "TRAILER-3", "0DEM727", 1),
    Near("0DEMS5O", "PARK-01", "0DEMS5O", 3, Status.DISMISSED, "A van, and an S on the plate"),
    Near("0DEM9O0", "ALPR-02", "0DEM9O0", 4),
    Near("0NPW147", "ALPR-01", "0NPW147", 4),
    Near("0NPW548", "ALPR-02", "0NPW548", 0, Status.LEAD, "Dark red estate with a roof box, as the witness said"),
    Near("OHHH5I8", "TRAFFIC-12", "0HHH518", 2, Status.SAME),
)
CURRENT, CLEARED = (Result.CONFIRMED, Result.CONFIRMED), (Result.NOT_CURRENT, Result.CONFIRMED)
GONE = (Result.NO_RECORD, Result.NO_RECORD)
# Plate, camera, what the check by eye found, and the results of CLETS and NCIC where it came so far.
WORKED = (
    ("0AAA037", "TRAFFIC-12", Check.CORRECT, CURRENT),
    ("0CCC074", "TRAFFIC-12", Check.MISREAD, None),
    ("0EEE249", "TRAFFIC-12", Check.CORRECT, GONE),
    ("0FFF386", "TRAFFIC-12", Check.MISREAD, None),
    ("0HHH518", "TRAFFIC-12", Check.CORRECT, CURRENT),
    ("0JJJ662", "ALPR-01", Check.CORRECT, CURRENT),
    ("0KKK799", "ALPR-01", Check.CORRECT, CURRENT),
    ("0MMM836", "ALPR-01", Check.WRONG_STATE, None),
    ("0PPP973", "ALPR-01", Check.CORRECT, CLEARED),
    ("0RRR305", "PARK-01", Check.CORRECT, CURRENT),
    ("0TTT442", "PARK-01", Check.CORRECT, CURRENT),
    ("0VVV579", "TRAILER-3", Check.CORRECT, CURRENT),
)


def enter_others(at: datetime) -> int:
    """Enter the plates that the next steps need: a partial one, and the vehicles that were found; once."""
    if HotPlate.objects.filter(plate=PARTIAL).exists():
        return 0
    by = _person("demo-detective")
    reason = "Seen by a witness as the gunman drove off"
    wanted = _wanted(PARTIAL, "violent_crime", reason, "Dark red estate", f"{at:%y}-300001")
    enter_hot_plate(replace(wanted, incident_number=f"{at:%y}-300001"), by=by, at=at)
    for number, (plate, *_) in enumerate(WORKED):
        reason = f"Taken from the long-stay car park, row {number + 1}"
        enter_hot_plate(_wanted(plate, "stolen_vehicle", reason, "Sedan", f"{at:%y}-3001{number:02d}"), by=by, at=at)
    return 1 + len(WORKED)


def work_hits(at: datetime) -> int:
    """Let each of the vehicles be read once, and its hit be worked to its end; returns how many hits were closed."""
    closed = 0
    for number, (plate, code, check, results) in enumerate(WORKED):
        if plate in _READ_WRONG:
            continue  # it comes as a possible match
        photo_id = _seen(plate, code, plate if check != Check.MISREAD else f"{plate[:-1]}1", number, at)
        hit = Hit.objects.filter(captured_at=at, detection__photo=photo_id).first() if photo_id else None
        if photo_id and hit:
            _work(hit, photo_id, check, results, at)
            closed += 1
    return closed


def create_possible(at: datetime) -> int:
    """Let each be read once, and decide about some; returns how many possible matches were made."""
    made = 0
    for near in NEAR:
        photo_id = _seen(near.plate, near.camera, near.shown, near.colour, at)
        match = PossibleMatch.objects.filter(captured_at=at, detection__photo=photo_id).first() if photo_id else None
        if not photo_id or not match:
            continue
        made += 1
        if not near.decided:
            continue
        dispatcher = _person("demo-dispatcher")
        _look(photo_id, dispatcher, at)
        done = possible.decide_possible(
            possible_id=match.pk, outcome=near.decided, note=near.note, by=dispatcher, at=at
        )
        if done.hit_id:
            _work(Hit.objects.get(pk=done.hit_id), photo_id, Check.CORRECT, CURRENT, at)
    return made


_READ_WRONG = {near.shown for near in NEAR if near.decided == Status.SAME}


def _seen(plate: str, code: str, shown: str, colour: int, at: datetime) -> UUID | None:
    """A read with its picture, as from the camera; None if it came before."""
    key = f"demo-near-{plate}"
    if Photo.objects.filter(camera__code=code, client_key=key).exists():
        return None
    read = NewRead(key, plate, plate, at, "CA", confidence=0.81)
    return record_photo(code, read, partial(draw_car, shown, colour=colour), at)


def _work(hit: Hit, photo_id: UUID, check: str, results: tuple[str, str] | None, at: datetime) -> None:
    """The dispatcher's steps to the end, each by its verb; the entry of a vehicle that was found is withdrawn."""
    by = _person("demo-dispatcher")
    steps.take_hit(hit_id=hit.pk, by=by, at=at)
    _look(photo_id, by, at)
    steps.check_hit(hit_id=hit.pk, result=check, by=by, at=at)
    if results is None:
        steps.dispose_hit(hit_id=hit.pk, disposition=Hit.Disposition.MISREAD, by=by, at=at)
        return
    asked = policy.in_force(at)["hit.verification"].value
    clets, ncic = (value if name in asked else "" for name, value in zip(("clets", "ncic"), results, strict=True))
    verified = steps.verify_hit(hit_id=hit.pk, clets=clets, ncic=ncic, by=by, at=at)
    current = verified.status == Hit.Status.VERIFIED
    if current:
        steps.record_broadcast(
            hit_id=hit.pk,
            call_number=f"{at:%y%m%d}-{hit.plate[-3:]}",
            incident_type="503",
            vehicle_seen="Sedan, colour not seen",
            direction="not seen",
            by=by,
            at=at,
        )
    outcome = Hit.Disposition.NOT_LOCATED if current else Hit.Disposition.STALE
    steps.dispose_hit(hit_id=hit.pk, disposition=outcome, by=by, at=at)
    if not current:
        why = "CLETS and NCIC no longer hold the entry"
        withdraw_hot_plate(entry_id=hit.hot_plate_id, reason=why, by=_person("demo-detective"), at=at)


def _look(photo_id: UUID, by: Asker, at: datetime) -> None:
    if by.user is None:
        raise TypeError("a picture is looked at by a person")
    token = make_token(by.user, photo_id, possible.PURPOSE, possible.REASON, "", at=at)
    open_photo(photo_id=photo_id, token=token, by=by, at=at)


def _person(username: str) -> Asker:
    return asker.person(User.objects.get(username=username))


def _wanted(plate: str, category: str, reason: str, vehicle: str, case_number: str) -> Wanted:
    return Wanted(
        hot_list_id=HotList.objects.get(name=ORDINARY).pk,
        plate=plate,
        category=category,
        reason=reason,
        life=LIFE,
        state="CA",
        vehicle_description=vehicle,
        case_number=case_number,
    )
