"""The pages of purges: from a plan over its approval to the certificate, counts only, and each look on record."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from audit.models import LedgerEntry, User
from detections.models import PurgeApproval, PurgeCertificate, PurgePlan
from detections.retention import plan, tasks
from detections.retention.approvals import LARGEST_PAPER
from detections.retention.execute import carry_out
from detections.retention.forms import PlanApprovalForm
from tests import make
from tests.detections import purging
from tests.detections.searching import last_entry


@pytest.fixture
def client(db: None, signed_in: Callable[[User], Client]) -> Client:
    purging.partition()
    return signed_in(make.user("custodian", "custodian", trained=False))


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks run at once, as the worker would run them."""
    monkeypatch.setattr(tasks, "send", lambda name, **values: getattr(tasks, name)(**values) or True)


def test_from_the_plan_to_the_certificate_and_the_proof(client: Client, inline: None) -> None:
    reads = purging.reads(60)
    purging.hold(User.objects.get(username="custodian"), reads[0])
    page = client.post(reverse("detections:plan_purges"), follow=True)
    made = PurgePlan.objects.get()
    assert page.request["PATH_INFO"] == reverse("detections:purge_plan", args=[made.pk])
    text = page.content.decode()
    assert "59" in text
    assert "CAM-01" in text
    assert "24-000777" in text
    assert "0PU00" not in text
    client.post(reverse("detections:approve_purge_plan", args=[made.pk]), {"kind": "custodian", "note": ""})
    page = client.post(reverse("detections:run_purge_plan", args=[made.pk]), follow=True)
    certificate = PurgeCertificate.objects.get()
    assert reverse("detections:purge_certificate", args=[certificate.pk]) in page.content.decode()
    entry = LedgerEntry.objects.get(action=Action.PURGE_RUN)
    assert (entry.username, entry.result_count, entry.outcome) == ("custodian", 59, "allowed")
    shown = client.get(reverse("detections:purge_certificate", args=[certificate.pk])).content.decode()
    assert "signature whole" in shown
    assert certificate.root in shown
    assert last_entry().action == Action.PURGE_VIEW
    proof = client.get(reverse("detections:prove_destroyed"), {"read": str(reads[5].pk)}).content.decode()
    assert "Destroyed on" in proof
    assert last_entry().action == Action.PURGE_PROVE
    told = client.get(reverse("detections:prove_destroyed_json"), {"read": str(reads[0].pk)}).json()
    assert told["destroyed_by_us"] is False
    assert (
        "Not destroyed by us"
        in client.get(reverse("detections:prove_destroyed"), {"read": str(reads[0].pk)}).content.decode()
    )


def test_a_certificate_is_handed_out_as_json_pdf_and_list_of_ids(client: Client) -> None:
    purging.reads(5)
    custodian = User.objects.get(username="custodian")
    certificate = carry_out(plan_id=purging.approved(custodian).pk, at=purging.NOON)

    def fetch(kind: str) -> Any:
        return client.get(reverse(f"detections:purge_certificate_{kind}", args=[certificate.pk]))

    assert json.loads(fetch("json").json()["statement"])["tree"]["root"] == certificate.root
    assert fetch("pdf").content.startswith(b"%PDF-")
    assert len(b"".join(fetch("ids").streaming_content)) == 5 * 16


def test_the_list_tells_what_waits_and_what_was_done(client: Client) -> None:
    purging.reads(5)
    made = purging.planned()
    text = client.get(reverse("detections:purges")).content.decode()
    assert reverse("detections:purge_plan", args=[made.pk]) in text
    assert "to be approved" in text
    assert last_entry().action == Action.PURGE_LIST


def test_a_plan_being_made_says_how_far_it_is(client: Client) -> None:
    asked = plan.ask(by=make.by(User.objects.get(username="custodian")), at=timezone.now())[0]
    assert "Being planned" in client.get(reverse("detections:purge_plan", args=[asked.pk])).content.decode()
    state = reverse("detections:purge_plan_state", args=[asked.pk])
    assert "0 %" in client.get(state).content.decode()
    plan.make(plan_id=asked.pk, at=timezone.now())
    assert client.get(state)["HX-Refresh"] == "true"


