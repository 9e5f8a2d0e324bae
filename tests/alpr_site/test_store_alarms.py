"""A read that no partition covers raises an alarm and is kept, matched and found; so does what would lead there."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection

from alpr_site import health, replicas, store, tasks
from audit.models import LedgerEntry
from detections import partitions
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.models import Detection, Hit
from detections.searching.page import open_page
from detections.searching.run import run_search
from tests import make
from tests.detections.searching import asked
from tests.standby import connection_url

MIDNIGHT = datetime(2026, 6, 17, tzinfo=UTC)
JUST_AFTER = MIDNIGHT + timedelta(seconds=2)
STRAYS = f"reads of 1 day lie in no partition of their own, the first of {MIDNIGHT:%Y-%m-%d}"


@pytest.fixture
def until_midnight(transactional_db, monkeypatch):
    """Partitions up to midnight and none after: the maintenance has not run for two months."""
    monkeypatch.setattr(partitions, "_ranges", [])
    before = partitions.listed()
    _replace_all([(MIDNIGHT - timedelta(days=7), MIDNIGHT)])
    yield
    _replace_all([(one.first, one.upto) for one in before])


@contextmanager
def long_reader():
    """Somebody else's query over all reads that does not end: no partition can be made beside it."""
    with psycopg.connect(connection_url()) as other:
        other.execute("SELECT count(*) FROM detections_detection")
        yield


def post(plate: str, *, at: datetime) -> str:
    """A camera posts one read of that moment; the status it is answered."""
    camera = make.Camera.objects.first() or make.camera()
    read = NewRead(client_key=f"{plate}-{at.timestamp()}", plate=plate, plate_read=plate, captured_at=at)
    return record_reads(by=make.asker.device(camera.code, address="local"), camera=camera, reads=[read], at=at)[
        0
    ].status


def home_of(read: Detection) -> str:
    """The table the read lies in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM detections_detection WHERE plate = %s", [read.plate])
        return cursor.fetchone()[0]


def test_a_partition_missing_at_midnight_loses_nothing(until_midnight, detective, caplog):
    entry = make.hot_plate("0DEM123", at=JUST_AFTER)
    with long_reader():
        assert post("0DEM123", at=JUST_AFTER) == "recorded"
    read = Detection.objects.get()
    assert home_of(read) == partitions.STRAY

    assert Hit.objects.get().hot_plate == entry
    soon = JUST_AFTER + timedelta(seconds=3)
    search = run_search(by=make.by(detective), at=soon, asked=asked(from_at=MIDNIGHT - timedelta(days=1)))
    assert [one.read for one in open_page(by=make.by(detective), at=soon, search_id=search.pk).sightings] == [read]

    assert store.raise_alarms(at=JUST_AFTER) == 2
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert f"alarm: {STRAYS}" in errors
    assert any("less than 30 days ahead" in line for line in errors)
    assert "0DEM123" not in caplog.text

    assert partitions.keep_ahead(at=JUST_AFTER) >= 1
    assert home_of(read) != partitions.STRAY
    assert Detection.objects.at(read.ref).get() == read
    assert Hit.objects.get().detection == read
    assert store.alarms(JUST_AFTER) == []
    assert LedgerEntry.objects.filter(action="store.maintain").count() == 1


def test_partitions_that_end_soon_raise_an_alarm_before_a_read_is_without_one(until_midnight):
    partitions.keep_ahead(at=MIDNIGHT)
    assert store.alarms(MIDNIGHT) == []
    assert store.alarms(MIDNIGHT + timedelta(days=partitions.AHEAD.days - 31)) == []
    assert "days ahead" in store.alarms(MIDNIGHT + timedelta(days=120))[0]


def test_a_replica_that_is_not_used_raises_an_alarm(until_midnight, monkeypatch):
    partitions.keep_ahead(at=MIDNIGHT)
    late = replicas.Standing("replica1", timedelta(seconds=90))
    monkeypatch.setattr(replicas.guard, "standings", lambda: [late])
    assert store.alarms(MIDNIGHT) == ["replica1: 90.0 s behind; searches do not read there"]


def test_readyz_names_alarms_and_stays_ready_by_its_parts(until_midnight, client, monkeypatch):
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: "ok"})
    answer = client.get("/readyz")
    told = json.loads(answer.content)
    assert (answer.status_code, told["ready"]) == (200, True)
    assert len(told["alarms"]) == 1
    assert "less than 30 days ahead" in told["alarms"][0]


def test_the_task_logs_each_alarm_every_time(until_midnight, caplog):
    tasks.raise_alarms()
    tasks.raise_alarms()
    assert len([record for record in caplog.records if record.getMessage().startswith("alarm: ")]) == 2


def test_the_page_of_the_store_is_for_administrators_and_on_record(until_midnight, administrator, detective, signed_in):
    make.detection(at=JUST_AFTER)
    body = signed_in(administrator).get("/store/").content.decode()
    assert "Reads of 1 day lie in no partition" in body
    assert "Searches read on the primary database" in body
    assert "0DEM123" not in body
    assert LedgerEntry.objects.filter(action="admin.view", subject_type="store", outcome="allowed").count() == 1
    assert signed_in(detective).get("/store/").status_code == 403
    assert LedgerEntry.objects.filter(action="admin.view", subject_type="store", outcome="refused").count() == 1


def _replace_all(ranges: list[tuple[datetime, datetime]]) -> None:
    with connection.cursor() as cursor:
        for one in partitions.listed():
            cursor.execute(f'DROP TABLE "{one.name}"')
        cursor.execute("TRUNCATE detections_detection_stray")
        for first, upto in ranges:
            cursor.execute("SELECT detections_add_partition(%s, %s)", [first, upto])
