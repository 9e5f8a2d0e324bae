"""Two people at once, in real threads on the real PostgreSQL."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from audit import asker
from audit.models import LedgerEntry
from audit.refusals import Refused
from cameras.models import Camera
from detections.hits import steps
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.models import Hit, HitRepeat, OutboxEvent, PossibleMatch
from hotlists.imports import store
from hotlists.models import HotList, HotListImport, HotPlate
from hotlists.operations import withdraw_hot_plate
from tests import make
from tests.detections import road
from tests.detections.matching_entries import taken_in

pytestmark = pytest.mark.django_db(transaction=True)
NOON = road.NOON
LATER = NOON + timedelta(minutes=5)


def at_once(*calls):
    """Run the calls at the same moment; their results, with refusals as codes."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        gate.wait()
        try:
            results[number] = call()
        except Refused as refused:
            results[number] = refused.refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.parametrize("_round", range(4))
def test_of_two_dispatchers_one_has_it_and_the_other_is_told_who(_round):
    """Several rounds: which thread waits for the lock, and whether one does at all, is chance."""
    first, second = make.user("first", "dispatcher"), make.user("second", "dispatcher")
    hit = road.hit()
    results = at_once(
        *(lambda who=who: steps.take_hit(hit_id=hit.pk, by=make.by(who), at=LATER) for who in (first, second))
    )
    hit.refresh_from_db()
    refusals = [result for result in results if not isinstance(result, Hit)]
    assert [refusal.code for refusal in refusals] == ["hit.taken"]
    assert hit.taken_by.display_name in refusals[0].reason
    outcomes = LedgerEntry.objects.filter(action="hit.take").values_list("outcome", flat=True)
    assert sorted(outcomes) == ["allowed", "refused"]


def test_one_who_waited_for_the_lock_sees_the_owner_who_came_before():
    """The wait made certain: the first taker holds the row until the second is waiting for it."""
    first, second = make.user("first", "dispatcher"), make.user("second", "dispatcher")
    hit, waiting, results = road.hit(), threading.Event(), []

    def late():
        try:
            waiting.set()
            results.append(steps.take_hit(hit_id=hit.pk, by=make.by(second), at=LATER))
        except Refused as refused:
            results.append(refused.refusal)
        finally:
            connection.close()

    thread = threading.Thread(target=late)
    with transaction.atomic():
        mine = Hit.objects.select_for_update().get(pk=hit.pk)
        thread.start()
        waiting.wait(5)
        until = time.monotonic() + 5
        while not _someone_waits_for_a_lock() and time.monotonic() < until:
            time.sleep(0.02)
        mine.taken_by, mine.taken_at, mine.status = first, LATER, "taken"
        mine.save(update_fields=["taken_by", "taken_at", "status"])
    thread.join(30)
    assert [getattr(result, "code", result) for result in results] == ["hit.taken"]
    assert first.display_name in results[0].reason


def _someone_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


def test_a_hit_is_verified_once_however_often_the_button_is_pressed():
    dispatcher = make.user("dispatcher", "dispatcher")
    hit = road.checked(dispatcher)
    by = make.by(dispatcher)
    results = at_once(
        lambda: steps.verify_hit(hit_id=hit.pk, clets="confirmed", ncic="confirmed", by=by, at=LATER),
        lambda: steps.verify_hit(hit_id=hit.pk, clets="no_record", ncic="no_record", by=by, at=LATER),
    )
    assert sorted(result.code for result in results if not isinstance(result, Hit)) in (
        ["hit.step_order"],
        ["hit.not_confirmed"],
    )
    assert hit.history.filter(verified_by=dispatcher).count() == 1


def test_a_hit_given_back_while_it_is_closed_ends_in_one_of_the_two():
    dispatcher = make.user("dispatcher", "dispatcher")
    hit = road.checked(dispatcher, result="misread")
    by = make.by(dispatcher)
    results = at_once(
        lambda: steps.release_hit(hit_id=hit.pk, by=by, at=LATER),
        lambda: steps.dispose_hit(hit_id=hit.pk, disposition="misread", by=by, at=LATER),
    )
    assert sum(isinstance(result, Hit) for result in results) == 1
    hit.refresh_from_db()
    assert hit.status in ("new", "closed")


# --- matching: reads that come at the same moment, and entries that change under them ---


def post(camera, plate="0DEM123", key="", at=NOON):
    """One read of the camera, recorded; how many hits it has."""
    read = NewRead(client_key=key or uuid4().hex, plate=plate, plate_read=plate, captured_at=at)
    by = asker.device(camera.code, address="127.0.0.1")
    return record_reads(by=by, camera=camera, reads=[read], at=at + timedelta(seconds=5))[0].hits


