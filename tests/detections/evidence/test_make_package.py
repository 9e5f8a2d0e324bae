"""A package holds the chosen reads of one case, all or none, and every step of it is on the ledger."""

import io
import json
from datetime import timedelta

import pytest
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from audit import signing
from audit.actions import Action, Outcome
from audit.ledger import LedgerUnavailable
from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.evidence import build
from detections.evidence.ask import ask_package
from detections.evidence.build import build_package
from detections.models import EvidencePackage, HeldRead, Hold, PlateCorrection
from detections.photo_tokens import Look
from detections.rules import evidence as rules
from detections.searching.open_read import open_read
from tests import make
from tests.detections.evidence import packing
from tests.detections.searching import elk_grove, last_entry

NOON = make.NOON
LATER = NOON + timedelta(hours=1)
LONG_PAST = NOON - timedelta(days=1000)


def held(read, case_number="26-123456", **fields):
    """A hold on the read."""
    by = make.user(f"holder{Hold.objects.count()}", "custodian", trained=False)
    hold = Hold.objects.create(
        case_number=case_number, kind="evidence", proceeding="criminal", reason="Evidence in the Elm Street case",
        review_on=NOON.date(), placed_by=by, placed_at=NOON, **fields,
    )  # fmt: skip
    HeldRead.objects.create(hold=hold, detection=read, plate=read.plate)
    return hold


def refused(by, reads, *, look=packing.LOOK, at=LATER):
    """The code of the refusal, which the ledger's last record bears too; no package was made."""
    with pytest.raises(Refused) as caught:
        ask_package(by=make.by(by), at=at, refs=[read.ref for read in reads], look=look)
    entry = last_entry()
    assert (entry.action, entry.outcome) == (Action.EVIDENCE_PACKAGE, Outcome.REFUSED)
    assert (entry.rule_code, entry.index) == (caught.value.refusal.code, caught.value.record_index)
    assert not EvidencePackage.objects.exists()
    return caught.value.refusal.code


def test_a_package_holds_all_it_promises(detective):
    package = packing.packaged(detective, [packing.read_with_photo()], recipient="DA, Ms Ray", report_number="R-77")
    assert package.status == EvidencePackage.Status.READY
    found = packing.members(package)
    assert set(found) == {
        "README.txt", "evidence.pdf", "custody.json", "reads/001.json", "photos/001-original.jpg",
        "photos/001-upright.jpg", "platekeeper-verify-evidence.py", "public_key.pem", "manifest.json", "manifest.sig",
    }  # fmt: skip
    manifest = json.loads(found["manifest.json"])
    assert {entry["name"] for entry in manifest["files"]} == set(found) - {"manifest.json", "manifest.sig"}
    assert (manifest["case_number"], manifest["recipient"], manifest["report_number"]) == (
        "26-123456", "DA, Ms Ray", "R-77",
    )  # fmt: skip
    assert manifest["made_by"]["username"] == "detective"
    assert manifest["reason"] == packing.LOOK.reason
    assert manifest["profile"].startswith("sacpd_525_08")
    assert manifest["signing"]["key_id"] == package.key_id == signing.key_id()
    assert signing.verify(found["manifest.json"], found["manifest.sig"])


def test_the_picture_leaves_as_it_came_and_as_it_is_served(detective):
    found = packing.members(packing.packaged(detective, [packing.read_with_photo()]))
    assert found["photos/001-original.jpg"] == packing.picture()
    assert b"Hidden camera model" in found["photos/001-original.jpg"]
    assert b"Hidden camera model" not in found["photos/001-upright.jpg"]


def test_the_request_and_the_seal_are_on_the_ledger_with_count_and_hashes(detective):
    reads = [packing.read_with_photo(at=NOON - timedelta(minutes=minute)) for minute in (1, 2)]
    package = packing.packaged(detective, reads)
    asked, sealed = LedgerEntry.objects.order_by("index").filter(subject_id=str(package.pk))
    assert (asked.action, asked.username, asked.result_count, asked.purpose) == (
        Action.EVIDENCE_PACKAGE, "detective", 2, "locate",
    )  # fmt: skip
    assert asked.clear.case_number == "26-123456"
    assert json.loads(asked.clear.detail)["reads"] == [str(read.pk) for read in reversed(reads)]
    assert (sealed.action, sealed.actor_kind, sealed.result_count) == (Action.EVIDENCE_SEAL, "system", 2)
    assert json.loads(sealed.clear.detail)["sha256"] == package.sha256
    assert (package.record_index, package.sealed_index) == (asked.index, sealed.index)
    manifest = json.loads(packing.members(package)["manifest.json"])
    assert manifest["record"] == {
        "index": asked.index, "leaf_hash": bytes(asked.leaf_hash).hex(), "root_after": bytes(asked.root).hex(),
    }  # fmt: skip
    assert manifest["ledger"] == {"size": asked.index + 1, "root": bytes(asked.root).hex()}


