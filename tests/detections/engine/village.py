"""A village small enough to be searched by hand: eight hundred reads, look-alike plates, cameras that moved."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from cameras.models import Camera, Deployment, Site
from detections.ingest.ids import uuid7s
from detections.models import Detection, HeldRead, Hold
from detections.searching.engine import pages
from detections.searching.engine.volume import Volume
from detections.searching.question import Bounds
from detections.searching.reference import Place, Stand, place
from tests import make

CASE, OTHER_CASE = "26-000001", "26-000002"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LAST = FIRST + timedelta(days=40)
MOVED = FIRST + timedelta(days=17, hours=5)
CENTRE = (38.58, -121.49)
LETTERS = "0OQD1IB8A7"


@dataclass(slots=True, repr=False)  # hypothesis writes out what a test was given
class Village:
    """What the database holds, as the reference needs it."""

    reads: list[Detection]
    cameras: list[int]
    moving: frozenset[int]
    stands: list[Stand]
    held: frozenset[UUID]
    """Of reads held under ``CASE``."""

    def place(self, read: Any) -> Place | None:
        return place(read, moves=read.camera_id in self.moving, stands=self.stands)

    def visible(self, bounds: Bounds) -> list[Detection]:
        """By the words of the contract, not by the engine's."""
        seen_from = bounds.seen_from
        return [
            read
            for read in self.reads
            if seen_from is None or read.captured_at >= seen_from or (bounds.held_case == CASE and read.id in self.held)
        ]


@contextmanager
def village(blocker: Any, *, count: int = 800, seed: int = 525) -> Iterator[Village]:
    """The village, gone afterwards. Tables so small are searched by index only where scanning them is forbidden."""
    with blocker.unblock(), transaction.atomic():
        made = _made(count, random.Random(seed))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE detections_detection")
            cursor.execute("ANALYZE detections_plate")
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield made
        transaction.set_rollback(True)


@contextmanager
def ways(monkey: Any, **limits: Any) -> Iterator[None]:
    """Other limits for the engine's choices, so that a small village is searched in every way a large town is."""
    with monkey.context() as patch, transaction.atomic():
        reads_a_day = limits.pop("reads_a_day")
        patch.setattr(pages, "volume", lambda *_: Volume(reads_a_day, 50.0, 9.0))
        for name, value in limits.items():
            patch.setattr(pages, name, value)
        yield


def sorted_newest(reads: Iterable[Detection]) -> list[UUID]:
    return [read.id for read in sorted(reads, key=lambda read: (read.captured_at, read.id), reverse=True)]


def _made(count: int, chance: random.Random) -> Village:
    cameras, stands = _cameras()
    _partitions()
    reads = _reads(cameras, count, chance)
    held = _hold(reads, CASE, chance)
    _hold(reads, OTHER_CASE, chance)
    _hold(reads, CASE, chance, lifted=True)
    numbers = [camera.number for camera in cameras]
    moving = frozenset(camera.number for camera in cameras if camera.kind != Camera.Kind.FIXED)
    return Village(reads, numbers, moving, stands, frozenset(held))


