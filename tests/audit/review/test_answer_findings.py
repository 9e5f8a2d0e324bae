"""A finding is answered once by whom it was sent to, and closed by another person who reviews."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import Finding, LedgerEntry
from audit.refusals import Refused
from audit.review import findings, marking
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db
NOON = make.NOON
WORDS = "Spoke with the detective and trained them again"


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def captain():
    return reviewing.commander()


@pytest.fixture
def finding(captain, reviewer, detective):
    make.assignment(detective, make.division())
    query = reviewing.query(reviewing.inspection(), detective)
    marking.mark(query_id=query.pk, to="out", words="No such case exists", by=make.by(reviewer), at=NOON)
    return Finding.objects.get()


def answered(finding, by, words=WORDS, measure="trained", at=NOON + timedelta(days=1)):
    return findings.answer(finding_id=finding.pk, measure=measure, words=words, by=make.by(by), at=at)


def closed(finding, by, words="Training record seen and filed"):
    return findings.close(finding_id=finding.pk, words=words, by=make.by(by), at=NOON + timedelta(days=2))


def code_of(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.refusal.code


def test_the_commander_answers_with_a_measure_and_a_reviewer_closes(finding, captain, reviewer):
    answered(finding, captain)
    closed(finding, reviewer)
    finding.refresh_from_db()
    assert (finding.measure, finding.answered_by, finding.closed_by) == ("trained", captain, reviewer)
    acts = LedgerEntry.objects.filter(action__in=["finding.answer", "finding.close"]).values_list("outcome", flat=True)
    assert list(acts) == ["allowed", "allowed"]


def test_no_other_commander_answers(finding):
    other = make.user("other", "commander", trained=False)
    assert code_of(answered, finding, other) == "finding.not_yours"


def test_nobody_answers_about_themselves(finding, captain, detective):
    make.RoleGrant.objects.create(user=detective, role="commander", starts_at=make.LONG_AGO)
    Finding.objects.update(commander=detective)
    assert code_of(answered, finding, detective) == "finding.about_you"
    with pytest.raises(IntegrityError, match="nobody_answers_for_themselves"), transaction.atomic():
        reviewing.run_sql("UPDATE audit_finding SET answered_by_id = employee_id, answered_at = now()")


def test_nobody_closes_a_finding_about_themselves(finding, captain, detective):
    make.RoleGrant.objects.create(user=detective, role="auditor", starts_at=make.LONG_AGO)
    answered(finding, captain)
    assert code_of(closed, finding, detective) == "finding.about_you"


def test_an_answer_says_something(finding, captain):
    assert code_of(answered, finding, captain, words="ok") == "finding.words"


def test_an_answer_is_given_once(finding, captain):
    answered(finding, captain)
    assert code_of(answered, finding, captain) == "finding.state"


def test_what_is_not_answered_is_not_closed(finding, reviewer):
    assert code_of(closed, finding, reviewer) == "finding.state"
    with pytest.raises(IntegrityError, match="finding_answered_before_closed"), transaction.atomic():
        reviewing.run_sql("UPDATE audit_finding SET closed_at = now()")


def test_who_answered_does_not_close(finding, captain):
    make.RoleGrant.objects.create(user=captain, role="auditor", starts_at=make.LONG_AGO)
    answered(finding, captain)
    assert code_of(closed, finding, captain) == "finding.two_people"


def test_it_is_closed_once(finding, captain, reviewer):
    answered(finding, captain)
    closed(finding, reviewer)
    assert code_of(closed, finding, reviewer) == "finding.state"


def test_a_measure_is_one_of_the_list_for_its_kind(finding, captain):
    for measure in ("forgiven", "account_matched"):
        with pytest.raises(ValueError, match="no such measure"):
            answered(finding, captain, measure=measure)


def test_an_answer_after_its_day_is_taken_and_said_to_be_late(finding, captain):
    answered(finding, captain, at=NOON + timedelta(days=20))
    record = LedgerEntry.objects.select_related("clear").get(action="finding.answer")
    assert '"late": true' in record.clear.detail
