"""The pages of exports: who may open them, what they record, and the page anyone may open."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.log import export_build, export_opening
from audit.log.export_forms import ExtractForm
from audit.models import Checkpoint, LedgerEntry, LedgerExport
from audit.refusals import Refused
from tests import make
from tests.audit.verifier.exporting import REASON, exported, records
from tests.audit.verifier.making import VERIFIER, verify

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"purpose": "oversight", "reason": REASON, "recipient": "Council"}


def test_an_auditor_makes_an_export_and_downloads_it(auditor, signed_in):
    records(3)
    client = signed_in(auditor)
    answer = client.post("/ledger/exports/new/", ASKED | {"withheld_fields": ["query"]})
    made = LedgerExport.objects.get()
    assert answer["Location"] == f"/ledger/exports/{made.pk}/"
    page = client.get(answer["Location"])
    assert "Download" in page.content.decode()
    file = client.post(f"/ledger/exports/{made.pk}/file/")
    content = b"".join(file)
    assert hashlib.sha256(content).hexdigest() == made.sha256
    entry = LedgerEntry.objects.get(action="ledger.fetch")
    assert json.loads(entry.clear.detail)["sha256"] == made.sha256
    assert client.get("/ledger/exports/").status_code == 200
    assert client.get(f"/ledger/exports/{made.pk}/status/")["HX-Refresh"] == "true"


def test_an_extract_is_released_from_its_page(auditor, signed_in, tmp_path):
    found = records(3)
    client = signed_in(auditor)
    asked = ASKED | {"records": f"{found[0]}-{found[1]}, {found[2]}", "form": "json"}
    answer = client.post("/ledger/extract/", asked)
    (tmp_path / "x.json").write_bytes(answer.content)
    assert verify(tmp_path / "x.json")[0] == 0
    assert client.post("/ledger/extract/", asked | {"form": "pdf"}).content.startswith(b"%PDF")
    assert client.post("/ledger/extract/", asked | {"records": "all"}).status_code == 422
    assert client.post("/ledger/extract/", asked | {"records": "99999"}).status_code == 403
    assert client.get(f"/ledger/extract/?record={found[0]}").status_code == 200


@pytest.mark.parametrize("path", ["/ledger/exports/", "/ledger/exports/new/", "/ledger/extract/"])
def test_only_who_reads_the_ledger_opens_the_pages(detective, signed_in, path):
    assert signed_in(detective).get(path).status_code == 403
    assert LedgerEntry.objects.filter(outcome="refused", username="detective").exists()


def test_anyone_gets_the_program_and_its_hash(client):
    content = VERIFIER.read_bytes()
    page = client.get("/log/verifier/")
    assert hashlib.sha256(content).hexdigest() in page.content.decode()
    assert client.get("/log/verifier/platekeeper_verify.py").content == content


def test_a_file_goes_after_its_days_and_the_row_stays(auditor, tmp_path):
    records(1)
    made, _ = exported(auditor, tmp_path)
    later = make.NOON + timedelta(days=7)
    with pytest.raises(Refused) as refused:
        export_opening.fetch_export(by=make.by(auditor), at=later, export_id=made.pk)
    assert refused.value.refusal.code == "ledger.export_gone"
    assert export_build.keep_exports(at=later) == 1
    made.refresh_from_db()
    assert (made.status, made.file) == (LedgerExport.Status.REMOVED, "")
    assert LedgerEntry.objects.filter(action="ledger.remove_export").exists()


def test_a_file_changed_in_storage_is_handed_to_nobody(auditor, tmp_path):
    from django.core.files.storage import default_storage

    records(1)
    made, _ = exported(auditor, tmp_path)
    with open(default_storage.path(made.file), "ab") as file:
        file.write(b"x")
    with pytest.raises(export_opening.ExportDamaged):
        export_opening.fetch_export(by=make.by(auditor), at=make.NOON, export_id=made.pk)


def test_an_export_nobody_could_check_is_not_made(auditor, monkeypatch, settings):
    from audit.log.export import Wanted, ask_export

    records(1)
    settings.LOG_KEY_FILE = ""
    made = ask_export(by=make.by(auditor), at=timezone.now(), wanted=Wanted("court", REASON))
    assert not export_build.build_export(export_id=made.pk, at=timezone.now())
    made.refresh_from_db()
    assert made.status == LedgerExport.Status.FAILED
    assert made.problem


def test_who_is_refused_an_extract_has_no_checkpoint_made(detective, signed_in):
    (found,) = records(1)
    before = Checkpoint.objects.count()
    answer = signed_in(detective).post("/ledger/extract/", ASKED | {"records": str(found), "form": "json"})
    assert (answer.status_code, Checkpoint.objects.count()) == (403, before)


def test_many_wide_ranges_are_as_wide_as_one():
    wide = ", ".join(f"{start}-{start + 9_000}" for start in range(0, 1_000_000, 10_000))
    form = ExtractForm({**ASKED, "form": "json", "records": wide})
    assert not form.is_valid()
    assert "too wide" in str(form.errors["records"])
