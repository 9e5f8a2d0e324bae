"""Promise A-2: where the record cannot be written there is no data, no change and no 500; there is 503."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import LedgerEntry
from detections.models import Detection, EvidencePackage, Hit, PossibleMatch, Search
from detections.read_choice import choose
from hotlists.models import HotPlate
from tests import make
from tests.detections.evidence.packing import packaged
from tests.detections.holding import hold_row
from tests.detections.searching import kept_search
from tests.hotlists.special import sharing

pytestmark = pytest.mark.django_db(transaction=True)
PLATE = "0LOC123"


@pytest.fixture
def things(detective):
    """One of each thing that shows a plate."""
    now = timezone.now()
    camera = make.camera(approver=detective)
    entry = make.hot_plate(PLATE, at=now, entered_by=detective)
    read = make.detection(PLATE, at=now - timedelta(minutes=5), seen_by=camera)
    possible = PossibleMatch.objects.create(
        detection=read, hot_plate=entry, kind="lookalike", plate=PLATE, captured_at=read.captured_at, created_at=now
    )
    hit = Hit.objects.create(detection=read, hot_plate=entry, plate=PLATE, captured_at=read.captured_at, created_at=now)
    special = sharing.special()
    sharing.grant(detective, special)
    make.hot_plate(PLATE, hot_list=special, at=now, entered_by=detective)
    search = kept_search(detective, at=now, plate=PLATE)
    hold = hold_row(detective, read, at=now)
    package = packaged(detective, [read], at=now)
    return {"hit": hit.pk, "search": search.pk, "entry": entry.pk, "key": make.device_key(camera), "hold": hold.pk} | {
        "package": package.pk,
        "possible": possible.pk,
        "hot_list": entry.hot_list_id,
        "special": special.pk,
        "share": sharing.share_row(special, detective, at=now).pk,
    }


@pytest.fixture
def no_ledger():
    """The ledger cannot be written, as after a lost right."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head() RENAME TO audit_ledger_head_away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head_away() RENAME TO audit_ledger_head")


LOOKS = [
    "/hits/",
    "/hits/list/",
    "/hits/{hit}/",
    "/hits/times/",
    "/api/v1/hits/",
    "/api/v1/hits/{hit}/",
    "/search/{search}/",
    "/search/approvals/",
    "/api/v1/searches/{search}/",
    "/hot-plates/",
    "/hot-plates/{entry}/",
    "/uploads/",
    "/quarantine/",
]
LOOKS += ["/hot-plates/reconcile/?show=missing"]
LOOKS += ["/holds/", "/holds/{hold}/"]
LOOKS += ["/transparency/publications/", "/transparency/agencies/"]
LOOKS += ["/evidence/", "/evidence/{package}/"]
LOOKS += ["/hits/possible/", "/hits/possible/{possible}/", "/hits/rates/", "/hits/rates/csv/"]
LOOKS += ["/hot-plates/{entry}/entered/"]
LOOKS += ["/hot-lists/", "/hot-lists/{hot_list}/", "/hot-lists/imports/7/"]
LOOKS += ["/hot-lists/special/", "/hot-lists/special/{special}/", "/hot-lists/{special}/access/"]
LOOKS += ["/hot-lists/{special}/share/", "/hot-lists/shares/", "/hot-lists/shares/{share}/"]

_UNKNOWN = "00000000-0000-0000-0000-000000000007"
LOOKS += ["/inspections/", f"/inspections/{_UNKNOWN}/", f"/inspections/queries/{_UNKNOWN}/"]
LOOKS += [f"/inspections/{_UNKNOWN}/papers/report.pdf", "/findings/", f"/findings/{_UNKNOWN}/"]
LOOKS += ["/registers/"]
LOOKS += ["/roster/", "/roster/csv/", "/roster/differences/", "/roster/people/7/", "/access/", "/devices/"]
LOOKS += ["/compliance/", "/ledger/0/decision/"]
LOOKS += ["/ledger/exports/", "/ledger/exports/new/", "/ledger/extract/"]


@pytest.mark.parametrize("path", LOOKS)
def test_no_page_shows_a_plate_without_its_record(things, no_ledger, detective, signed_in, path):
    answer = signed_in(detective).get(path.format(**things))
    assert answer.status_code == 503
    assert PLATE not in answer.content.decode()


def test_a_search_is_not_run(things, no_ledger, detective, signed_in):
    asked = {"plate": PLATE, "purpose": "locate", "reason": "stolen from Elm Street", "attested": "on"}
    asked["from_at"] = (timezone.now() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert signed_in(detective).post("/search/", asked).status_code == 503
    assert Search.objects.count() == 1


def test_a_hot_plate_is_not_entered(things, no_ledger, detective, signed_in):
    typed = {"plate": "0NEW123", "category": "stolen_vehicle", "case_number": "26-123456", "life": "24"}
    before = HotPlate.objects.count()
    typed |= {"reason": "Stolen from Elm Street last night"}
    typed |= {"hot_list": HotPlate.objects.get(pk=things["entry"]).hot_list_id}
    assert signed_in(detective).post("/hot-plates/enter/", typed).status_code == 503
    assert HotPlate.objects.count() == before


def test_a_plate_is_not_found(things, no_ledger, detective, signed_in):
    answer = signed_in(detective).post("/hot-plates/find/", {"plate": PLATE})
    assert answer.status_code == 503
    assert "26-123456" not in answer.content.decode()


def test_a_read_is_not_kept(things, no_ledger, client):
    before = LedgerEntry.objects.count()
    read = {"client_key": "k", "plate": "0NEW123", "captured_at": timezone.now().isoformat()}
    answer = client.post(
        "/api/v1/reads/",
        json.dumps(read),
        content_type="application/json",
        headers={"Authorization": f"Bearer {things['key']}"},
    )
    assert answer.status_code == 503
    assert answer.json()["code"] == "ledger.unavailable"
    assert Detection.objects.count() == 1
    assert LedgerEntry.objects.count() == before


def test_an_evidence_package_is_neither_made_nor_handed_out(things, no_ledger, detective, signed_in):
    read = Detection.objects.get()
    client = signed_in(detective)
    asked = {"search": str(things["search"]), "read": [choose(read.ref, things["search"])], "make": "1"}
    assert client.post("/evidence/new/", asked).status_code == 503
    assert client.post(f"/evidence/{things['package']}/file/").status_code == 503
    assert EvidencePackage.objects.count() == 1
