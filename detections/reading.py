"""Photographs read by the machine: claim, read, record; what it cannot read goes to a person.

The reading itself takes seconds, so it runs between two short pieces of database work: the claim (compare and set, with
the attempt counted before the picture is opened, so that one that kills the worker is counted too) and the act that
records what was read. Safe twice, late and in parallel.
"""

import logging
import math
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import redis
from celery import current_app
from django.conf import settings
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from audit import ledger
from audit.actions import Action
from audit.asker import system
from audit.ids import uuid7
from audit.plates import PlateError, is_plausible, normalise
from detections.matching import match_detections
from detections.models import Detection, Photo
from detections.models.reads import kept_as_read
from detections.ocr import OcrUnavailable, PlateReader, Reading, WeightsError
from detections.photos import served_bytes
from detections.reader_state import reader_state

ACTOR = "ocr"
PURPOSE = "collection"
MOST_ATTEMPTS = 3
LEAST_CONFIDENCE = 0.5
CLAIM_LASTS = timedelta(minutes=10)
WAIT_BEFORE_REQUEUE = timedelta(seconds=30)
TASK = "detections.tasks.read_photo"
QUEUE = "ocr"

log = logging.getLogger(__name__)


class ReadOutcome(StrEnum):
    """What came of a photograph: every case says so, none is silent."""

    READ = "read"
    UNREADABLE = "unreadable"
    FAILED = "failed, will be tried again"
    GIVEN_UP = "failed too often, a person reads it"
    ALREADY_DONE = "already read"
    CLAIMED_ELSEWHERE = "being read elsewhere"
    GONE = "no such photograph"


def read_photo(*, photo_id: UUID, reader: PlateReader, at: datetime) -> ReadOutcome:
    """Read one photograph. Raises OcrUnavailable or WeightsError with the photograph back in its queue."""
    if not _claim(photo_id, at):
        return _why_not(photo_id, at)
    photo = Photo.objects.get(pk=photo_id)
    if photo.attempts > MOST_ATTEMPTS:
        return _give_up(photo, at)
    started = time.perf_counter()
    try:
        readings = reader.read(served_bytes(photo))
    except (OcrUnavailable, WeightsError):
        _mine(photo).update(status=Photo.Status.WAITING, claimed_at=None, attempts=F("attempts") - 1)
        raise
    except Exception as error:  # a stranger's picture may break an engine in any way; counted and recorded
        return _failed(photo, error, at)
    return _record(photo, readings, reader.name, time.perf_counter() - started, at)


def requeue_waiting(*, at: datetime) -> int:
    """Put photographs back into the queue that wait over 30 s or were claimed over 10 min ago. Returns how many.

    Does nothing while the queue still holds work, or where no reader will come: nothing is lost by that, since the
    table is the queue that counts. Safe to run twice or late.
    """
    stale = Photo.objects.filter(status=Photo.Status.READING, claimed_at__lt=at - CLAIM_LASTS)
    stale.update(status=Photo.Status.WAITING, claimed_at=None)
    if not reader_state().will_read or _queued():
        return 0
    waiting = Photo.objects.filter(status=Photo.Status.WAITING, received_at__lt=at - WAIT_BEFORE_REQUEUE)
    ids = list(waiting.order_by("received_at").values_list("pk", flat=True)[:500])
    return sum(enqueue(photo_id) for photo_id in ids)