def test_the_same_package_is_the_same_bytes_wherever_and_whenever_it_is_written(detective, monkeypatch):
    package = packing.packaged(detective, [packing.read_with_photo()])
    chain = build.custody.chain(package, [])  # the seal itself is a record more, so custody is taken once
    monkeypatch.setattr(build.custody, "chain", lambda *_: chain)
    assert written(package) == written(package)


def written(package):
    file = io.BytesIO()
    build._write(package, file, LATER)
    return file.getvalue()


def test_corrections_are_layers_and_the_original_stays(detective):
    read = packing.read_with_photo("0DEM123", plate_read="0DEM1Z3")
    for before, after in [("0DEM1Z3", "0DEM128"), ("0DEM128", "0DEM123")]:
        PlateCorrection.objects.create(
            detection=read, plate_before=before, plate_after=after, corrected_by=detective,
            corrected_at=NOON, reason="The picture shows it",
        )  # fmt: skip
    package = packing.packaged(detective, [read])
    told = packing.facts(package)
    assert (told["plate_as_read"], told["plate_that_stands"]) == ("0DEM1Z3", "0DEM123")
    assert [(layer["before"], layer["after"], layer["by"]) for layer in told["corrections"]] == [
        ("0DEM1Z3", "0DEM128", "detective #2001"), ("0DEM128", "0DEM123", "detective #2001"),
    ]  # fmt: skip
    text = packing.sheet_text(package)
    assert "0DEM1Z3" in text
    assert "The picture shows it" in text


def test_a_read_without_a_picture_is_packed_and_says_so(detective):
    package = packing.packaged(detective, [make.detection(at=NOON)])
    assert packing.facts(package)["photo"] is None
    assert not [name for name in packing.members(package) if name.startswith("photos/")]
    assert "sent no picture" in packing.sheet_text(package)


def test_a_picture_changed_in_the_store_is_told_on_the_sheet(detective):
    read = packing.read_with_photo()
    name = read.photo.original.name
    default_storage.delete(name)
    assert default_storage.save(name, File(io.BytesIO(packing.picture("red")))) == name
    package = packing.packaged(detective, [read])
    assert packing.facts(package)["photo"]["unchanged_since_receipt"] is False
    assert "not the one that was received" in packing.sheet_text(package)


def test_a_picture_lost_from_the_store_is_told_and_the_rest_is_packed(detective):
    read = packing.read_with_photo()
    default_storage.delete(read.photo.original.name)
    default_storage.delete(read.photo.served.name)
    package = packing.packaged(detective, [read])
    assert packing.facts(package)["photo"]["files"] == []
    assert "no longer in the store" in packing.sheet_text(package)


def test_where_a_position_comes_from_is_told(detective):
    device = make.detection(at=NOON)
    site = make.detection(at=NOON - timedelta(minutes=1), latitude=None, longitude=None)
    nowhere = make.detection(
        at=NOON - timedelta(minutes=2), latitude=None, longitude=None, seen_by=make.camera("CAM-02", deployed=False)
    )
    package = packing.packaged(detective, [device, site, nowhere])
    assert [packing.facts(package, number)["position"]["source"] for number in (1, 2, 3)] == [
        "unknown", "site", "device",
    ]  # fmt: skip


def test_words_in_any_script_are_packed_whole_and_shown_or_named(detective):
    package = packing.packaged(
        detective, [packing.read_with_photo(vehicle="Ольга 車 🚗")], recipient="Núñez \u202eevil"
    )
    assert packing.facts(package)["vehicle"] == "Ольга 車 🚗"
    text = packing.sheet_text(package)
    assert "Ольга [U+8ECA] [U+1F697]" in text
    assert "Núñez [U+202E]evil" in text


