"""Two weeks of reads: a few vehicles on their daily ways, many others passing, some with a picture."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from alpr_site.demo.pictures import draw_car
from alpr_site.demo.places import PLACES
from audit import asker
from cameras.models import Camera
from detections.ingest import photos
from detections.ingest.photos import NewPhoto
from detections.ingest.reads import NewRead
from detections.ingest.store import tally
from detections.ingest.verb import record_reads
from detections.models import Detection, Photo

DAYS, PASSING, SEED = 14, 2700, 525
_LETTERS = "ABCEFGHJKLMNPRSTUVWXYZ"
_VEHICLES = ("grey sedan", "white pick-up", "black SUV", "blue hatchback", "silver van", "")
# Where and when a vehicle passes on a working day: camera, hour, minute.
WAYS = {
    "0DEM123": (("ALPR-01", 7, 42), ("TRAFFIC-12", 7, 51), ("TRAILER-3", 7, 56), ("TRAFFIC-12", 17, 24),
                ("PARK-01", 17, 40), ("ALPR-01", 18, 5)),
    "0DEM777": (("ALPR-02", 21, 10), ("TRAFFIC-12", 21, 18), ("PARK-01", 23, 2), ("ALPR-02", 23, 31)),
    "0DEM404": (("PARK-01", 6, 15), ("TRAILER-3", 6, 31), ("PARK-01", 15, 8)),
}  # fmt: skip
# Drives behind another: what a search for vehicles that travel together is to find.
FOLLOWER, FOLLOWED, BEHIND = "0DEM321", "0DEM123", timedelta(seconds=40)
PICTURES = 5


def create_reads(at: datetime) -> int:
    """Record the reads of each camera that has none of the demonstration's yet; returns how many were recorded."""
    # Only the demonstration's cameras make reads on it: one that has any has had its share.
    done = Detection.objects.filter(captured_at__lt=at).values("camera__id")
    codes = [place.code for place in PLACES if place.reads_plates]
    cameras = Camera.objects.filter(code__in=codes, retired_at=None).exclude(pk__in=done)
    reads = _by_camera(at) if cameras else {}
    recorded = 0
    for camera in cameras:
        by = asker.device(camera.code, address="local")
        answers = record_reads(by=by, camera=camera, reads=reads[camera.code], at=at)
        recorded += tally(answers).get("recorded", 0)
    return recorded


def create_pictured_reads(at: datetime) -> int:
    """Record the latest passages of 0DEM123 with a picture each, and one picture that nobody could read."""
    made = 0
    for number, (code, captured_at) in enumerate(sorted(_passages("0DEM123", at), key=lambda way: way[1])[-PICTURES:]):
        read = NewRead(f"demo-picture-{number}", "0DEM123", "0DEM123", captured_at, "CA", confidence=0.97)
        made += record_photo(code, read, partial(draw_car, "0DEM123"), at) is not None
    dim = NewRead("demo-picture-dim", "", "", at - timedelta(hours=2))
    made += record_photo("PARK-01", dim, partial(draw_car, "0BLR808", colour=3, blurred=True), at) is not None
    return made


def record_photo(code: str, read: NewRead, draw: Callable[[], bytes], at: datetime) -> UUID | None:
    """A photograph with its read, as from the camera; without a plate it waits for a person. None if it came before."""
    camera = Camera.objects.get(code=code)
    if Photo.objects.filter(camera=camera, client_key=read.client_key).exists():
        return None
    photo = NewPhoto(read.client_key, read.captured_at, draw())
    by = asker.device(code, address="local")
    reads = [read] if read.plate else []
    answer = photos.record_photo(by=by, camera=camera, photo=photo, at=at, reads=reads)
    if not reads and answer.id:
        # Whether the quick start has its reader or not, there is something to read by eye.
        waiting = Photo.objects.filter(pk=answer.id, status=Photo.Status.WAITING)
        waiting.update(status=Photo.Status.UNREADABLE, note="Too dim to read; placed here by the demonstration.")
    return answer.id


def _by_camera(at: datetime) -> dict[str, list[NewRead]]:
    """All reads by camera code, oldest first; the same for the same instant."""
    dice = random.Random(SEED)  # noqa: S311 - invented traffic protects nothing
    found: dict[str, list[NewRead]] = {place.code: [] for place in PLACES if place.reads_plates}
    for code, plate, captured_at, vehicle in sorted(_traffic(at, dice), key=lambda seen: seen[2]):
        position: tuple[float | None, float | None] = (None, None)
        if code == "CAR-07":
            position = (round(38.575 + dice.gauss(0, 0.012), 6), round(-121.485 + dice.gauss(0, 0.014), 6))
        found[code].append(
            NewRead(
                client_key=f"demo-{len(found[code]):04d}",
                plate=plate,
                plate_read=plate,
                captured_at=captured_at,
                state="CA" if dice.random() < 0.9 else "",
                latitude=position[0],
                longitude=position[1],
                confidence=round(dice.uniform(0.78, 0.99), 3),
                vehicle=vehicle,
            )
        )
    return found


def _traffic(at: datetime, dice: random.Random) -> Iterator[tuple[str, str, datetime, str]]:
    codes = [place.code for place in PLACES if place.reads_plates]
    pool = [f"0{''.join(dice.choices(_LETTERS, k=3))}{dice.randrange(1000):03d}" for _ in range(900)]
    vehicles = {plate: dice.choice(_VEHICLES) for plate in pool}
    for _ in range(PASSING):
        plate = dice.choice(pool)
        # More by day than by night: of two moments the one nearer to two in the afternoon counts.
        moments = [at - timedelta(seconds=dice.randrange(600, DAYS * 86_400)) for _ in range(2)]
        captured_at = min(moments, key=lambda moment: abs(_local(moment).hour - 14))
        yield dice.choices(codes, weights=(5, 5, 3, 2, 2, 4))[0], plate, captured_at, vehicles[plate]
    for plate in WAYS:
        passages = sorted(_passages(plate, at), key=lambda way: way[1])
        for code, captured_at in passages[:-PICTURES] if plate == "0DEM123" else passages:
            yield code, plate, captured_at, ""
    for code, captured_at in _passages(FOLLOWED, at):
        yield code, FOLLOWER, captured_at + BEHIND, "white van"


def _passages(plate: str, at: datetime) -> Iterator[tuple[str, datetime]]:
    """Where the vehicle passed, and when: every working day before the instant, a few minutes off each time."""
    dice = random.Random(f"{SEED} {plate}")  # noqa: S311 - as above
    zone = ZoneInfo(settings.AGENCY["zone"])
    for back in range(DAYS, -1, -1):
        day = (_local(at) - timedelta(days=back)).date()
        for code, hour, minute in WAYS[plate]:
            moment = datetime.combine(day, time(hour, minute), zone) + timedelta(seconds=dice.randrange(-110, 110))
            if day.weekday() < 5 and at - timedelta(days=DAYS) < moment < at - timedelta(minutes=10):
                yield code, moment


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(settings.AGENCY["zone"]))
