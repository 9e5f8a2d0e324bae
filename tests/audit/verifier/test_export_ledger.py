"""An export of the product: it verifies elsewhere, holds what it says, and leaves records."""

import json

import pytest

from audit.log import export, extract
from audit.log.export import Wanted, ask_export
from audit.log.export_source import cosigned
from audit.models import Checkpoint, LedgerEntry, LedgerExport
from audit.refusals import Refused
from tests import make
from tests.audit.verifier.exporting import REASON, exported, ledger_lines, records
from tests.audit.verifier.making import faults, verify

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_export_up_to_now_verifies_and_ends_with_its_own_record(auditor, tmp_path):
    records(5)
    made, folder = exported(auditor, tmp_path)
    code, verdict = verify(folder)
    assert (code, faults(verdict)) == (0, "")
    assert verdict["upto"] == made.upto == made.record_index + 1
    assert '"action":"ledger.export"' in (folder / "leaves.jsonl").read_text().splitlines()[-1]


def test_a_stretch_in_the_middle_verifies_by_a_checkpoint_later_on(auditor, tmp_path):
    records(9)
    made, folder = exported(auditor, tmp_path, first_index=3, last_index=6)
    code, verdict = verify(folder)
    assert (code, faults(verdict)) == (0, "")
    assert (verdict["first"], verdict["upto"]) == (3, 7)
    assert made.record_index >= 7


def test_withheld_fields_are_nowhere_in_the_export(auditor, tmp_path):
    records(3, plate="0CANARY")
    _, folder = exported(auditor, tmp_path, withheld_fields=["query", "reason"])
    assert verify(folder)[0] == 0
    assert not any(b"0CANARY" in path.read_bytes() or b"Elm Street" in path.read_bytes() for path in folder.iterdir())


def test_records_withheld_whole_show_number_and_hash_alone(auditor, tmp_path):
    records(2)
    exported(auditor, tmp_path / "one")
    _, folder = exported(auditor, tmp_path / "two", hidden_acts=["ledger."])
    code, verdict = verify(folder)
    assert (code, faults(verdict)) == (0, "")
    assert verdict["hidden"] == 2
    assert "ledger.export" not in (folder / "leaves.jsonl").read_text()


def test_a_kept_checkpoint_agrees_with_a_later_export(auditor, tmp_path):
    records(4)
    exported(auditor, tmp_path / "one")
    kept = tmp_path / "kept"
    kept.write_text(cosigned(Checkpoint.objects.latest("pk")))
    records(4)
    _, folder = exported(auditor, tmp_path / "two")
    assert verify(folder, "--checkpoint", kept)[0] == 0


def test_an_extract_verifies_and_its_paper_carries_it(auditor, tmp_path):
    found = records(7)
    release = extract.Release("court", REASON, "Superior Court", ["reason"])
    made = extract.make_extract(by=make.by(auditor), at=make.NOON, indexes=found[2:4], release=release)
    path = tmp_path / "extract.json"
    path.write_bytes(made.json())
    code, verdict = verify(path)
    assert (code, faults(verdict)) == (0, "")
    assert (verdict["records"], verdict["withheld"]) == (2, 2)
    pdf = extract.as_pdf(made, at=make.NOON, verifier_sha256="ab" * 32, site="https://alpr.example")
    import io

    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    assert reader.attachments["extract.json"] == [made.json()]
    root = bytes(made.checkpoint.root).hex()
    for page in reader.pages:
        text = "".join(page.extract_text().split())
        assert root in text
        assert "https://alpr.example/log/verifier/" in text
    assert "Stolen" not in "".join(page.extract_text() for page in reader.pages)


def test_an_extract_changed_in_one_letter_does_not_verify(auditor, tmp_path):
    found = records(7)
    release = extract.Release("court", REASON)
    made = extract.make_extract(by=make.by(auditor), at=make.NOON, indexes=found[:1], release=release)
    path = tmp_path / "extract.json"
    path.write_bytes(made.json().replace(b"26-123456", b"26-123457"))
    code, verdict = verify(path)
    assert code == 1
    assert "case_number" in faults(verdict)


def test_who_may_not_read_the_ledger_exports_nothing(detective):
    records(1)
    with pytest.raises(Refused) as refused:
        ask_export(by=make.by(detective), at=make.NOON, wanted=Wanted("oversight", REASON))
    assert refused.value.refusal.code == "access.role"
    assert not LedgerExport.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"purpose": ""}, "ledger.export_reason"),
        ({"reason": "because"}, "ledger.export_reason"),
        ({"first_index": 90, "last_index": 95}, "ledger.export_range"),
    ],
)
def test_an_export_says_for_what_and_of_which_records(auditor, wanted, code):
    records(1)
    with pytest.raises(Refused) as refused:
        ask_export(
            by=make.by(auditor), at=make.NOON, wanted=Wanted(**({"purpose": "court", "reason": REASON} | wanted))
        )
    assert refused.value.refusal.code == code
    assert LedgerEntry.objects.get(index=refused.value.record_index).action == "ledger.export"


def test_an_extract_names_records_that_are_there(auditor):
    records(1)
    for indexes in ([], [77], list(range(600))):
        with pytest.raises(Refused) as refused:
            extract.make_extract(
                by=make.by(auditor), at=make.NOON, indexes=indexes, release=extract.Release("court", REASON)
            )
        assert refused.value.refusal.code == "ledger.extract_records"


def test_clear_values_are_those_of_the_ledger(auditor, tmp_path):
    records(1)
    _, folder = exported(auditor, tmp_path)
    first = json.loads(next(ledger_lines(folder)))
    assert json.loads(first["query"]["value"]) == {"plate": "0EXP123"}
    assert export.SUBJECT == "ledger export"
