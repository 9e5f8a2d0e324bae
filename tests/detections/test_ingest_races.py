"""Races on a real PostgreSQL: one row whatever arrives at once, equal answers, nothing kept of a failure."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from audit import asker
from audit.ledger import LedgerUnavailable
from audit.models import LedgerEntry
from detections.ingest import store, wake
from detections.ingest.photos import NewPhoto, record_photo
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.models import Detection, Hit, IngestKey, OutboxEvent, Photo
from tests import make
from tests.detections.test_post_photo import jpeg

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 50


def at_once(work, times=AT_ONCE):
    """Run ``work(number)`` in so many threads that start together; returns the results, raises the first error."""
    start, results, errors = threading.Barrier(times), [], []

    def run(number):
        try:
            start.wait(30)
            results.append(work(number))
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return results


def test_fifty_equal_posts_make_one_row_and_get_equal_answers():
    camera = make.camera()
    make.hot_plate("0DEM123", at=timezone.now())
    headers = {"Authorization": f"Bearer {make.device_key(camera)}"}
    body = json.dumps(
        {"client_key": "k", "plate": "0DEM123", "captured_at": (timezone.now() - timedelta(seconds=9)).isoformat()}
    )

    def post(_):
        return Client().post("/api/v1/reads/", body, content_type="application/json", headers=headers)

    responses = at_once(post)
    assert {response.status_code for response in responses} == {200}
    answers = [response.json() for response in responses]
    assert Counter(answer.pop("status") for answer in answers) == {"recorded": 1, "duplicate": AT_ONCE - 1}
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["hits"] == 1
    assert Detection.objects.count() == IngestKey.objects.count() == 1
    assert Hit.objects.count() == OutboxEvent.objects.count() == Hit.history.count() == 1
    assert LedgerEntry.objects.filter(action="reads.record").count() == AT_ONCE


def test_batches_that_overlap_in_any_order_do_not_deadlock():
    camera = make.camera()
    by = asker.device(camera.code, address="local")
    reads = [NewRead(f"k{n}", f"0D{n:05d}", f"0D{n:05d}", make.NOON) for n in range(200)]

    def send(number):
        turned = reads[number * 7 :] + reads[: number * 7]
        batch = turned if number % 2 else turned[::-1]
        return record_reads(by=by, camera=camera, reads=batch, at=make.NOON)

    results = at_once(send, 12)
    assert Detection.objects.count() == 200
    statuses = Counter(answer.status for answers in results for answer in answers)
    assert statuses == {"recorded": 200, "duplicate": 11 * 200}
    ids = {(answer.client_key, answer.id) for answers in results for answer in answers}
    assert len(ids) == 200


def test_of_two_bodies_under_one_key_one_wins_and_the_other_is_told():
    camera = make.camera()
    by = asker.device(camera.code, address="local")

    def send(number):
        plate = f"0D{number % 2:05d}"
        return record_reads(by=by, camera=camera, reads=[NewRead("k", plate, plate, make.NOON)], at=make.NOON)[0]

    answers = at_once(send, 20)
    assert Detection.objects.count() == 1
    assert Counter(answer.status for answer in answers) == {"recorded": 1, "duplicate": 9, "refused": 10}


def test_one_photograph_sent_twenty_times_at_once_is_stored_once(settings):
    camera = make.camera()
    by = asker.device(camera.code, address="local")
    content = jpeg()

    def send(_):
        return record_photo(by=by, camera=camera, photo=NewPhoto("p", make.NOON, content), at=make.NOON)

    answers = at_once(send, 20)
    assert Counter(answer.status for answer in answers) == {"recorded": 1, "duplicate": 19}
    assert len({answer.id for answer in answers}) == 1
    photo = Photo.objects.get()
    files = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file() and photo.pk.hex in path.name]
    assert len(files) == 2


def test_a_failure_after_the_reads_keeps_nothing(monkeypatch):
    camera = make.camera()
    make.hot_plate("0DEM123", at=make.NOON)

    def broken(*_, **__):
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(store, "_answer", broken)
    with pytest.raises(RuntimeError):
        record_reads(
            by=asker.device(camera.code, address="local"),
            camera=camera,
            reads=[NewRead("k", "0DEM123", "0DEM123", make.NOON)],
            at=make.NOON,
        )
    assert (
        Detection.objects.count()
        == IngestKey.objects.count()
        == Hit.objects.count()
        == OutboxEvent.objects.count()
        == 0
    )
    assert LedgerEntry.objects.get().outcome == "failed"


def test_a_ledger_that_cannot_be_written_keeps_nothing_and_says_503():
    camera = make.camera()
    headers = {"Authorization": f"Bearer {make.device_key(camera)}"}
    body = {"client_key": "k", "plate": "0DEM123", "captured_at": timezone.now().isoformat()}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerdetail RENAME TO elsewhere")
    try:
        response = Client().post("/api/v1/reads/", json.dumps(body), content_type="application/json", headers=headers)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO audit_ledgerdetail")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response.json()["code"] == "ledger.unavailable"
    assert Detection.objects.count() == IngestKey.objects.count() == LedgerEntry.objects.count() == 0


def test_a_photograph_whose_commit_is_unknown_keeps_its_files_for_the_sweep(monkeypatch, settings):
    camera = make.camera()

    def unknown(*_, **__):
        raise LedgerUnavailable("OperationalError")

    monkeypatch.setattr("detections.ingest.photos._record", unknown)
    before = sum(path.is_file() for path in settings.MEDIA_ROOT.rglob("*"))
    with pytest.raises(LedgerUnavailable):
        record_photo(
            by=asker.device(camera.code, address="local"),
            camera=camera,
            photo=NewPhoto("p", make.NOON, jpeg()),
            at=make.NOON,
        )
    assert sum(path.is_file() for path in settings.MEDIA_ROOT.rglob("*")) == before + 2


def test_the_desk_is_woken_after_the_commit_and_only_for_hits(settings):
    import redis

    camera = make.camera()
    make.hot_plate("0DEM123", at=make.NOON)
    by = asker.device(camera.code, address="local")
    with redis.Redis.from_url(settings.REDIS_URL) as valkey, valkey.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(wake.CHANNEL)
        listener.get_message(timeout=5)
        record_reads(by=by, camera=camera, reads=[NewRead("a", "0DEM999", "0DEM999", make.NOON)], at=make.NOON)
        assert listener.get_message(timeout=0.3) is None
        record_reads(by=by, camera=camera, reads=[NewRead("b", "0DEM123", "0DEM123", make.NOON)], at=make.NOON)
        assert listener.get_message(timeout=5)["data"] == b"1"


def test_without_valkey_reads_are_recorded_all_the_same(settings):
    camera = make.camera()
    make.hot_plate("0DEM123", at=make.NOON)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    wake._client.cache_clear()
    try:
        answers = record_reads(
            by=asker.device(camera.code, address="local"),
            camera=camera,
            reads=[NewRead("k", "0DEM123", "0DEM123", make.NOON)],
            at=make.NOON,
        )
    finally:
        wake._client.cache_clear()
    assert (answers[0].status, answers[0].hits) == ("recorded", 1)
    assert OutboxEvent.objects.count() == 1