def enqueue(photo_id: UUID) -> bool:
    """Hand a photograph to the OCR workers; False where the broker is away (the sweep tries again)."""
    try:
        current_app.send_task(TASK, kwargs={"photo_id": str(photo_id)}, queue=QUEUE, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("photograph not queued: %s", type(error).__name__)
        return False
    return True


def _queued() -> bool:
    """Whether the OCR queue holds messages; unknown counts as empty."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as valkey:
            return bool(valkey.llen(QUEUE))
    except (redis.RedisError, OSError):
        return False


def _claim(photo_id: UUID, at: datetime) -> bool:
    free = Q(status=Photo.Status.WAITING) | Q(status=Photo.Status.READING, claimed_at__lt=at - CLAIM_LASTS)
    claimed = Photo.objects.filter(free, pk=photo_id)
    return bool(claimed.update(status=Photo.Status.READING, claimed_at=at, attempts=F("attempts") + 1))


def _why_not(photo_id: UUID, at: datetime) -> ReadOutcome:
    status = Photo.objects.filter(pk=photo_id).values_list("status", flat=True).first()
    if status is None:
        return ReadOutcome.GONE
    return ReadOutcome.CLAIMED_ELSEWHERE if status == Photo.Status.READING else ReadOutcome.ALREADY_DONE


def _mine(photo: Photo) -> QuerySet[Photo]:
    """The photograph as long as this claim on it stands."""
    return Photo.objects.filter(pk=photo.pk, status=Photo.Status.READING, attempts=photo.attempts)


def _failed(photo: Photo, error: Exception, at: datetime) -> ReadOutcome:
    log.warning("reading photograph %s failed: %s", photo.pk, type(error).__name__)
    if photo.attempts >= MOST_ATTEMPTS:
        return _give_up(photo, at)
    _mine(photo).update(status=Photo.Status.WAITING, claimed_at=None)
    return ReadOutcome.FAILED


def _give_up(photo: Photo, at: datetime) -> ReadOutcome:
    """Take it from the machine for good: three failures, or three dead workers."""
    note = f"The reader failed on it {MOST_ATTEMPTS} times."
    with ledger.act(
        Action.PHOTO_READ, by=system(ACTOR), at=at, purpose=PURPOSE, subject=("photo", photo.pk, "")
    ) as record:
        record.result_count = 0
        record.detail = {"given_up": note}
        given_up = _mine(photo).update(status=Photo.Status.UNREADABLE, read_at=at, note=note)
    return ReadOutcome.GIVEN_UP if given_up else ReadOutcome.CLAIMED_ELSEWHERE


def _record(photo: Photo, readings: list[Reading], engine: str, seconds: float, at: datetime) -> ReadOutcome:
    """Keep all the machine saw; make a read of each plate that is sure enough, and match them."""
    plates = sure_plates(readings)
    with ledger.act(
        Action.PHOTO_READ, by=system(ACTOR), at=at, purpose=PURPOSE, subject=("photo", photo.pk, "")
    ) as record:
        if _mine(photo).select_for_update().first() is None:
            record.result_count = 0
            record.detail = {"discarded": "another claim stands"}
            return ReadOutcome.CLAIMED_ELSEWHERE
        reads = [_read_of(photo, plate, reading) for plate, reading in plates.items()]
        Detection.objects.bulk_create(reads)
        hits = match_detections([read.ref for read in reads], at=at)
        photo.status = Photo.Status.READ if reads else Photo.Status.UNREADABLE
        photo.readings = [_as_json(reading) for reading in readings]
        photo.engine, photo.seconds, photo.read_at = engine, round(seconds, 3), at
        photo.note = "" if reads else _note(readings)
        photo.save(update_fields=["status", "readings", "engine", "seconds", "read_at", "note"])
        record.result_count = len(reads)
        record.detail = {"reads": [str(read.pk) for read in reads], "hits": sum(map(len, hits.values()))}
    return ReadOutcome.READ if reads else ReadOutcome.UNREADABLE


def sure_plates(readings: Iterable[Reading]) -> dict[str, Reading]:
    """The surest reading of each plate that is sure enough (0.5) and plausible, in the reader's order."""
    sure: dict[str, Reading] = {}
    for reading in readings:
        plate = _plate(reading)
        if plate and (plate not in sure or reading.confidence > sure[plate].confidence):
            sure[plate] = reading
    return sure


def _plate(reading: Reading) -> str:
    """The plate in its written form, or "" where the machine was unsure or saw no plate."""
    confident = math.isfinite(reading.confidence) and LEAST_CONFIDENCE <= reading.confidence <= 1
    try:
        plate = normalise(reading.plate)
    except PlateError:
        return ""
    return plate if confident and is_plausible(plate) else ""


def _read_of(photo: Photo, plate: str, reading: Reading) -> Detection:
    return Detection(
        id=uuid7(),
        plate=plate,
        as_read=kept_as_read(reading.text[:32] or plate, plate),
        captured_at=photo.captured_at,
        camera=photo.camera,
        latitude=photo.latitude,
        longitude=photo.longitude,
        confidence=reading.confidence,
        source=Detection.Source.PHOTO,
        photo=photo,
    )


def _as_json(reading: Reading) -> dict[str, object]:
    """The reading as PostgreSQL can hold it: no NUL, no NaN."""
    return {
        "text": reading.text[:100].replace("\x00", ""),
        "plate": reading.plate[:32].replace("\x00", ""),
        "confidence": _finite(reading.confidence),
        "box": [int(side) for side in reading.box],
        "candidates": [[plate[:32].replace("\x00", ""), _finite(sure)] for plate, sure in reading.candidates[:10]],
    }


def _finite(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None


def _note(readings: list[Reading]) -> str:
    return "The reader is not sure of what it saw." if readings else "The reader saw no plate."
