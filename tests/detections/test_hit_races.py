"""Two people at once, in real threads on the real PostgreSQL."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.hits import steps
from detections.models import Hit
from tests import make
from tests.detections import road

pytestmark = pytest.mark.django_db(transaction=True)
LATER = road.NOON + timedelta(minutes=5)


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