def test_an_attached_paper_is_kept_and_handed_out(client: Client) -> None:
    made = purging.planned()
    paper = SimpleUploadedFile("resolution.pdf", b"%PDF-1.7 signed", content_type="application/pdf")
    data = {"kind": "custodian", "note": "Letter of May 5", "paper": paper}
    assert client.post(reverse("detections:approve_purge_plan", args=[made.pk]), data).status_code == 302
    given = PurgeApproval.objects.get()
    answer = client.get(reverse("detections:purge_paper", args=[given.pk]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 signed"
    assert client.get(reverse("detections:purge_paper", args=[given.pk + 1])).status_code == 404


def test_what_is_no_pdf_is_refused_on_the_page(client: Client) -> None:
    made = purging.planned()
    data = {"kind": "custodian", "note": "", "paper": SimpleUploadedFile("a.doc", b"word")}
    answer = client.post(reverse("detections:approve_purge_plan", args=[made.pk]), data)
    assert answer.status_code == 403
    assert "purge.paper" in answer.content.decode()
    assert not PurgeApproval.objects.exists()


def test_a_plan_that_may_not_run_is_not_handed_to_the_workers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = purging.planned()
    monkeypatch.setattr(tasks, "send", lambda *_, **__: pytest.fail("sent"))
    assert client.post(reverse("detections:run_purge_plan", args=[made.pk])).status_code == 403


def test_an_unfit_id_and_an_unknown_plan_are_told(client: Client) -> None:
    assert client.get(reverse("detections:prove_destroyed"), {"read": "0DEM123"}).status_code == 422
    assert client.get(reverse("detections:prove_destroyed")).status_code == 200
    assert client.get(reverse("detections:prove_destroyed_json"), {"read": "x"}).status_code == 400
    nowhere = make.user("nobody").pk
    unknown = f"00000000-0000-7000-8000-{nowhere:012d}"
    for name in ("purge_plan", "purge_plan_state", "purge_certificate", "purge_certificate_pdf"):
        assert client.get(reverse(f"detections:{name}", args=[unknown])).status_code == 404
    for name in ("approve_purge_plan", "plan_purge_again", "run_purge_plan"):
        answer = client.post(reverse(f"detections:{name}", args=[unknown]), {"kind": "custodian"})
        assert answer.status_code == 404


def test_who_neither_approves_nor_audits_sees_nothing(client: Client, detective: User, signed_in: Any) -> None:
    made = purging.planned()
    other = signed_in(detective)
    for path in (reverse("detections:purges"), reverse("detections:purge_plan", args=[made.pk])):
        assert other.get(path).status_code == 403
    assert other.post(reverse("detections:plan_purges")).status_code == 403


def test_the_nightly_tasks_plan_and_carry_out(client: Client) -> None:
    purging.reads(5)
    tasks.plan_purges()
    made = PurgePlan.objects.get()
    assert made.status == "ready"
    now = timezone.now()
    purging.approve(made, User.objects.get(username="custodian"), at=now - timedelta(hours=1))
    tasks.purge_expired()
    certificate = PurgeCertificate.objects.get(plan=made)
    assert certificate.record_index is not None
    assert certificate.files.finished_at is not None


@pytest.mark.parametrize(("role", "rule"), [("auditor", "access.role"), ("custodian", "retention.approval_missing")])
def test_who_may_not_carry_out_a_plan_is_refused_on_record(
    db: None, signed_in, monkeypatch, role: str, rule: str
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks, "send", lambda name, **_: sent.append(name))
    purging.partition()
    purging.reads(3)
    made = purging.planned()
    person = make.user("person", role, trained=False)
    answer = signed_in(person).post(f"/purges/plans/{made.pk}/run/")
    assert (answer.status_code, sent) == (403, [])
    assert (last_entry().action, last_entry().rule_code) == (Action.PURGE_RUN, rule)


def test_of_a_paper_that_is_too_large_no_more_is_read_than_shows_it(db: None) -> None:
    paper = SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * (LARGEST_PAPER + 1000))
    form = PlanApprovalForm({"kind": "custodian", "note": ""}, {"paper": paper}, wanted=["custodian"])
    assert form.is_valid()
    assert len(form.paper_bytes()) == LARGEST_PAPER + 1