def _cameras() -> tuple[list[Camera], list[Stand]]:
    """Five that stand, one that was moved, one that stood nowhere for a while, two in cars, one of which has a bay."""
    approver = make.user("village-approver")
    cameras = [
        make.camera(f"VILLAGE-{number}", deployed=False, kind="vehicle" if number >= 7 else "fixed")
        for number in range(9)
    ]
    stood: list[tuple[int, int, datetime, datetime | None]] = [
        (number, number, make.LONG_AGO, None) for number in range(5)
    ]
    stood += [(5, 5, make.LONG_AGO, MOVED), (5, 0, MOVED, None)]
    stood += [(6, 6, make.LONG_AGO, MOVED), (6, 2, MOVED + timedelta(days=3), None), (7, 1, make.LONG_AGO, None)]
    sites = [
        Site.objects.create(
            name=f"Village {number}",
            latitude=CENTRE[0] + 0.002 * (number % 3),
            longitude=CENTRE[1] + 0.0025 * (number // 3),
        )
        for number in range(7)
    ]
    for camera, site, from_at, to_at in stood:
        Deployment.objects.create(
            camera=cameras[camera],
            site=sites[site],
            starts_at=from_at,
            ends_at=to_at,
            purpose="Locating stolen vehicles",
            approved_by=approver,
        )
    for camera in cameras:
        camera.refresh_from_db()
    stands = [
        Stand(cameras[camera].number, sites[site].latitude, sites[site].longitude, from_at, to_at)
        for camera, site, from_at, to_at in stood
    ]
    return cameras, stands


def _partitions() -> None:
    """Four of nine days; the last days lie in the stray partition."""
    with connection.cursor() as cursor:
        for number in range(4):
            first = FIRST + timedelta(days=9 * number)
            cursor.execute("SELECT detections_add_partition(%s, %s)", [first, first + timedelta(days=9)])


def _reads(cameras: list[Camera], count: int, chance: random.Random) -> list[Detection]:
    """At few instants, so that many fall on the same; some twice with all but the id the same."""
    plates = ["".join(chance.choices(LETTERS, k=chance.choice((2, 4, 6, 7, 7, 7, 8)))) for _ in range(60)]
    plates += [plate[:3] + chance.choice(LETTERS) + plate[4:] for plate in plates[:40]]
    instants = [FIRST + timedelta(seconds=60 * chance.randrange(40 * 24 * 60)) for _ in range(90)]
    instants += [FIRST + timedelta(days=9), FIRST + timedelta(days=9) - timedelta(microseconds=1), MOVED]
    reads = []
    for number in range(count):
        camera, at = (
            chance.choice(cameras),
            chance.choice(instants) + timedelta(seconds=chance.choice((0, 0, 0, 45, 130))),
        )
        told = chance.random() < (0.8 if camera.kind == Camera.Kind.VEHICLE else 0.2)
        reads.append(
            Detection(
                id=uuid7s(1, at + timedelta(milliseconds=number))[0],
                plate=chance.choice(plates),
                state=chance.choice(("CA", "CA", "NV", "")),
                camera=camera,
                captured_at=at,
                latitude=round(CENTRE[0] + 0.005 * chance.random(), 6) if told else None,
                longitude=round(CENTRE[1] + 0.006 * chance.random(), 6) if told else None,
            )
        )
    for number in range(20):
        reads.append(_twin(reads[number], chance))
    Detection.objects.bulk_create(reads)
    return reads


def _twin(read: Detection, chance: random.Random) -> Detection:
    """The same read once more, perhaps of another state or a little further on."""
    return Detection(
        id=uuid7s(1, read.captured_at)[0],
        plate=read.plate,
        state=chance.choice((read.state, "NV")),
        camera=read.camera,
        captured_at=read.captured_at,
        latitude=None if read.latitude is None else round(read.latitude + chance.choice((0, 0.003)), 6),
        longitude=read.longitude,
    )


def _hold(reads: list[Detection], case_number: str, chance: random.Random, *, lifted: bool = False) -> set[UUID]:
    """Some reads under a hold of the case."""
    placer, lifter = make.User.objects.get(username="village-approver"), make.user(f"lifter {case_number} {lifted}")
    ended: dict[str, Any] = {}
    if lifted:
        ended = {
            "lift_requested_by": placer, "lift_requested_at": LAST, "lifted_by": lifter, "lifted_at": LAST,
        }  # fmt: skip
    hold = Hold.objects.create(
        case_number=case_number,
        kind=Hold.Kind.EVIDENCE,
        proceeding=Hold.Proceeding.CRIMINAL,
        reason="Evidence",
        review_on=LAST.date(),
        placed_by=placer,
        placed_at=LAST,
        **ended,
    )
    chosen = chance.sample(reads, 60)
    HeldRead.objects.bulk_create(
        HeldRead(
            hold=hold,
            detection_id=read.id,
            camera_id=read.camera_id,
            captured_at=read.captured_at,
            plate=read.plate,
            copy={},
        )
        for read in chosen
    )
    return {read.id for read in chosen}
