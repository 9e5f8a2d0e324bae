"""Doors of packages: from ticked reads to a download, each look on record, and nobody else's."""

import hashlib
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from audit import signing
from audit.actions import Action
from audit.models import Certificate, LedgerEntry, RoleGrant
from audit.rules import UNTRAINED
from detections.evidence import build
from detections.evidence.tasks import build_package
from detections.models import EvidencePackage
from detections.read_choice import choose
from tests import make
from tests.detections.evidence import packing
from tests.detections.searching import last_entry


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def read(now):
    return packing.read_with_photo(at=now - timedelta(hours=1))


@pytest.fixture
def posted(detective, read, now):
    """What the page of results posts: its search and the ticked reads."""
    search = packing.search_of(detective, at=now)
    return {"search": str(search.pk), "read": [choose(read.ref, search.pk)]}


@pytest.fixture
def package(detective, read, now):
    return packing.packaged(detective, [read], at=now - timedelta(minutes=1))


def address(package, rest=""):
    return f"/evidence/{package.pk}/{rest}"


def test_ticked_reads_lead_to_the_form_and_then_to_the_file(detective, signed_in, posted):
    client = signed_in(detective)
    page = client.post("/evidence/new/", posted)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Package 1 read as evidence" in text
    assert packing.LOOK.reason in text
    assert "0DEM123" not in text
    assert not EvidencePackage.objects.exists()
    made = client.post("/evidence/new/", posted | {"make": "1", "recipient": "DA, Ms Ray", "report_number": "R-77"})
    package = EvidencePackage.objects.get()
    assert (made.status_code, made["Location"]) == (302, address(package))
    assert (package.status, package.recipient, package.report_number) == ("ready", "DA, Ms Ray", "R-77")
    text = client.get(address(package)).content.decode()
    assert package.sha256 in text
    assert "authorized evidence repository" in text
    assert "0DEM123" not in text
    assert last_entry().action == Action.EVIDENCE_VIEW


def test_a_bare_visit_leads_to_the_search(detective, signed_in):
    assert signed_in(detective).get("/evidence/new/")["Location"] == "/search/"


def test_nothing_ticked_leads_back_to_the_results(detective, signed_in, posted):
    answer = signed_in(detective).post("/evidence/new/", posted | {"read": []})
    assert (answer.status_code, answer["Location"]) == (302, f"/search/{posted['search']}/")


@pytest.mark.parametrize("wrong", [{"search": ""}, {"search": "x"}, {"read": ["x"]}])
def test_what_this_site_did_not_hand_out_is_turned_away(detective, signed_in, posted, wrong):
    assert signed_in(detective).post("/evidence/new/", posted | wrong).status_code == 400


def test_a_read_of_one_search_leaves_under_no_other(detective, signed_in, posted, read, now):
    other = packing.search_of(detective, at=now, case_number="26-999999")
    client = signed_in(detective)
    for choice in (posted["read"][0], choose(read.ref)):
        assert (
            client.post("/evidence/new/", {"search": str(other.pk), "read": [choice], "make": "1"}).status_code == 400
        )
    assert not EvidencePackage.objects.exists()


def test_another_persons_search_gives_no_package(detective, signed_in, posted):
    other = make.user("other", "detective")
    assert signed_in(other).post("/evidence/new/", posted | {"make": "1"}).status_code == 400
    assert not EvidencePackage.objects.exists()


def test_a_search_without_a_case_number_is_refused_and_keeps_what_was_typed(detective, signed_in, posted, read, now):
    search = packing.search_of(detective, at=now, case_number="")
    posted |= {"search": str(search.pk), "read": [choose(read.ref, search.pk)]}
    client = signed_in(detective)
    assert "a package needs one" in client.post("/evidence/new/", posted).content.decode()
    page = client.post("/evidence/new/", posted | {"make": "1", "recipient": "DA, Ms Ray"})
    text = page.content.decode()
    assert page.status_code == 403
    assert "evidence.case" in text
    assert "525.08, F.4.a" in text
    assert "DA, Ms Ray" in text
    assert not EvidencePackage.objects.exists()


def test_without_a_signing_key_the_page_says_so(detective, signed_in, posted, settings):
    settings.SIGNING_KEY_FILE = ""
    page = signed_in(detective).post("/evidence/new/", posted | {"make": "1"})
    assert page.status_code == 503
    assert "signing key is missing" in page.content.decode()


