"""Two people who decide about one possible match at once: one decides, the other is told who (real threads)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from audit.refusals import Refused
from detections.hits.possible import decide_possible
from detections.models import Hit, PlateCorrection, PossibleMatch
from tests import make
from tests.detections.possible import NOON, look, possible

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(minutes=5)


def at_once(match, first, second):
    """Both decide at the same moment; what each was answered: "done", or the refusal."""
    ready = Barrier(2)

    def go(person, outcome):
        try:
            ready.wait(10)
            decide_possible(possible_id=match.pk, outcome=outcome, by=make.by(person), at=LATER)
            return "done"
        except Refused as refused:
            return refused.refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return [task.result(30) for task in [pool.submit(go, *first), pool.submit(go, *second)]]


@pytest.mark.parametrize("round_", range(3))
def test_one_of_two_decides_and_the_other_is_told_who(dispatcher, officer, round_):
    match = possible()
    look(match, dispatcher)
    look(match, officer)
    answers = at_once(match, (dispatcher, "dismissed"), (officer, "dismissed"))
    (told,) = [answer for answer in answers if answer != "done"]
    match.refresh_from_db()
    assert told.code == "possible_match.decided"
    assert str(match.decided_by) in told.reason


@pytest.mark.parametrize("round_", range(3))
def test_two_who_say_the_same_correct_the_read_once_and_make_one_hit(dispatcher, officer, round_):
    match = possible()
    look(match, dispatcher)
    look(match, officer)
    answers = at_once(match, (dispatcher, "same"), (officer, "same"))
    assert sorted(answer if answer == "done" else answer.code for answer in answers) == [
        "done",
        "possible_match.decided",
    ]
    assert (PlateCorrection.objects.count(), Hit.objects.count()) == (1, 1)
    assert PossibleMatch.objects.get().status == "same"
