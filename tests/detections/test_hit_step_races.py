"""Steps and the clockwork at once, in real threads on the real PostgreSQL."""

from datetime import timedelta

import pytest

from audit import asker
from audit.models import LedgerEntry, Notice
from detections.hits import escalation, steps
from detections.models import Hit
from tests import make
from tests.detections import road
from tests.detections.test_hit_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = road.NOON + timedelta(minutes=5)


@pytest.mark.parametrize("_round", range(3))
def test_a_hit_given_back_while_it_is_verified_ends_in_one_of_the_two(_round):
    """Verified first, it is given back as verified; given back first, nobody verifies what nobody has."""
    dispatcher = make.user("dispatcher", "dispatcher")
    hit, by = road.checked(dispatcher), make.by(dispatcher)
    results = at_once(
        lambda: steps.verify_hit(hit_id=hit.pk, clets="confirmed", ncic="confirmed", by=by, at=LATER),
        lambda: steps.release_hit(hit_id=hit.pk, by=by, at=LATER),
    )
    hit.refresh_from_db()
    refusals = [result.code for result in results if not isinstance(result, Hit)]
    assert (hit.status, hit.taken_by) == ("new", None)
    assert refusals == ([] if hit.verified_at else ["hit.step_order"])
    again = steps.take_hit(hit_id=hit.pk, by=by, at=LATER)
    assert again.status == ("verified" if hit.verified_at else "checked")


@pytest.mark.parametrize("_round", range(3))
def test_two_clocks_escalate_a_hit_once_and_tell_once(_round):
    dispatcher = make.user("dispatcher", "dispatcher")
    hit = road.hit()
    clock = asker.system("escalate hits")
    results = at_once(*(lambda: escalation.escalate_hits(at=LATER, by=clock) for _ in range(2)))
    assert sum(results) == 1
    assert Notice.objects.filter(recipient=dispatcher).count() == 1
    hit.refresh_from_db()
    assert hit.escalated_at == LATER
    assert hit.history.exclude(escalated_at=None).count() == 1


def test_a_hit_taken_while_it_is_escalated_keeps_both():
    dispatcher = make.user("dispatcher", "dispatcher")
    hit = road.hit()
    clock, by = asker.system("escalate hits"), make.by(dispatcher)
    at_once(
        lambda: escalation.escalate_hits(at=LATER, by=clock),
        lambda: steps.take_hit(hit_id=hit.pk, by=by, at=LATER),
    )
    escalation.escalate_hits(at=LATER, by=clock)
    hit.refresh_from_db()
    assert (hit.status, hit.taken_by, hit.escalated_at) == ("taken", dispatcher, LATER)


def test_one_who_closes_and_one_who_broadcasts_never_leave_a_closed_hit_changed():
    dispatcher = make.user("dispatcher", "dispatcher")
    hit, by = road.broadcast(dispatcher), make.by(dispatcher)
    results = at_once(
        lambda: steps.dispose_hit(hit_id=hit.pk, disposition="not_located", by=by, at=LATER),
        lambda: steps.record_broadcast(hit_id=hit.pk, **(road.DETAILS | {"direction": "south"}), by=by, at=LATER),
    )
    hit.refresh_from_db()
    assert hit.status == "closed"
    refusals = [result.code for result in results if getattr(result, "code", "")]
    assert refusals == ([] if hit.direction == "south" else ["hit.closed"])
    records = LedgerEntry.objects.about("hit", str(hit.pk)).filter(at=LATER, outcome="allowed").order_by("index")
    assert records.last().action == "hit.dispose"
