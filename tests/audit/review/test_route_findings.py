"""A finding goes to the commander of the employee's division on the day of the query; any other address says why."""

from datetime import timedelta

import pytest

from audit.models import DivisionCommand, Finding, LedgerEntry, Notice
from audit.refusals import Refused
from audit.review import findings, marking
from tests import make
from tests.audit.review import reviewing
from tests.detections.searching import elk_grove

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


def found(query, by, to="out") -> Finding:
    marking.mark(query_id=query.pk, to=to, words=WRONG, by=make.by(by), at=NOON)
    return Finding.objects.get(query=query)


def test_out_of_compliance_goes_to_the_commander_of_that_day_with_a_clock(query, reviewer):
    captain = reviewing.commander()
    finding = found(query, reviewer)
    assert (finding.commander, finding.kind, str(finding.division)) == (captain, "query", "Investigations")
    assert finding.routed_why == "Commander of Investigations on the day of the query."
    assert finding.due_at == NOON + timedelta(days=14)
    told = Notice.objects.get(recipient=captain)
    assert told.path == f"/findings/{finding.pk}/"
    assert "0DEM" not in told.words
    record = LedgerEntry.objects.select_related("clear").get(action="inspection.mark")
    assert str(finding.pk) in record.clear.detail


def test_it_goes_there_whoever_commands_today(query, reviewer):
    then = reviewing.commander("then", ends_at=query.at + timedelta(days=30))
    reviewing.commander("now", starts_at=query.at + timedelta(days=30))
    assert found(query, reviewer).commander == then


def test_the_person_of_that_day_counts_though_they_changed_division(query, reviewer, detective):
    captain = reviewing.commander()
    row = detective.assignments.get()
    row.ends_at = query.at + timedelta(days=1)
    row.save()
    reviewing.commander("patrol", of="Patrol")
    make.DivisionAssignment.objects.create(user=detective, division=make.division("Patrol"), starts_at=row.ends_at)
    assert found(query, reviewer).commander == captain


def test_of_a_commander_who_left_it_goes_to_todays_and_says_so(query, reviewer):
    then = reviewing.commander("then", ends_at=query.at + timedelta(days=30))
    then.is_active = False
    then.save()
    now = reviewing.commander("now", starts_at=query.at + timedelta(days=30))
    finding = found(query, reviewer)
    assert finding.commander == now
    assert "may not answer findings now; commander of Investigations today" in finding.routed_why


def test_a_commanders_own_query_goes_to_their_supervisor(reviewer):
    captain, chief = reviewing.commander(), make.user("chief", "commander", trained=False)
    make.assignment(captain, make.division())
    reviewing.supervises(chief, captain)
    finding = found(reviewing.query(reviewing.inspection(), captain), reviewer)
    assert finding.commander == chief
    assert "is whom it is about; supervisor of captain" in finding.routed_why


def test_or_to_another_commander(reviewer):
    captain, other = reviewing.commander(), reviewing.commander("patrol", of="Patrol")
    make.assignment(captain, make.division())
    finding = found(reviewing.query(reviewing.inspection(), captain), reviewer)
    assert finding.commander == other
    assert finding.routed_why.endswith("another commander.")


def test_without_anybody_it_is_sent_to_nobody_and_says_so(query, reviewer):
    finding = found(query, reviewer)
    assert finding.commander is None
    assert finding.routed_why.endswith("nobody else may answer findings.")


def test_who_raised_it_does_not_answer_it(query):
    both = make.user("both", "auditor", "commander", trained=False)
    DivisionCommand.objects.create(division=make.division(), commander=both, starts_at=NOON - timedelta(minutes=1))
    query.employee.assignments.all().delete()
    other = reviewing.commander("patrol", of="Patrol")
    assert found(query, both).commander == other


def test_a_designee_gets_it_where_the_policy_says_so(query, reviewer):
    elk_grove()
    reviewing.commander()
    designee = make.user("designee", "commander", trained=False, first_name="Lee", last_name="Tenant")
    make_designee("Lee Tenant")
    finding = found(query, reviewer)
    assert finding.commander == designee
    assert finding.routed_why == "Designee who oversees the operation."


def test_a_designee_without_account_is_named_and_the_commander_gets_it(query, reviewer):
    elk_grove()
    captain = reviewing.commander()
    finding = found(query, reviewer)
    assert finding.commander == captain
    assert finding.routed_why.startswith("No designee")


def test_a_query_that_needs_explanation_goes_there_too(query, reviewer):
    captain = reviewing.commander()
    finding = found(query, reviewer, "explain")
    assert (finding.commander, finding.kind) == (captain, "explanation")


def test_it_is_sent_on_with_words_and_both_are_told(query, reviewer):
    captain, other = reviewing.commander(), reviewing.commander("patrol", of="Patrol")
    finding = found(query, reviewer)
    due = finding.due_at
    words = "The captain is on leave until May"
    findings.send_on(finding_id=finding.pk, to=other.pk, words=words, by=make.by(reviewer), at=NOON)
    finding.refresh_from_db()
    assert (finding.commander, finding.due_at) == (other, due)
    assert words in finding.routed_why
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {captain.username, other.username}
    assert LedgerEntry.objects.get(action="finding.route").outcome == "allowed"


def test_it_is_not_sent_on_without_words_nor_to_one_who_may_not_answer(query, reviewer, officer):
    captain = reviewing.commander()
    finding = found(query, reviewer)
    with pytest.raises(Refused) as caught:
        findings.send_on(finding_id=finding.pk, to=captain.pk, words="", by=make.by(reviewer), at=NOON)
    assert caught.value.refusal.code == "finding.words"
    with pytest.raises(officer.DoesNotExist):
        findings.send_on(
            finding_id=finding.pk, to=officer.pk, words="He knows more of it", by=make.by(reviewer), at=NOON
        )


def make_designee(name: str) -> None:
    from audit.models import Designation

    Designation.objects.create(kind="designee", name=name, title="Lieutenant", starts_at=make.LONG_AGO)
