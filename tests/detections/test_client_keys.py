"""A read sent twice is one read, whether its client key is still kept or not."""

from datetime import timedelta

import pytest

from audit import asker
from detections.ingest.keys import KEPT, forget_keys
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.models import Detection, Hit, IngestKey
from tests import make
from tests.make import NOON


@pytest.fixture
def camera(db):
    return make.camera()


def record(camera, *reads, at=NOON):
    return record_reads(by=asker.device(camera.code, address="local"), camera=camera, reads=reads, at=at)


def a_read(key="k", plate="0DEM123", at=NOON, **fields):
    return NewRead(key, plate, plate, at, **fields)


def test_a_key_is_kept_as_long_as_devices_try_again_and_then_forgotten(camera):
    record(camera, a_read())
    assert forget_keys(NOON + KEPT) == 0
    assert IngestKey.objects.count() == 1
    assert forget_keys(NOON + KEPT + timedelta(milliseconds=1)) == 1


def test_a_read_that_comes_again_after_its_key_is_forgotten_is_still_the_same_read(camera):
    make.hot_plate("0DEM123")
    (first,) = record(camera, a_read())
    later = NOON + KEPT + timedelta(days=1)
    forget_keys(later)
    (again,) = record(camera, a_read(), at=later)
    assert (first.status, again.status, again.id, again.hits) == ("recorded", "duplicate", first.id, 1)
    assert Detection.objects.count() == Hit.objects.count() == 1


def test_even_under_another_key_and_after_a_correction(camera):
    (first,) = record(camera, a_read())
    read = Detection.objects.get()
    Detection.objects.at(read.ref).update(plate="0DEM128", as_read="0DEM123")
    later = NOON + KEPT + timedelta(days=1)
    forget_keys(later)
    (again,) = record(camera, a_read("other"), at=later)
    assert (again.status, again.id) == ("duplicate", first.id)


@pytest.mark.parametrize(
    "other",
    [
        {"plate": "0DEM124"},
        {"at": NOON + timedelta(microseconds=1)},
    ],
)
def test_another_plate_or_instant_is_another_read(camera, other):
    record(camera, a_read())
    later = NOON + KEPT + timedelta(days=1)
    forget_keys(later)
    (fresh,) = record(camera, a_read(**other), at=later)
    assert fresh.status == "recorded"
    assert Detection.objects.count() == 2


def test_another_camera_makes_another_read(camera):
    record(camera, a_read())
    later = NOON + KEPT + timedelta(days=1)
    forget_keys(later)
    (fresh,) = record(make.camera("CAM-02"), a_read(), at=later)
    assert fresh.status == "recorded"


def test_a_late_batch_may_hold_old_new_and_repeated_reads(camera):
    long_ago = NOON - timedelta(days=30)
    record(camera, a_read("old", at=long_ago), at=NOON - timedelta(days=20))
    forget_keys(NOON)
    answers = record(
        camera,
        a_read("old", at=long_ago),
        a_read("older", "0DEM124", at=long_ago),
        a_read("older", "0DEM124", at=long_ago),
        a_read("new"),
    )
    assert [answer.status for answer in answers] == ["duplicate", "recorded", "duplicate", "recorded"]
    assert Detection.objects.count() == 3
