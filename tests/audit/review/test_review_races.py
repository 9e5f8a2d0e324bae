"""Two people at once, in real threads on the real PostgreSQL: one mark, one answer, one approval."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from audit.models import Finding, InspectedQuery, Inspection, LedgerEntry
from audit.refusals import Refused
from audit.review import findings, marking, reminders, sign_off
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db(transaction=True)
NOON = make.NOON
WRONG = "The case was closed a year before"


def at_once(*calls):
    """Run the calls at the same moment; their results, with refusals as codes."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        try:
            gate.wait(30)
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
    assert not any(thread.is_alive() for thread in threads)
    return results


def codes(results):
    return [one for one in results if isinstance(one, str)]


@pytest.fixture
def reviewers():
    return [make.user(name, "auditor", trained=False) for name in ("first", "second")]


@pytest.fixture
def query(detective):
    make.assignment(detective, make.division())
    reviewing.commander()
    return reviewing.query(reviewing.inspection(), detective)


@pytest.mark.parametrize("_round", range(3))
def test_of_two_reviewers_one_marks_and_the_other_is_told_who(_round, query, reviewers):
    results = at_once(
        *(
            lambda who=who: marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(who), at=NOON)
            for who in reviewers
        )
    )
    assert codes(results) == ["review.marked"]
    assert Finding.objects.count() == 1
    outcomes = LedgerEntry.objects.filter(action="inspection.mark").values_list("outcome", flat=True)
    assert sorted(outcomes) == ["allowed", "refused"]


@pytest.mark.parametrize("_round", range(3))
def test_of_two_approvals_one_stands(_round, query, reviewers):
    marking.mark(query_id=query.pk, to="compliant", words="", by=make.by(reviewers[0]), at=NOON)
    sign_off.sign(
        inspection_id=query.inspection_id, summary="All in order this quarter", by=make.by(reviewers[0]), at=NOON
    )
    approvers = [reviewers[1], make.user("third", "auditor", trained=False)]
    results = at_once(
        *(
            lambda who=who: sign_off.approve(inspection_id=query.inspection_id, by=make.by(who), at=NOON)
            for who in approvers
        )
    )
    assert codes(results) == ["review.state"]
    done = Inspection.objects.get()
    assert done.approver in approvers
    assert done.report_sha256


@pytest.mark.parametrize("_round", range(3))
def test_a_finding_is_answered_once(_round, query, reviewers):
    marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(reviewers[0]), at=NOON)
    finding = Finding.objects.get()
    captain, later = finding.commander, NOON + timedelta(days=1)

    def answer(measure):
        return findings.answer(
            finding_id=finding.pk, measure=measure, words=f"We chose this: {measure}", by=make.by(captain), at=later
        )

    results = at_once(lambda: answer("trained"), lambda: answer("counselled"))
    assert codes(results) == ["finding.state"]
    finding.refresh_from_db()
    assert finding.measure in finding.answer


@pytest.mark.parametrize("_round", range(3))
def test_nothing_is_marked_under_a_signature_that_is_being_put(_round, query, reviewers):
    """Whoever is first: a signed inspection has no mark that was made after its signature."""
    first, second = reviewers
    marking.mark(query_id=query.pk, to="compliant", words="", by=make.by(first), at=NOON)
    results = at_once(
        lambda: sign_off.sign(
            inspection_id=query.inspection_id, summary="All in order now", by=make.by(second), at=NOON
        ),
        lambda: marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(first), at=NOON),
    )
    signed_first = codes(results) == ["review.state"]
    assert signed_first == (InspectedQuery.objects.get().mark == "compliant")
    assert Inspection.objects.get().signed_at == NOON


def test_two_workers_remind_once(query, reviewers):
    marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(reviewers[0]), at=NOON)
    late = NOON + timedelta(days=15)
    at_once(lambda: reminders.remind(late), lambda: reminders.remind(late))
    keys = list(Finding.objects.get().commander.notices.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) == 3  # sent, late, and the inspection that is late