def test_the_sheet_is_tagged_and_says_what_a_read_does_not_prove(detective):
    package = packing.packaged(detective, [packing.read_with_photo()])
    sheet = packing.members(package)["evidence.pdf"]
    assert b"pdfuaid" in sheet
    assert b"/StructTreeRoot" in sheet
    text = packing.sheet_text(package)
    assert "It does not say who drove" in text
    assert "June 16, 2026 12:00:00 PDT" in text
    assert "2026-06-16T19:00:00.000000+00:00" in text


def test_nothing_of_other_cases_or_other_cars_leaves(detective, officer):
    read = packing.read_with_photo()
    read.photo.readings = [{"text": "0DEM123", "plate": "0DEM123"}, {"text": "0OTH999", "plate": "0OTH999"}]
    read.photo.save()
    held(read)
    held(read, case_number="26-999999")
    other = Look("locate", "A quite different and secret matter", "26-999999", read.ref)
    open_read(by=make.by(officer), at=NOON, read_id=read.pk, look=other)
    package = packing.packaged(detective, [read])
    everything = b"".join(packing.members(package).values()) + packing.sheet_text(package).encode()
    for withheld in (b"0OTH999", b"26-999999", b"secret matter"):
        assert withheld not in everything
    told = packing.facts(package)
    assert [reading["plate"] for reading in told["photo"]["readings"]] == ["0DEM123"]
    assert len(told["holds_in_this_case"]) == 1


def test_custody_names_who_saw_the_read_and_not_why_in_another_case(detective, officer):
    read = packing.read_with_photo()
    for by, case in [(officer, "26-999999"), (detective, "26-123456")]:
        open_read(by=make.by(by), at=NOON, read_id=read.pk, look=Look("locate", packing.LOOK.reason, case, read.ref))
    package = packing.packaged(detective, [read])
    chain = json.loads(packing.members(package)["custody.json"])
    assert [(row["act"], row["by"], row["purpose"]) for row in chain["records"]] == [
        ("read.view", "officer", "another case: not told"),
        ("read.view", "detective", "locate"),
        ("evidence.package", "detective", "locate"),
    ]
    assert chain["complete"] is True
    assert [row["record"] for row in chain["records"]] == [0, 1, 2]


def test_a_package_without_a_case_number_is_refused_with_its_law(detective):
    look = Look("locate", packing.LOOK.reason, "")
    assert refused(detective, [make.detection()], look=look) == "evidence.case" == rules.EVIDENCE_CASE.code


def test_under_a_policy_that_demands_case_numbers_its_own_clause_is_named(detective):
    elk_grove()
    look = Look("egpd_general", packing.LOOK.reason, "")
    assert refused(detective, [make.detection()], look=look).startswith(("query.", "evidence."))


def test_a_look_without_purpose_packs_nothing(detective):
    assert refused(detective, [make.detection()], look=Look("", "", "26-123456")) == "query.purpose_missing"
    assert refused(detective, [make.detection(at=NOON)], look=None) == "evidence.case"


def test_only_some_roles_make_packages(officer, auditor, untrained):
    for by in (officer, auditor, untrained):
        assert refused(by, [make.detection(at=NOON)]) == "access.role"


def test_no_reads_and_too_many_are_refused(detective, monkeypatch):
    assert refused(detective, []) == "evidence.reads" == rules.EVIDENCE_NONE.code
    monkeypatch.setattr(rules, "MOST_READS", 1)
    reads = [make.detection(at=NOON - timedelta(minutes=minute)) for minute in (1, 2)]
    assert refused(detective, reads) == "evidence.too_many" == rules.EVIDENCE_TOO_MANY.code


def test_pictures_of_more_than_a_package_holds_are_refused(detective, monkeypatch):
    monkeypatch.setattr(rules, "MOST_BYTES", 10)
    assert refused(detective, [packing.read_with_photo()]) == "evidence.too_many"


def test_a_read_past_its_ceiling_takes_the_whole_package_with_it(detective):
    fresh, old = make.detection(at=NOON), make.detection(at=LONG_PAST)
    assert refused(detective, [fresh, old]) == "evidence.gone" == rules.EVIDENCE_GONE.code
    assert packing.packaged(detective, [fresh]).status == "ready"


def test_a_read_held_in_the_same_case_is_packed_and_in_another_is_not(detective):
    old = make.detection(at=LONG_PAST)
    held(old, case_number="26-999999")
    assert refused(detective, [old]) == "evidence.gone"
    held(old)
    assert packing.packaged(detective, [old]).status == "ready"