def test_many_reads_go_to_the_worker_and_the_page_waits(detective, signed_in, posted, now, monkeypatch):
    sent = []
    monkeypatch.setattr(build.current_app, "send_task", lambda name, **kwargs: sent.append((name, kwargs["kwargs"])))
    reads = [make.detection(at=now - timedelta(minutes=minute)) for minute in range(1, build.AT_ONCE + 2)]
    client = signed_in(detective)
    client.post(
        "/evidence/new/", posted | {"read": [choose(read.ref, UUID(posted["search"])) for read in reads], "make": "1"}
    )
    package = EvidencePackage.objects.get()
    assert sent == [(build.TASK, {"package_id": str(package.pk)})]
    assert "Waiting for the worker" in client.get(address(package)).content.decode()
    records = LedgerEntry.objects.count()
    assert "Waiting for the worker" in client.get(address(package, "status/")).content.decode()
    assert LedgerEntry.objects.count() == records
    build_package(package_id=str(package.pk))
    assert client.get(address(package, "status/"))["HX-Refresh"] == "true"
    assert "Download" in client.get(address(package)).content.decode()


def test_a_broker_that_is_away_loses_no_package(detective, signed_in, posted, now, monkeypatch):
    def away(*_args, **_kwargs):
        raise build.OperationalError

    monkeypatch.setattr(build.current_app, "send_task", away)
    monkeypatch.setattr(build, "AT_ONCE", 0)
    assert signed_in(detective).post("/evidence/new/", posted | {"make": "1"}).status_code == 302
    assert EvidencePackage.objects.get().status == "waiting"


def test_two_downloads_are_two_records(detective, signed_in, package):
    client = signed_in(detective)
    for _ in range(2):
        answer = client.post(address(package, "file/"))
        body = b"".join(answer.streaming_content)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Disposition"] == f'attachment; filename="evidence-{package.pk}.zip"'
        assert hashlib.sha256(body).hexdigest() == package.sha256
    fetches = LedgerEntry.objects.filter(action=Action.EVIDENCE_FETCH)
    assert [(entry.username, entry.subject_id, entry.result_count) for entry in fetches] == [
        ("detective", str(package.pk), 1)
    ] * 2
    text = client.get(address(package)).content.decode()
    assert "Downloaded 2 times" in text


def test_a_download_is_not_a_link(detective, signed_in, package):
    assert signed_in(detective).get(address(package, "file/")).status_code == 405


def test_another_persons_package_is_not_there(signed_in, package):
    other = make.user("other", "detective")
    client = signed_in(other)
    for answer in (
        client.get(address(package)), client.get(address(package, "status/")), client.post(address(package, "file/")),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert str(package.pk) not in client.get("/evidence/").content.decode()


def test_the_list_shows_ones_own_and_is_a_look(detective, signed_in, package):
    text = signed_in(detective).get("/evidence/").content.decode()
    assert str(package.pk) in text
    assert "26-123456" in text
    assert "0DEM123" not in text
    assert (last_entry().action, last_entry().result_count) == (Action.EVIDENCE_LIST, 1)


def test_one_whose_role_ended_fetches_nothing(detective, signed_in, package):
    RoleGrant.objects.filter(user=detective).update(ends_at=timezone.now() - timedelta(seconds=1))
    answer = signed_in(detective).post(address(package, "file/"))
    assert answer.status_code == 403
    assert last_entry().rule_code == "access.role"


def test_a_file_altered_in_the_store_is_handed_to_nobody(detective, signed_in, package):
    default_storage.delete(package.file)
    assert default_storage.save(package.file, ContentFile(b"altered")) == package.file
    client = signed_in(detective)
    answer = client.post(address(package, "file/"))
    assert (answer.status_code, answer["Location"]) == (302, address(package))
    assert "not the one that was sealed" in client.get(address(package)).content.decode()
    assert LedgerEntry.objects.filter(action=Action.EVIDENCE_FETCH, outcome="failed").count() == 1


def test_the_public_key_is_handed_to_staff(detective, signed_in, client, settings):
    answer = signed_in(detective).get("/evidence/key.pem")
    assert answer.content.decode() == signing.public_key_pem()
    assert client.get("/evidence/key.pem").status_code == 302
    settings.SIGNING_KEY_FILE = ""
    assert signed_in(detective).get("/evidence/key.pem").status_code == 404


def test_whose_certificate_ran_out_fetches_no_package(detective, signed_in, package):
    Certificate.objects.filter(user=detective, kind="clets").update(expires_on=date(2021, 1, 1))
    assert signed_in(detective).post(address(package, "file/")).status_code == 403
    assert (last_entry().action, last_entry().rule_code) == (Action.EVIDENCE_FETCH, UNTRAINED.code)
