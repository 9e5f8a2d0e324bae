"""Doors of purges: the custodian's and the auditor's page of single expired reads."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import User
from audit.refusals import Refused
from detections.models import PurgeApproval
from detections.retention.approvals import approve
from detections.retention.purge import purge_expired
from tests import make
from tests.detections.searching import approval, last_entry


@pytest.fixture
def custodian(db: None) -> User:
    return make.user("custodian", "custodian", trained=False)


def test_the_purges_page_says_what_the_next_run_would_do(custodian: User, auditor: User, signed_in) -> None:
    make.detection(at=timezone.now() - timedelta(days=800))
    for person in (custodian, auditor):
        text = signed_in(person).get("/purges/").content.decode()
        assert "retention.approval_missing" in text
        assert "Single expired reads" in text
        assert "2 years" in text
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
    assert f"{given.get_kind_display()}: {custodian.display_name}" in text
    assert "Approved." in text


def test_council_and_attorney_are_filed_with_their_paper(custodian: User) -> None:
    with pytest.raises(Refused) as caught:
        approve(by=make.by(custodian), at=make.NOON, kind="council_and_attorney", note="")
    assert caught.value.refusal.code == last_entry().rule_code == "retention.resolution_missing"
    note, consent = "Resolution 2026-14 of June 1", "Consent of the city attorney of June 2"
    given = approve(by=make.by(custodian), at=make.NOON, kind="council_and_attorney", note=note, consent=consent)
    assert (given.note, given.consent) == (note, consent)
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


def test_without_a_sign_in_there_is_nothing(client: Client, db: None) -> None:
    assert client.get("/purges/").status_code == 302
