"""Doors of holds and purges: from ticked reads to a hold, and the custodian's and auditor's page."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import User
from detections.models import HeldRead, Hold, PurgeApproval
from detections.read_choice import choose, chosen
from detections.retention.purge import purge_expired
from tests import make
from tests.detections.searching import approval, last_entry


@pytest.fixture
def custodian(db: None) -> User:
    return make.user("custodian", "custodian", trained=False)


def terms(**fields: object) -> dict:
    review = timezone.localdate() + timedelta(days=60)
    defaults = {
        "case_number": "26-123456",
        "kind": "evidence",
        "proceeding": "criminal",
        "reason": "Evidence in the Elm Street case",
        "review_on": review.isoformat(),
    }
    return defaults | fields


def test_ticked_reads_lead_to_the_form_and_then_to_a_hold(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    client = signed_in(detective)
    page = client.post("/holds/new/", {"read": [choose(read.ref)], "from_case": "26-123456"})
    text = page.content.decode()
    assert "Hold 1 read" in text
    assert 'value="26-123456"' in text
    assert "0DEM123" not in text
    assert not Hold.objects.exists()
    done = client.post("/holds/new/", terms(read=[choose(read.ref)]))
    assert (done.status_code, done["Location"]) == (302, "/holds/")
    assert HeldRead.objects.get().detection == read
    assert "26-123456" in client.get("/holds/").content.decode()


def test_a_refused_hold_keeps_what_was_typed(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    page = signed_in(detective).post("/holds/new/", terms(read=[choose(read.ref)], reason="because"))
    text = page.content.decode()
    assert page.status_code == 403
    assert "hold.reason" in text
    carried = page.context["choices"]
    assert chosen(carried) == [read.ref]
    assert f'value="{carried[0]}"' in text


@pytest.mark.parametrize("fields", [{"review_on": "soon"}, {"kind": "whim"}, {"proceeding": ""}])
def test_what_is_no_hold_comes_back_as_an_error(detective: User, signed_in, fields: dict) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    assert signed_in(detective).post("/holds/new/", terms(read=[choose(read.ref)], **fields)).status_code == 422


def test_what_is_no_id_of_a_read_is_a_bad_request(detective: User, signed_in) -> None:
    assert signed_in(detective).post("/holds/new/", terms(read=["x"])).status_code == 400


def test_one_asks_and_another_lifts(detective: User, custodian: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    first, second = signed_in(detective), signed_in(custodian)
    first.post("/holds/new/", terms(read=[choose(read.ref)]))
    hold = Hold.objects.get()
    assert first.post(f"/holds/{hold.pk}/request-lift/", {"reason": "The trial is over"}).status_code == 302
    assert first.post(f"/holds/{hold.pk}/lift/").status_code == 403
    assert "lift asked for" in second.get("/holds/").content.decode()
    assert second.post(f"/holds/{hold.pk}/lift/").status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_by == custodian
    assert "lifted" in second.get("/holds/").content.decode()


@pytest.mark.parametrize("door", ["request-lift", "lift"])
def test_a_hold_that_is_not_there_is_not_found(detective: User, signed_in, door: str) -> None:
    assert signed_in(detective).post(f"/holds/{uuid4()}/{door}/", {"reason": "over and done with"}).status_code == 404


@pytest.mark.parametrize("person", ["officer", "dispatcher", "auditor", "outsider"])
def test_who_may_not_hold_sees_no_holds(person: str, signed_in, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(person)).get("/holds/").status_code == 403
    assert (last_entry().action, last_entry().rule_code) == (Action.HOLD_LIST, "access.role")


def test_the_purges_page_says_what_the_next_run_would_do(custodian: User, auditor: User, signed_in) -> None:
    make.detection(at=timezone.now() - timedelta(days=800))
    for person in (custodian, auditor):
        text = signed_in(person).get("/purges/").content.decode()
        assert "retention.approval_missing" in text
        assert "reads past their ceiling now" in text
        assert "0DEM123" not in text
        assert last_entry().action == Action.PURGE_LIST


def test_the_custodian_approves_and_the_night_purges(custodian: User, signed_in) -> None:
    make.detection(at=timezone.now() - timedelta(days=800))
    client = signed_in(custodian)
    assert client.post("/purges/approve/", {"kind": "custodian", "note": ""}).status_code == 302
    given = PurgeApproval.objects.get()
    assert given.valid_until - given.approved_at == timedelta(days=7)
    certificate = purge_expired(at=timezone.now())
    assert certificate.reads_destroyed == 1
    text = client.get("/purges/").content.decode()
    assert certificate.root in text
    assert "Approvals in force" in text


def test_council_and_attorney_are_filed_with_their_paper(custodian: User) -> None:
    from audit.refusals import Refused
    from detections.retention.approvals import approve

    with pytest.raises(Refused) as caught:
        approve(by=make.by(custodian), at=make.NOON, kind="council_and_attorney", note="")
    assert caught.value.refusal.code == last_entry().rule_code == "retention.resolution_missing"
    note = "Resolution 2026-14, consent of the city attorney of June 2"
    assert approve(by=make.by(custodian), at=make.NOON, kind="council_and_attorney", note=note).note == note
    with pytest.raises(ValueError, match="no such approval"):
        approve(by=make.by(custodian), at=make.NOON, kind="chief", note=note)


@pytest.mark.parametrize("person", ["auditor", "detective", "administrator"])
def test_nobody_else_approves(person: str, signed_in, request: pytest.FixtureRequest) -> None:
    answer = signed_in(request.getfixturevalue(person)).post("/purges/approve/", {"kind": "custodian", "note": ""})
    assert answer.status_code == 403
    assert not PurgeApproval.objects.exists()
    assert (last_entry().action, last_entry().rule_code) == (Action.PURGE_APPROVE, "access.role")


def test_the_auditor_sees_no_button(auditor: User, custodian: User, signed_in) -> None:
    approval(custodian, at=timezone.now())
    text = signed_in(auditor).get("/purges/").content.decode()
    assert "Approve the next" not in text
    assert "Approved." in text


@pytest.mark.parametrize("address", ["/holds/", "/holds/new/", "/purges/"])
def test_without_a_sign_in_there_is_nothing(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 302
