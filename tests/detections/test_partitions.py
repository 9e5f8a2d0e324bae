"""Partitions of reads: whole units that never overlap, made ahead and for strays, and no read is ever lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import LedgerEntry
from detections import partitions
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.models import Detection, Hit, Plate, ReadRef
from detections.partitions import DAY, MONTH, WEEK, Partition, alarms, cover, keep_ahead, listed, pieces, unit_for
from tests import make
from tests.make import NOON

MIDNIGHT = datetime(2026, 6, 17, tzinfo=UTC)
LONG_BEFORE = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.integers(0, 3 * 365 * 1440).map(lambda minute: LONG_BEFORE + timedelta(minutes=minute))
units = st.sampled_from([MONTH, WEEK, DAY])


@pytest.fixture(autouse=True)
def knows_nothing(request):
    """A store without partitions, and a process that remembers none.

    Tests that commit leave the partitions they made behind (emptying a table does not drop its parts), so each test
    here begins by dropping them inside its own transaction.
    """
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        with connection.cursor() as cursor:
            for one in listed():
                cursor.execute(f"DROP TABLE {one.name}")
    partitions._ranges[:] = []
    yield
    partitions._ranges[:] = []


def names_of(read: Detection) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM detections_detection WHERE id = %s", [read.pk])
        return str(cursor.fetchone()[0])


def record(camera, *reads):
    return record_reads(by=make.asker.device(camera.code, address="local"), camera=camera, reads=reads, at=NOON)


@given(st.lists(st.tuples(instants, instants, units), min_size=1, max_size=4))
def test_whatever_is_covered_in_whatever_order_partitions_never_overlap_and_leave_no_gap(asked):
    there: list[Partition] = []
    for first, last, unit in asked:
        first, last = min(first, last), min(max(first, last), min(first, last) + timedelta(days=100))
        for start, end in pieces(first, last + timedelta(microseconds=1), unit, there):
            assert start < end <= start + timedelta(days=32)
            there.append(Partition("", start, end))
        there.sort(key=lambda one: one.first)
        assert all(one.upto <= other.first for one, other in zip(there, there[1:], strict=False))
        reached = first
        for one in there:
            if one.first <= reached < one.upto:
                reached = one.upto
        assert reached > last


@pytest.mark.parametrize(
    ("reads_a_day", "kept", "unit"),
    [
        (3_000, timedelta(days=730), MONTH),
        (230_001, timedelta(days=730), WEEK),
        (1_000_001, timedelta(days=730), DAY),
        (3_000, timedelta(days=365), MONTH),
        (3_000, timedelta(days=364), WEEK),
        (3_000, timedelta(days=30), DAY),
        (3_000, None, MONTH),
    ],
)
def test_a_partition_is_short_beside_its_reads_lives_and_small_beside_memory(reads_a_day, kept, unit):
    assert unit_for(reads_a_day, kept) == unit


def test_a_read_lands_in_the_month_it_was_captured_in_however_late_it_comes(db):
    camera = make.camera()
    last_spring = NOON - timedelta(days=400)
    record(camera, NewRead("now", "0DEM123", "0DEM123", NOON), NewRead("late", "0DEM124", "0DEM124", last_spring))
    homes = {read.plate: names_of(read) for read in Detection.objects.all()}
    assert homes == {"0DEM123": "detections_detection_20260601", "0DEM124": "detections_detection_20250501"}
    assert len(listed()) == 14  # the months between are there too: a look-back crosses no hole


def test_times_at_which_no_read_is_recorded_get_no_partition(db):
    camera = make.camera()
    wild = [NOON + timedelta(days=300), datetime(1980, 1, 1, tzinfo=UTC), NOON - timedelta(days=3000)]
    record(camera, *(NewRead(f"k{n}", "0DEM123", "0DEM123", at) for n, at in enumerate(wild)))
    assert listed() == []


def test_a_read_without_a_partition_is_kept_matched_and_alarmed_and_moves_once_there_is_one(db, monkeypatch, caplog):
    camera = make.camera()
    make.hot_plate("0DEM123")
    monkeypatch.setattr(partitions, "make_room", lambda *_, **__: None)
    monkeypatch.setattr("detections.ingest.verb.make_room", lambda *_, **__: None)
    (answer,) = record(camera, NewRead("k", "0DEM123", "0DEM123", NOON))
    read = Detection.objects.get(pk=answer.id)
    assert (answer.status, answer.hits, names_of(read)) == ("recorded", 1, partitions.STRAY)
    assert Hit.objects.get().detection == read
    assert "in no partition" in " ".join(alarms(NOON))
    assert "0DEM" not in " ".join(alarms(NOON))
    with caplog.at_level("ERROR"):
        assert keep_ahead(at=NOON) >= 3
    assert "no partition of their own" in caplog.text
    assert names_of(Detection.objects.at(read.ref).get()) == "detections_detection_20260601"
    assert alarms(NOON) == []
    assert LedgerEntry.objects.filter(action="store.maintain").count() == 1


def test_partitions_reach_sixty_days_ahead_and_a_second_run_makes_none(db):
    keep_ahead(at=NOON)
    assert max(one.upto for one in listed()) >= NOON + partitions.AHEAD
    assert keep_ahead(at=NOON) == 0
    assert "less than 30 days ahead" in " ".join(alarms(NOON + timedelta(days=50)))


def test_midnight_belongs_to_the_new_day(db, monkeypatch):
    monkeypatch.setattr(partitions, "_unit", lambda at: DAY)
    cover(MIDNIGHT - timedelta(days=1), MIDNIGHT, at=NOON)
    before, after = make.detection(at=MIDNIGHT - timedelta(microseconds=1)), make.detection(at=MIDNIGHT)
    assert names_of(before) == "detections_detection_20260616"
    assert names_of(after) == "detections_detection_20260617"


def test_a_partition_that_cannot_be_made_loses_no_read(db, monkeypatch, caplog):
    camera = make.camera()
    monkeypatch.setattr(partitions, "pieces", lambda *_: [(NOON, NOON - timedelta(days=1))])
    (answer,) = record(camera, NewRead("k", "0DEM123", "0DEM123", NOON))
    assert answer.status == "recorded"
    assert "could not be made" in caplog.text


@pytest.mark.parametrize(
    ("first", "upto"),
    [
        (MIDNIGHT, MIDNIGHT),
        (MIDNIGHT, MIDNIGHT + timedelta(days=33)),
        (datetime(1999, 12, 1, tzinfo=UTC), datetime(1999, 12, 2, tzinfo=UTC)),
        (datetime(2090, 1, 1, tzinfo=UTC), datetime(2090, 1, 2, tzinfo=UTC)),
    ],
)
def test_the_database_itself_makes_no_strange_partition(db, first, upto):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT detections_add_partition(%s, %s)", [first, upto])


def test_every_plate_of_a_read_is_in_the_dictionary_by_whatever_door(db):
    camera = make.camera()
    record(camera, NewRead("a", "0DEM123", "0DEM123", NOON), NewRead("b", "0DEM123", "0DEM123", NOON))
    other = make.detection("0DEM124")
    Detection.objects.bulk_create([Detection(plate="0DEM125", captured_at=NOON, camera=camera)])
    Detection.objects.at(other.ref).update(plate="0DEM126")
    assert set(Plate.objects.values_list("plate", flat=True)) == {"0DEM123", "0DEM124", "0DEM125", "0DEM126"}


def test_a_stored_read_is_not_saved_again(db):
    read = make.detection()
    read.plate = "0DEM999"
    with pytest.raises(TypeError, match=r"objects\.at"):
        read.save()


def test_a_read_is_found_by_its_reference_and_says_when_it_came(db):
    read = make.detection(at=NOON - timedelta(minutes=5), received_at=NOON)
    assert Detection.objects.at(read.ref).get() == read
    assert (read.received_at, type(read.ref).from_list(read.ref.as_list())) == (NOON, read.ref)
    assert not Detection.objects.at(read.ref._replace(camera=read.camera_id + 1)).exists()


@pytest.mark.parametrize("parts", [[], ["x", 1, "2026-06-16T19:00:00+00:00"], [1, 2, 3], None, ["", "", ""]])
def test_what_is_no_reference_is_named_so(parts):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        ReadRef.from_list(parts)