def test_a_read_that_passed_its_ceiling_before_the_file_was_made_is_not_in_it(detective):
    read = make.detection(at=NOON)
    asked = ask_package(by=make.by(detective), at=LATER, refs=[read.ref], look=packing.LOOK)
    assert not build_package(package_id=asked.pk, at=NOON + timedelta(days=1000))
    asked.refresh_from_db()
    assert asked.status == "failed"
    assert "past the retention period" in asked.problem
    assert asked.file == ""


def test_without_a_signing_key_nothing_is_made_and_nothing_is_half_made(detective, settings):
    settings.SIGNING_KEY_FILE = ""
    read = make.detection(at=NOON)
    with pytest.raises(signing.SigningUnavailable):
        ask_package(by=make.by(detective), at=LATER, refs=[read.ref], look=packing.LOOK)
    assert not EvidencePackage.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_key_lost_on_the_way_fails_the_package_in_words(detective, settings):
    read = make.detection(at=NOON)
    asked = ask_package(by=make.by(detective), at=LATER, refs=[read.ref], look=packing.LOOK)
    settings.SIGNING_KEY_FILE = ""
    assert not build_package(package_id=asked.pk, at=LATER)
    asked.refresh_from_db()
    assert (asked.status, asked.sha256) == ("failed", "")
    assert "SigningUnavailable" in asked.problem


def test_a_package_is_made_once_however_often_it_is_begun(detective):
    package = packing.packaged(detective, [make.detection(at=NOON)])
    assert not build_package(package_id=package.pk, at=LATER)
    again = EvidencePackage.objects.get()
    assert (again.sha256, again.attempts) == (package.sha256, 1)
    assert LedgerEntry.objects.filter(action=Action.EVIDENCE_SEAL).count() == 1


def test_a_package_whose_maker_died_is_taken_over_and_given_up_after_three(detective):
    asked = ask_package(by=make.by(detective), at=LATER, refs=[make.detection(at=NOON).ref], look=packing.LOOK)
    row = EvidencePackage.objects.filter(pk=asked.pk)
    row.update(status="making", claimed_at=LATER, attempts=1)
    assert not build_package(package_id=asked.pk, at=LATER + timedelta(minutes=5))
    assert build_package(package_id=asked.pk, at=LATER + timedelta(minutes=30))
    row.update(status="making", claimed_at=LATER, attempts=3)
    assert not build_package(package_id=asked.pk, at=LATER + timedelta(hours=2))
    assert row.get().status == "failed"


def test_a_package_that_cannot_be_sealed_waits_and_is_made_later(detective, monkeypatch):
    asked = ask_package(by=make.by(detective), at=LATER, refs=[make.detection(at=NOON).ref], look=packing.LOOK)

    def no_ledger(*_args):
        raise LedgerUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(build, "_seal", no_ledger)
        with pytest.raises(LedgerUnavailable):
            build_package(package_id=asked.pk, at=LATER)
    row = EvidencePackage.objects.get()
    assert (row.status, row.file, row.sha256) == ("waiting", "", "")
    assert build_package(package_id=asked.pk, at=LATER + timedelta(minutes=1))


def test_one_who_was_taken_over_seals_nothing(detective, monkeypatch):
    asked = ask_package(by=make.by(detective), at=LATER, refs=[make.detection(at=NOON).ref], look=packing.LOOK)
    whole = build._write

    def slow(package, file, at):
        made = whole(package, file, at)
        EvidencePackage.objects.filter(pk=package.pk).update(claimed_at=at + timedelta(minutes=30))
        return made

    monkeypatch.setattr(build, "_write", slow)
    assert not build_package(package_id=asked.pk, at=LATER)
    row = EvidencePackage.objects.get()
    assert (row.status, row.file) == ("making", "")
    assert last_entry().outcome == Outcome.FAILED
    assert not LedgerEntry.objects.filter(action=Action.EVIDENCE_SEAL, outcome="allowed").exists()


def test_the_database_itself_keeps_a_package_to_its_case_and_hashes(detective):
    values = {"made_by": detective, "asked_at": NOON, "purpose": "locate", "reason": "x", "refs": [], "read_count": 1}
    for wrong in ({"case_number": ""}, {"case_number": "26-1", "status": "ready"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EvidencePackage.objects.create(**(values | wrong))
