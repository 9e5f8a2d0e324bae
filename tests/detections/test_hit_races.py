"""Two people at once, in real threads on the real PostgreSQL."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

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


def test_of_two_dispatchers_one_has_it_and_the_other_is_told_who():
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
