"""Whose day comes, or is past, is told once; and what waits is counted for whom it waits."""

from datetime import timedelta

import pytest

from audit.models import Finding, LedgerEntry, Notice
from audit.review import findings, marking, reminders, waiting
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db
NOON = make.NOON
DAY = timedelta(days=1)


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def captain():
    return reviewing.commander()


@pytest.fixture
def finding(captain, reviewer, detective):
    make.assignment(detective, make.division())
    query = reviewing.query(reviewing.inspection(due_on=NOON.date() + 90 * DAY), detective)
    marking.mark(query_id=query.pk, to="out", words="No such case exists", by=make.by(reviewer), at=NOON)
    return Finding.objects.get()


def keys_of(user):
    return sorted(Notice.objects.filter(recipient=user).values_list("key", flat=True))


def test_a_commander_is_reminded_before_the_day_and_once_after_it(finding, captain):
    assert reminders.remind(NOON + 10 * DAY) == 0
    assert reminders.remind(NOON + 12 * DAY) == 1
    assert reminders.remind(NOON + 13 * DAY) == 0
    assert reminders.remind(NOON + 15 * DAY) == 2  # the commander and the reviewer
    assert reminders.remind(NOON + 16 * DAY) == 0
    assert [key.rsplit("-", 1)[1] for key in keys_of(captain) if "sent" not in key] == ["late", "soon"]
    assert LedgerEntry.objects.filter(action="finding.remind").count() == 2


def test_who_answered_is_not_reminded(finding, captain):
    findings.answer(
        finding_id=finding.pk, measure="trained", words="Trained again on Monday", by=make.by(captain), at=NOON + DAY
    )
    assert reminders.remind(NOON + 30 * DAY) == 0


def test_a_finding_sent_to_nobody_is_raised_with_the_reviewers(finding, reviewer):
    Finding.objects.update(commander=None)
    assert reminders.remind(NOON + 15 * DAY) == 1
    assert f"finding-{finding.pk}-late-seen" in keys_of(reviewer)


def test_an_overdue_inspection_is_told_to_all_who_review_or_approve_once(captain, reviewer):
    late = reviewing.week(due_on=(NOON - DAY).date())
    assert reminders.remind(NOON) == 2
    assert reminders.remind(NOON + DAY) == 0
    told = Notice.objects.get(recipient=captain)
    assert told.urgent
    assert told.path == f"/inspections/{late.pk}/"


def test_on_the_day_it_is_due_nobody_is_told(reviewer):
    reviewing.week(due_on=NOON.date())
    assert reminders.remind(NOON) == 0


def test_the_menu_counts_what_waits_for_whom(finding, captain, reviewer, officer):
    reviewing.week(due_on=(NOON - DAY).date())
    assert waiting.count_inspections(reviewer, NOON) == 2
    assert waiting.waiting(reviewer, NOON).overdue == 1
    assert waiting.count_findings(captain, NOON) == 1
    assert waiting.waiting(captain, NOON + 15 * DAY).answers_late == 1
    assert waiting.count_findings(reviewer, NOON) == 0
    findings.answer(
        finding_id=finding.pk, measure="trained", words="Trained again on Monday", by=make.by(captain), at=NOON + DAY
    )
    assert waiting.count_findings(captain, NOON + DAY) == 0
    assert waiting.count_findings(reviewer, NOON + DAY) == 1
    assert waiting.count_inspections(officer, NOON) is None
    assert waiting.count_findings(officer, NOON) is None


def test_a_signed_inspection_waits_for_everyone_who_may_approve_but_its_reviewer(captain, reviewer):
    reviewing.week(reviewer=reviewer, signed_at=NOON)
    assert waiting.waiting(captain, NOON).to_approve == 1
    assert waiting.waiting(reviewer, NOON).to_approve == 0
