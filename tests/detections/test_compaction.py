"""Closed partitions are packed; open, small and packed ones are left alone, and the serving role can do it."""

from datetime import timedelta

import pytest
from django.db import connection

from audit.models import LedgerEntry
from detections import compaction
from detections.compaction import pack_closed
from detections.models import Detection
from detections.partitions import cover
from tests import make
from tests.make import NOON

MARCH = NOON - timedelta(days=90)


def key_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_size(indexrelid) FROM pg_index"
            " WHERE indrelid = 'detections_detection_20260301'::regclass AND indisprimary"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def grown(transactional_db, monkeypatch):
    """A month whose index grew row by row in no order of plates, as real ones do."""
    monkeypatch.setattr(compaction, "FEWEST", 1_000)
    camera = make.camera()
    cover(MARCH, MARCH, at=NOON)
    for part in range(10):
        Detection.objects.bulk_create(
            Detection(plate=f"0{number * 7919 % 99991:06d}", captured_at=MARCH, camera=camera)
            for number in range(part * 600, part * 600 + 600)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE detections_detection")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE detections_detection")
        cursor.execute("DROP TABLE detections_detection_20260301")


def test_a_closed_partition_is_packed_once_and_says_so(grown):
    before = key_size()
    assert pack_closed(at=NOON) == ["detections_detection_20260301"]
    assert key_size() < before * 0.9
    assert Detection.objects.count() == 6_000
    assert pack_closed(at=NOON) == []
    assert LedgerEntry.objects.filter(action="store.maintain").count() == 1


def test_a_partition_that_still_grows_is_left_alone(grown):
    assert pack_closed(at=MARCH + timedelta(days=20)) == []


def test_one_that_cannot_be_packed_is_logged_and_left(grown, monkeypatch, caplog):
    monkeypatch.setattr(compaction, "_loose", lambda at: ["detections_detection_19990101"])
    assert pack_closed(at=NOON) == []
    assert "could not be packed" in caplog.text
