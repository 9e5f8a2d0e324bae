"""A hold needs a case, a ground of the policy, words and a day of review; two people lift it."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.actions import Action, Outcome
from audit.models import User
from audit.refusals import Refused
from detections.models import HeldRead, Hold, ReadRef
from detections.retention.hold_pages import list_holds
from detections.retention.holds import HoldTerms, lift, place_hold, request_lift
from tests import make
from tests.detections.searching import elk_grove, last_entry

NOON = make.NOON
TODAY = NOON.date()
TERMS = HoldTerms(
    case_number="26-123456",
    kind="evidence",
    proceeding="criminal",
    reason="Evidence in the Elm Street case",
    review_on=TODAY + timedelta(days=90),
)

BELIEF = "The victim has said that she will sue the towing company"


@pytest.fixture
def custodian(db: None) -> User:
    return make.user("custodian", "custodian", trained=False)


def place(by: User, **fields: object) -> Hold:
    return place_hold(by=make.by(by), at=NOON, reads=[make.detection().ref], terms=replace(TERMS, **fields))


def code_of(caught: pytest.ExceptionInfo[Refused]) -> str:
    """The refusal's code, which the ledger's last record has too."""
    entry = last_entry()
    assert (entry.outcome, entry.rule_code) == (Outcome.REFUSED, caught.value.refusal.code)
    assert entry.index == caught.value.record_index
    return caught.value.refusal.code


def test_a_hold_keeps_its_reads_and_is_on_record(detective: User) -> None:
    reads = [make.detection(at=NOON - timedelta(hours=hours)) for hours in (1, 2)]
    hold = place_hold(by=make.by(detective), at=NOON, reads=[read.ref for read in reads], terms=TERMS)
    assert {held.detection_id for held in hold.held_reads.all()} == {read.pk for read in reads}
    assert {(held.plate, held.captured_at) for held in hold.held_reads.all()} == {
        (read.plate, read.captured_at) for read in reads
    }
    entry = last_entry()
    assert (entry.action, entry.outcome, entry.result_count) == (Action.HOLD_PLACE, Outcome.ALLOWED, 2)
    assert (entry.subject_id, entry.clear.case_number) == (str(hold.pk), "26-123456")
    assert json.loads(entry.clear.detail)["reads"] == sorted(str(read.pk) for read in reads)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"case_number": ""}, "hold.case"),
        ({"case_number": "the Elm case"}, "query.case_form"),
        ({"reason": "evidence"}, "hold.reason"),
        ({"kind": "anticipated"}, "hold.trigger"),
        ({"kind": "discovery"}, "hold.trigger"),
        ({"review_on": TODAY}, "hold.review_date"),
        ({"review_on": TODAY + timedelta(days=367)}, "hold.review_date"),
    ],
)
def test_a_hold_that_the_policy_does_not_know_is_refused(detective: User, fields: dict, code: str) -> None:
    with pytest.raises(Refused) as caught:
        place(detective, **fields)
    assert code_of(caught) == code
    assert not Hold.objects.exists()


@pytest.mark.parametrize(("kind", "proceeding"), [("anticipated", "criminal"), ("discovery", "civil")])
def test_elk_grove_holds_what_may_become_evidence(detective: User, kind: str, proceeding: str) -> None:
    elk_grove()
    assert place(detective, kind=kind, proceeding=proceeding, belief=BELIEF).pk


def test_elk_grove_knows_no_administrative_ground(detective: User) -> None:
    elk_grove()
    with pytest.raises(Refused) as caught:
        place(detective, proceeding="administrative")
    assert code_of(caught) == "hold.trigger"
    assert caught.value.refusal.citation.section == "462.4"


@pytest.mark.parametrize("count", [0, 1, 1001])
def test_a_hold_on_nothing_on_what_is_gone_or_on_too_much_is_refused(detective: User, count: int) -> None:
    gone = [ReadRef(uuid4(), 1, NOON) for _ in range(count)]
    with pytest.raises(Refused) as caught:
        place_hold(by=make.by(detective), at=NOON, reads=gone, terms=TERMS)
    assert code_of(caught) == "hold.reads"


def test_a_hold_does_not_bring_back_what_is_past_its_ceiling(detective: User) -> None:
    read = make.detection(at=NOON - timedelta(days=800))
    with pytest.raises(Refused) as caught:
        place_hold(by=make.by(detective), at=NOON, reads=[read.ref], terms=TERMS)
    assert code_of(caught) == "hold.reads"
    assert not HeldRead.objects.exists()


@pytest.mark.parametrize("person", ["officer", "dispatcher", "auditor", "clerk"])
def test_who_may_not_hold_is_refused(person: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Refused) as caught:
        place(request.getfixturevalue(person))
    assert code_of(caught) == "access.role"


def test_two_people_lift_a_hold(detective: User, custodian: User) -> None:
    hold = place(detective)
    later = NOON + timedelta(days=1)
    with pytest.raises(Refused) as unasked:
        lift(by=make.by(custodian), at=later, hold_id=hold.pk)
    assert code_of(unasked) == "hold.two_people"
    request_lift(by=make.by(custodian), at=later, hold_id=hold.pk, reason="The trial is over")
    assert (last_entry().action, last_entry().clear.reason) == (Action.HOLD_REQUEST_LIFT, "The trial is over")
    with pytest.raises(Refused) as alone:
        lift(by=make.by(custodian), at=later, hold_id=hold.pk)
    assert code_of(alone) == "hold.two_people"
    lifted = lift(by=make.by(detective), at=later, hold_id=hold.pk)
    assert (lifted.lifted_by, lifted.lifted_at) == (detective, later)
    assert (last_entry().action, last_entry().subject_id) == (Action.HOLD_LIFT, str(hold.pk))


def test_a_hold_is_not_lifted_or_asked_for_twice(detective: User, custodian: User) -> None:
    hold = place(detective)
    request_lift(by=make.by(custodian), at=NOON, hold_id=hold.pk, reason="The trial is over")
    with pytest.raises(Refused) as asked_twice:
        request_lift(by=make.by(detective), at=NOON, hold_id=hold.pk, reason="The trial is over")
    assert code_of(asked_twice) == "hold.state"
    lift(by=make.by(detective), at=NOON, hold_id=hold.pk)
    for again in (
        lambda: lift(by=make.by(detective), at=NOON, hold_id=hold.pk),
        lambda: request_lift(by=make.by(custodian), at=NOON, hold_id=hold.pk, reason="The trial is over"),
    ):
        with pytest.raises(Refused) as caught:
            again()
        assert code_of(caught) == "hold.state"


def test_a_lift_without_words_is_refused(detective: User) -> None:
    with pytest.raises(Refused) as caught:
        request_lift(by=make.by(detective), at=NOON, hold_id=place(detective).pk, reason="over")
    assert code_of(caught) == "hold.reason"


def test_the_table_itself_knows_the_rule_of_two(detective: User) -> None:
    hold = place(detective)
    hold.lift_requested_by = hold.lifted_by = detective
    hold.lift_requested_at = hold.lifted_at = NOON
    with pytest.raises(IntegrityError, match="hold_lifted_by_two_people"), transaction.atomic():
        hold.save()


def test_the_list_of_holds_is_a_look(detective: User) -> None:
    hold = place(detective)
    listed = list_holds(by=make.by(detective), at=NOON)
    assert [(row.pk, row.reads) for row in listed] == [(hold.pk, 1)]
    assert (last_entry().action, last_entry().result_count) == (Action.HOLD_LIST, 1)


def test_a_second_account_of_who_asked_does_not_lift(detective: User, custodian: User) -> None:
    hold = place(detective)
    User.objects.filter(pk__in=[detective.pk, custodian.pk]).update(employee_number="E-17")
    request_lift(by=make.by(custodian), at=NOON, hold_id=hold.pk, reason="The trial is over")
    with pytest.raises(Refused) as alone:
        lift(by=make.by(User.objects.get(pk=detective.pk)), at=NOON, hold_id=hold.pk)
    assert code_of(alone) == "hold.two_people"
