"""Two people draw at once, in real threads on the real PostgreSQL: there is one sample."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from audit.models import InspectedQuery, Inspection, LedgerEntry
from audit.refusals import Refused
from audit.review.draw import draw
from audit.review.periods import open_due
from tests import make
from tests.audit.review import past
from tests.audit.review.drawing import LATER, START, inspection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("papers")]


def at_once(*calls):
    barrier, results = threading.Barrier(len(calls), timeout=30), [None] * len(calls)

    def run(number, call):
        try:
            barrier.wait()
            results[number] = call()
        except Refused as refused:
            results[number] = refused.refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


@pytest.mark.parametrize("_round", range(2))
def test_of_two_who_draw_at_once_one_does(_round):
    officer = make.user("officer", "officer")
    people = [make.user(name, "alpr_administrator") for name in ("first",)] + [make.user("second", "auditor")]
    for n in range(30):
        past.search(officer, START + timedelta(hours=n), f"0DEM{n:03}")
    past.checkpoint(LATER)
    one = inspection()
    results = at_once(*(lambda who=who: draw(one.pk, by=make.by(who), at=LATER) for who in people))
    assert sorted(isinstance(result, Inspection) for result in results) == [False, True]
    assert "review.drawn" in results
    one.refresh_from_db()
    assert InspectedQuery.objects.filter(inspection=one, sampled=True).count() == 10
    assert sorted(LedgerEntry.objects.filter(action="inspection.draw").values_list("outcome", flat=True)) == [
        "allowed",
        "refused",
    ]


def test_inspections_that_two_open_at_once_are_opened_once():
    past.search(make.user("officer", "officer"), START - timedelta(days=200))
    made = at_once(lambda: open_due(LATER), lambda: open_due(LATER))
    assert sum(map(len, made)) == Inspection.objects.count() > 5
