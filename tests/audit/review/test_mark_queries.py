"""A mark is made once, with words where somebody must answer, and never by who asked or who leads them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import Finding, InspectedQuery, LedgerEntry, Notice
from audit.refusals import Refused
from audit.review import marking
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db
NOON = make.NOON
WRONG = "The case was closed a year before"


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def query(detective):
    make.assignment(detective, make.division())
    return reviewing.query(reviewing.inspection(), detective)


def marked(query, by, to="compliant", words="", at=NOON):
    return marking.mark(query_id=query.pk, to=to, words=words, by=make.by(by), at=at)


def refusal(query, by, to="compliant", words="", at=NOON):
    with pytest.raises(Refused) as caught:
        marked(query, by, to, words, at)
    return caught.value


def test_a_mark_is_kept_with_who_and_when_and_on_record(query, reviewer):
    marked(query, reviewer)
    query.refresh_from_db()
    assert (query.mark, query.reviewer, query.marked_at) == ("compliant", reviewer, NOON)
    record = LedgerEntry.objects.get(action="inspection.mark")
    assert (record.outcome, record.subject_id) == ("allowed", str(query.pk))
    assert not Finding.objects.exists()


def test_nobody_marks_a_query_of_their_own(query, detective):
    make.RoleGrant.objects.create(user=detective, role="auditor", starts_at=make.LONG_AGO)
    refused = refusal(query, detective)
    assert refused.refusal.code == "review.own_query"
    assert refused.record_index is not None


def test_nor_under_another_account_of_theirs(query, detective):
    detective.employee_number = "E-77"
    detective.save()
    other = make.user("other", "auditor", trained=False, employee_number="e-77")
    assert refusal(query, other).refusal.code == "review.own_query"


def test_the_database_keeps_own_queries_from_being_marked_too(query, detective):
    with pytest.raises(IntegrityError, match="nobody_reviews_their_own_query"), transaction.atomic():
        reviewing.run_sql(
            "UPDATE audit_inspectedquery SET reviewer_id = employee_id, mark = 'compliant', marked_at = now()"
        )


def test_who_supervises_the_person_now_does_not_mark(query, reviewer, detective):
    reviewing.supervises(reviewer, detective, starts_at=NOON - timedelta(days=1))
    assert refusal(query, reviewer).refusal.code == "review.supervised"


def test_nor_who_supervised_them_when_it_was_asked(query, reviewer, detective):
    reviewing.supervises(reviewer, detective, ends_at=query.at + timedelta(days=1))
    assert refusal(query, reviewer).refusal.code == "review.supervised"


def test_who_supervised_them_before_that_may(query, reviewer, detective):
    reviewing.supervises(reviewer, detective, ends_at=query.at - timedelta(days=1))
    assert marked(query, reviewer).mark == "compliant"


@pytest.mark.parametrize("to", ["explain", "out"])
@pytest.mark.parametrize("words", ["", "  ", "two words"])
def test_what_somebody_must_answer_needs_words(query, reviewer, to, words):
    assert refusal(query, reviewer, to, words).refusal.code == "review.words"


def test_a_query_marked_by_another_stays_so(query, reviewer):
    marked(query, reviewer)
    second = make.user("second", "auditor", trained=False)
    said = refusal(query, second).refusal
    assert said.code == "review.marked"
    assert reviewer.display_name in said.reason


def test_a_reviewer_may_change_their_mind_until_a_finding_is_sent(query, reviewer):
    reviewing.commander()
    marked(query, reviewer)
    marked(query, reviewer, "out", WRONG)
    assert refusal(query, reviewer).refusal.code == "review.marked"


def test_no_mark_after_the_signature(query, reviewer):
    query.inspection.reviewer, query.inspection.signed_at = reviewer, NOON
    query.inspection.save()
    assert refusal(query, reviewer).refusal.code == "review.state"


def test_only_reviewers_mark(query, officer):
    assert refusal(query, officer).refusal.code == "access.role"


def test_an_unknown_mark_is_an_error(query, reviewer):
    with pytest.raises(ValueError, match="no such mark"):
        marked(query, reviewer, "fine")


def test_what_may_not_be_marked_is_handed_to_the_other_reviewers(query, reviewer, detective):
    reviewing.supervises(reviewer, detective)
    other = make.user("other", "auditor", trained=False)
    count = marking.hand_over(inspection_id=query.inspection_id, by=make.by(reviewer), at=NOON)
    assert count == 1
    told = Notice.objects.get()
    assert (told.recipient, told.path) == (other, f"/inspections/{query.inspection_id}/?show=open")
    assert InspectedQuery.objects.get().mark == ""


def test_nothing_to_hand_over_tells_nobody(query, reviewer):
    assert marking.hand_over(inspection_id=query.inspection_id, by=make.by(reviewer), at=NOON) == 0
    assert not Notice.objects.exists()