@pytest.mark.parametrize("_round", range(4))
def test_one_car_posted_twice_at_once_is_one_hit_with_its_counter(_round):
    make.hot_plate("0DEM123")
    camera = make.camera()
    assert at_once(*(lambda s=s: post(camera, at=NOON + timedelta(seconds=s)) for s in range(4))) == [1] * 4
    assert [hit.repeats for hit in Hit.objects.all()] == [3]
    assert HitRepeat.objects.count() == 3
    topics = OutboxEvent.objects.order_by("id").values_list("topic", flat=True)
    assert list(topics) == ["hit.new", *["hit.changed"] * 3]


@pytest.mark.parametrize("_round", range(4))
def test_one_near_plate_posted_twice_at_once_is_one_possible_match_with_its_counter(_round):
    make.hot_plate("0DEM123")
    camera = make.camera()
    at_once(*(lambda s=s: post(camera, "0DEM124", at=NOON + timedelta(seconds=s)) for s in range(3)))
    assert [one.repeats for one in PossibleMatch.objects.all()] == [2]


@pytest.mark.parametrize("_round", range(3))
def test_the_first_reads_of_a_listed_plate_make_one_hot_plate_at_once(_round):
    svs = make.hot_list("SVS")
    live = taken_in(svs, "0DEM123", "0DEM124", since=NOON - timedelta(hours=1))
    cameras = [make.camera(f"CAM-{n}") for n in range(4)]
    try:
        # in other orders of plates, which must not make two posts wait for each other
        posts = [
            lambda c=c, n=n: [post(c, plate) for plate in ("0DEM123", "0DEM124")[:: 1 if n % 2 else -1]]
            for n, c in enumerate(cameras)
        ]
        assert at_once(*posts) == [[1, 1]] * 4
        assert (HotPlate.objects.count(), Hit.objects.count()) == (2, 8)
    finally:
        gone(svs, live)


def gone(hot_list, *imports):
    """Take the partitions of a test away."""
    HotList.objects.filter(pk=hot_list.pk).update(live_import=None)
    for one in imports:
        HotListImport.objects.filter(pk=one.pk).update(status="superseded", live_until=NOON)
        store.drop(one.pk)


def withdraw(entry, by):
    return withdraw_hot_plate(entry_id=entry.pk, reason="Recovered at the river", by=make.by(by), at=LATER)


def test_a_withdrawal_counts_from_its_commit():
    """A read matched while the withdrawal is open hits; one matched after its commit does not. None waits."""
    detective = make.user("detective", "detective")
    entry, camera = make.hot_plate("0DEM123"), make.camera()
    with transaction.atomic():
        HotPlate.objects.filter(pk=entry.pk).update(
            withdrawn_at=LATER, withdrawn_by=detective, withdrawn_reason="Recovered"
        )
        thread = Thread(lambda: post(camera))
        assert thread.result() == 1
    assert post(camera, at=NOON + timedelta(minutes=30)) == 0
    assert Hit.objects.count() == 1


@pytest.mark.parametrize("_round", range(4))
def test_a_read_matched_while_its_entry_is_withdrawn_hits_or_does_not_and_both_acts_are_done(_round):
    detective = make.user("detective", "detective")
    entry, camera = make.hot_plate("0DEM123"), make.camera()
    hits, done = at_once(lambda: post(camera, at=LATER), lambda: withdraw(entry, detective))
    assert isinstance(done, HotPlate)
    assert hits == Hit.objects.count() <= 1
    entry.refresh_from_db()
    assert entry.withdrawn_at == LATER
    assert not entry.near_keys.exists()
    assert set(LedgerEntry.objects.values_list("outcome", flat=True)) == {"allowed"}


@pytest.mark.parametrize("_round", range(3))
def test_a_repeat_that_comes_as_its_hit_is_closed_joins_it_or_begins_another(_round):
    dispatcher = make.user("dispatcher", "dispatcher")
    hit = road.checked(dispatcher, result="misread")
    by = make.by(dispatcher)
    hits, done = at_once(
        lambda: post(Camera.objects.get(), at=NOON + timedelta(minutes=2)),
        lambda: steps.dispose_hit(hit_id=hit.pk, disposition="misread", by=by, at=LATER),
    )
    assert hits == 1
    assert isinstance(done, Hit)
    hit.refresh_from_db()
    assert (hit.status, Hit.objects.count()) in (("closed", 1 if hit.repeats else 2),)


class Thread(threading.Thread):
    """A call in a thread of its own, and what came of it."""

    def __init__(self, call):
        super().__init__()
        self.call, self.came = call, None
        self.start()

    def run(self):
        try:
            self.came = self.call()
        finally:
            connection.close()

    def result(self):
        self.join(30)
        return self.came
