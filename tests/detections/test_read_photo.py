"""The machine reads a photograph: claimed once, recorded once, given to a person when it fails."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from audit.models import LedgerEntry
from detections import reading
from detections.models import Detection, Hit, OutboxEvent, Photo
from detections.ocr import OcrUnavailable
from detections.reader_state import reader_state
from detections.reading import ReadOutcome, read_photo, requeue_waiting
from tests import make
from tests.detections import road
from tests.fakes import FakePlateReader
from tests.fakes import reading as seen

NOON, LATER = road.NOON, road.NOON + timedelta(seconds=40)


def read(photo, reader, at=LATER):
    outcome = read_photo(photo_id=photo.pk, reader=reader, at=at)
    photo.refresh_from_db()
    return outcome


def records():
    return LedgerEntry.objects.filter(action="photo.read").order_by("index")


@pytest.mark.django_db
def test_a_sure_plate_becomes_a_read_and_its_hit():
    entry = make.hot_plate("0DEM123")
    photo = road.photo(latitude=38.5, longitude=-121.5)
    assert read(photo, FakePlateReader([seen("0DEM123", 0.91)])) == ReadOutcome.READ
    made = Detection.objects.get(photo=photo)
    assert (made.plate, made.plate_read, made.source, made.confidence) == (
        "0DEM123",
        "0DEM123",
        Detection.Source.PHOTO,
        0.91,
    )
    assert (made.captured_at, made.camera, made.latitude) == (photo.captured_at, photo.camera, 38.5)
    hit = Hit.objects.get(detection=made)
    assert (hit.hot_plate, hit.status) == (entry, "new")
    assert OutboxEvent.objects.get().hit == hit
    assert (photo.status, photo.engine, photo.attempts) == ("read", "fake", 1)
    assert photo.readings[0]["plate"] == "0DEM123"
    record = records().get()
    assert (record.username, record.result_count, record.subject_id) == ("ocr", 1, str(photo.pk))


@pytest.mark.django_db
def test_several_plates_in_one_picture_are_several_reads():
    photo = road.photo()
    read(photo, FakePlateReader([seen("0DEM123", 0.9), seen("0DEM124", 0.6), seen("0DEM123", 0.95)]))
    found = Detection.objects.filter(photo=photo).order_by("plate").values_list("plate", "confidence")
    assert list(found) == [("0DEM123", 0.95), ("0DEM124", 0.6)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "readings",
    [
        [],
        [seen("0DEM123", 0.49)],
        [seen("0DEM123", float("nan"))],
        [seen("0DEM123", 1.2)],
        [seen("ABCDEF", 0.99)],
        [seen("0D", 0.99)],
        [seen("0DEM12345", 0.99)],
        [seen("0DЕM123", 0.99)],  # a Cyrillic letter
    ],
)
def test_what_is_unsure_or_implausible_goes_to_a_person(readings):
    photo = road.photo()
    assert read(photo, FakePlateReader(readings)) == ReadOutcome.UNREADABLE
    assert (photo.status, Detection.objects.count()) == ("unreadable", 0)
    assert photo.note
    assert len(photo.readings) == len(readings)


@pytest.mark.django_db
def test_a_photograph_is_read_once():
    photo, reader = road.photo(), FakePlateReader([seen()])
    read(photo, reader)
    assert read(photo, reader) == ReadOutcome.ALREADY_DONE
    assert (len(reader.seen), Detection.objects.count(), records().count()) == (1, 1, 1)


@pytest.mark.django_db
def test_no_such_photograph_says_so():
    photo = road.photo()
    Photo.objects.all().delete()
    assert read_photo(photo_id=photo.pk, reader=FakePlateReader(), at=LATER) == ReadOutcome.GONE


@pytest.mark.django_db
def test_one_that_is_being_read_is_left_alone_until_its_claim_is_old():
    photo = road.photo(status="reading", claimed_at=NOON, attempts=1)
    reader = FakePlateReader([seen()])
    assert read(photo, reader, NOON + reading.CLAIM_LASTS) == ReadOutcome.CLAIMED_ELSEWHERE
    assert read(photo, reader, NOON + reading.CLAIM_LASTS + timedelta(microseconds=1)) == ReadOutcome.READ


@pytest.mark.django_db
def test_three_failures_give_it_to_a_person():
    photo, reader = road.photo(), FakePlateReader(ValueError("broken"))
    assert [read(photo, reader) for _ in range(2)] == [ReadOutcome.FAILED] * 2
    assert (photo.status, records().count()) == ("waiting", 0)
    assert read(photo, reader) == ReadOutcome.GIVEN_UP
    assert photo.status == "unreadable"
    assert "3 times" in photo.note
    assert records().get().result_count == 0


@pytest.mark.django_db
def test_one_that_killed_three_workers_is_not_opened_again():
    photo, reader = road.photo(status="reading", claimed_at=NOON, attempts=3), FakePlateReader([seen()])
    assert read(photo, reader, NOON + timedelta(hours=1)) == ReadOutcome.GIVEN_UP
    assert (photo.status, reader.seen) == ("unreadable", [])


@pytest.mark.django_db
def test_a_missing_file_counts_as_a_failure():
    photo = road.photo()
    default_storage.delete(photo.served.name)
    assert read(photo, FakePlateReader([seen()])) == ReadOutcome.FAILED


@pytest.mark.django_db
def test_without_a_reader_it_waits_and_no_attempt_is_counted():
    photo = road.photo()
    with pytest.raises(OcrUnavailable):
        read(photo, FakePlateReader(OcrUnavailable("none here")))
    photo.refresh_from_db()
    assert (photo.status, photo.attempts, photo.claimed_at) == ("waiting", 0, None)


@pytest.mark.django_db
def test_a_late_worker_does_not_overwrite_another_claim():
    photo = road.photo()

    class Slow(FakePlateReader):
        def read(self, image):
            Photo.objects.update(attempts=2)  # the claim went stale and another worker took it
            return super().read(image)

    assert read(photo, Slow([seen()])) == ReadOutcome.CLAIMED_ELSEWHERE
    assert (photo.status, Detection.objects.count()) == ("reading", 0)


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_reads():
    photo, reader, outcomes = road.photo(), FakePlateReader([seen()]), []

    def work():
        try:
            outcomes.append(read_photo(photo_id=photo.pk, reader=reader, at=LATER))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes.count(ReadOutcome.READ) == 1
    assert (len(reader.seen), Detection.objects.count()) == (1, 1)


@pytest.fixture
def sent(monkeypatch):
    """Ids handed to the OCR queue."""
    ids = []
    monkeypatch.setattr(reading, "enqueue", lambda photo_id: ids.append(photo_id) or True)
    monkeypatch.setattr(reading, "_queued", lambda: False)
    return ids


@pytest.mark.django_db
def test_the_sweep_hands_over_what_waits_longer_than_thirty_seconds(sent):
    old, _new = road.photo(), road.photo(at=NOON + timedelta(seconds=1))
    road.photo(status="unreadable")
    assert requeue_waiting(at=NOON + timedelta(seconds=30, microseconds=1)) == 1
    assert sent == [old.pk]


@pytest.mark.django_db
def test_the_sweep_frees_claims_older_than_ten_minutes(sent):
    dead = road.photo(status="reading", claimed_at=NOON, attempts=1)
    assert requeue_waiting(at=NOON + reading.CLAIM_LASTS) == 0
    assert requeue_waiting(at=NOON + reading.CLAIM_LASTS + timedelta(seconds=1)) == 1
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("waiting", 1)


@pytest.mark.django_db
def test_the_sweep_does_not_pile_up_messages(sent, monkeypatch, settings):
    road.photo()
    monkeypatch.setattr(reading, "_queued", lambda: True)
    assert requeue_waiting(at=LATER) == 0
    monkeypatch.setattr(reading, "_queued", lambda: False)
    settings.OCR_ENABLED = False
    assert requeue_waiting(at=LATER) == 0


@pytest.mark.django_db
def test_the_sweep_survives_a_dead_broker(monkeypatch):
    road.photo()
    monkeypatch.setattr(reading, "_queued", lambda: False)

    def dead(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(reading.current_app, "send_task", dead)
    assert requeue_waiting(at=LATER) == 0


def test_a_message_really_lands_in_the_queue(sent, monkeypatch, settings):
    import redis

    monkeypatch.undo()
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        before = valkey.llen("ocr")
        assert reading.enqueue("00000000-0000-0000-0000-000000000000")
        assert valkey.llen("ocr") == before + 1
        assert reading._queued()
        valkey.rpop("ocr")


@pytest.mark.parametrize(
    ("written", "state", "will_read"),
    [
        ('{"state": "installing", "message": "torch"}', "installing", True),
        ('{"state": "ready"}', "ready", True),
        ('{"state": "failed"}', "failed", False),
        ("{", "unknown", True),
        ("[]", "unknown", True),
        (None, "unknown", True),
    ],
)
def test_the_readers_state_comes_from_its_installers_file(written, state, will_read, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    if written is not None:
        (tmp_path / "ocr-install.json").write_text(written)
    found = reader_state()
    assert (found.state, found.will_read) == (state, will_read)
    assert ("still being installed" in found.words) is (state == "installing")


def test_switched_off_says_so(settings):
    settings.OCR_ENABLED = False
    assert reader_state().state == "off"
