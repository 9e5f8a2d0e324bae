"""Single expired reads: none past its ceiling stays, none goes before its floor, held, unapproved or uncertified."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from audit import merkle
from audit.actions import Action, ActorKind, Outcome
from audit.models import LedgerEntry, PolicyDetermination, User
from audit.refusals import Refused
from detections.models import (
    Detection,
    HeldRead,
    Hit,
    Hold,
    Photo,
    PlateCorrection,
    PurgeCertificate,
    QuarantinedRead,
    ReadRef,
)
from detections.retention import certificates, held_reads, photos
from detections.retention import purge as purging
from detections.retention.holds import HoldTerms, place_hold
from detections.retention.id_tree import read_leaf
from detections.retention.purge import purge_expired
from tests import make
from tests.detections.purging import FIRST, hold, partition
from tests.detections.searching import approval, elk_grove, hit, last_entry, photo

NOON = make.NOON
CEILING = datetime(2024, 6, 16, 19, 0, tzinfo=UTC)
PAST = CEILING - timedelta(days=3)


@pytest.fixture
def custodian(db: None) -> User:
    return make.user("custodian", "custodian", trained=False)


@pytest.fixture
def approved(custodian: User) -> User:
    approval(custodian)
    return custodian


def held(read: Detection, by: User) -> Hold:
    """A hold put on the read while it could still be seen."""
    return place_hold(by=make.by(by), at=read.captured_at + timedelta(days=1), reads=[read.ref], terms=_early(read))


def _early(read: Detection) -> HoldTerms:
    return HoldTerms(
        case_number="24-000777",
        kind="evidence",
        proceeding="criminal",
        reason="Evidence in the trial",
        review_on=(read.captured_at + timedelta(days=90)).date(),
    )


def refused_purge() -> str:
    """The code under which the purge is refused; it is on record, and there is no certificate."""
    with pytest.raises(Refused) as caught:
        purge_expired(at=NOON)
    entry = last_entry()
    assert (entry.action, entry.outcome, entry.actor_kind) == (Action.PURGE_RUN, Outcome.REFUSED, ActorKind.SYSTEM)
    assert entry.rule_code == caught.value.refusal.code
    assert not PurgeCertificate.objects.exists()
    return entry.rule_code


def test_the_ceiling_instant_parts_what_stays_from_what_goes(approved: User) -> None:
    stays = make.detection(at=CEILING)
    make.detection(at=CEILING - timedelta(microseconds=1))
    certificate = purge_expired(at=NOON)
    assert list(Detection.objects.all()) == [stays]
    assert (certificate.cutoff, certificate.reads_destroyed) == (CEILING, 1)


def test_on_a_leap_day_all_of_28_february_has_reached_its_ceiling(custodian: User) -> None:
    leap_day = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)
    approval(custodian, at=leap_day)
    stays = make.detection(at=datetime(2026, 3, 1, tzinfo=UTC))
    make.detection(at=datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))
    purge_expired(at=leap_day)
    assert list(Detection.objects.all()) == [stays]


def test_a_certificate_proves_which_reads_were_destroyed(approved: User) -> None:
    camera = make.camera()
    gone = [make.detection(at=PAST + timedelta(minutes=number), seen_by=camera) for number in range(5)]
    certificate = purge_expired(at=NOON)
    leaves = [read_leaf(pk) for pk in sorted(read.pk for read in gone)]
    assert certificates.is_authentic(certificate)
    assert certificate.root == merkle.root_of(leaves).hex()
    assert (certificate.earliest, certificate.latest) == (gone[0].captured_at, gone[-1].captured_at)
    assert (certificate.profile, certificate.ceiling) == ("sacpd_525_08@2024-06-13", "P2Y")
    entry = LedgerEntry.objects.get(index=certificate.record_index)
    assert (entry.action, entry.outcome, entry.result_count) == (Action.PURGE_RUN, Outcome.ALLOWED, 5)
    assert json.loads(entry.clear.detail)["root"] == certificate.root


def test_the_batches_together_destroy_all(approved: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    camera = make.camera()
    reads = [make.detection(at=PAST, seen_by=camera) for _ in range(7)]
    certificate = purge_expired(at=NOON)
    assert certificate.reads_destroyed == 7
    ordered = sorted(reads, key=lambda read: read.pk)
    assert certificate.root == merkle.root_of(read_leaf(read.pk) for read in ordered).hex()


def test_a_held_read_stays_with_its_picture_and_is_counted(approved: User) -> None:
    picture = photo(at=PAST)
    read = make.detection(at=PAST, photo=picture)
    held(read, approved)
    certificate = purge_expired(at=NOON)
    assert (certificate.reads_destroyed, certificate.reads_held) == (0, 1)
    assert Detection.objects.get() == read
    assert Photo.objects.get() == picture


def test_a_read_whose_hold_was_lifted_goes(approved: User) -> None:
    read = make.detection(at=PAST)
    hold = held(read, approved)
    hold.lift_requested_by, hold.lifted_by = approved, make.user("second", "custodian")
    hold.lift_requested_at = hold.lifted_at = NOON - timedelta(days=1)
    hold.save()
    assert purge_expired(at=NOON).reads_destroyed == 1
    assert not HeldRead.objects.exists()
    assert Hold.objects.exists()


def test_a_read_under_two_holds_stays_until_both_are_lifted(approved: User) -> None:
    read = make.detection(at=PAST)
    lifted, _ = held(read, approved), held(read, approved)
    lifted.lift_requested_by, lifted.lifted_by = approved, make.user("second", "custodian")
    lifted.lift_requested_at = lifted.lifted_at = NOON - timedelta(days=1)
    lifted.save()
    assert purge_expired(at=NOON).reads_held == 1
    assert Detection.objects.exists()


def test_closed_hits_go_with_their_read_and_open_ones_keep_theirs(approved: User) -> None:
    open_hit = hit(make.detection(at=PAST))
    closed = hit(make.detection("0DEM777", at=PAST), closed_by=approved)
    certificate = purge_expired(at=NOON)
    assert (certificate.reads_destroyed, certificate.hits_destroyed, certificate.reads_with_open_hits) == (1, 1, 1)
    assert list(Hit.objects.all()) == [open_hit]
    assert Hit.history.filter(id=closed.pk).exists()


def test_corrections_and_quarantined_reads_go_too(approved: User) -> None:
    read = make.detection(at=PAST)
    stays = make.detection(at=NOON)
    for of in (read, stays):
        PlateCorrection.objects.create(
            detection_id=of.pk,
            camera_id=of.camera_id,
            captured_at=of.captured_at,
            plate_before="0DEM128",
            plate_after="0DEM123",
            corrected_by=approved,
            corrected_at=of.captured_at,
            reason="Seen by eye",
        )
        QuarantinedRead.objects.create(
            camera=of.camera, claimed_at=NOON, received_at=of.captured_at, reason="clock", body={"plate": "0DEM123"}
        )
    purge_expired(at=NOON)
    assert [correction.detection_id for correction in PlateCorrection.objects.all()] == [stays.pk]
    assert QuarantinedRead.objects.get().received_at == NOON


def stored(name: str) -> str:
    return default_storage.save(name, ContentFile(b"pixels"))


def test_a_picture_goes_with_its_last_read_and_its_files_with_it(approved: User) -> None:
    names = [stored("original/aa/one"), stored("served/aa/one.jpg")]
    gone = photo(at=PAST, original=names[0], served=names[1])
    make.detection(at=PAST, photo=gone)
    unread = photo(at=PAST, status=Photo.Status.UNREADABLE)
    fresh = photo(at=NOON, original=stored("original/aa/two"))
    certificate = purge_expired(at=NOON)
    assert certificate.photos_destroyed == 2
    assert all(default_storage.exists(name) for name in names), "files go only after the commit"
    assert photos.remove_all_listed(at=NOON) == 1
    assert list(Photo.objects.all()) == [fresh]
    assert not any(default_storage.exists(name) for name in names)
    assert default_storage.exists(fresh.original.name)
    assert not Photo.objects.filter(pk=unread.pk).exists()
    removal = certificate.files
    removal.refresh_from_db()
    assert (removal.listed, removal.removed, removal.missing, removal.finished_at) == (2, 2, 0, NOON)
    assert last_entry().action == Action.PHOTO_CLEAN


def test_a_second_run_on_a_day_changes_nothing(approved: User) -> None:
    make.detection(at=PAST)
    first = purge_expired(at=NOON)
    later = make.detection(at=PAST)
    assert purge_expired(at=NOON + timedelta(hours=2)) == first
    assert Detection.objects.get() == later
    assert LedgerEntry.objects.filter(action=Action.PURGE_RUN).count() == 1


def test_a_day_with_nothing_due_has_its_certificate(approved: User) -> None:
    certificate = purge_expired(at=NOON)
    assert (certificate.reads_destroyed, certificate.root) == (0, merkle.EMPTY_ROOT.hex())


def test_nothing_goes_without_the_custodians_approval(custodian: User) -> None:
    make.detection(at=PAST)
    assert refused_purge() == "retention.approval_missing"
    approval(custodian, at=NOON - timedelta(days=6))  # ended this very instant
    assert refused_purge() == "retention.approval_missing"
    assert Detection.objects.exists()


def test_nothing_goes_while_two_texts_contradict_each_other(approved: User) -> None:
    elk_grove()
    make.detection(at=PAST)
    assert refused_purge() == "retention.conflict"
    assert "EGPD Policy 462, 462.4" in last_entry().citation
    assert "EGPD ALPR transparency page, Data retention" in last_entry().citation
    assert Detection.objects.exists()


def determine(chosen: str, by: User) -> None:
    PolicyDetermination.objects.create(
        profile="egpd_462",
        conflict="retention",
        chosen=chosen,
        reasoning="The policy stands",
        signed_by="City attorney",
        signed_on=NOON.date(),
        filed_by=by,
        filed_at=NOON - timedelta(days=1),
    )


def test_a_determination_that_is_no_duration_is_no_ceiling(approved: User) -> None:
    elk_grove()
    determine("as the chief says", approved)
    assert refused_purge() == "retention.no_ceiling"


def test_elk_grove_also_needs_council_and_attorney(approved: User) -> None:
    elk_grove()
    determine("P1Y", approved)
    assert refused_purge() == "retention.approval_missing"
    approval(approved, kind="council_and_attorney")
    stays = make.detection(at=datetime(2025, 6, 16, 19, 0, tzinfo=UTC))
    make.detection(at=datetime(2025, 6, 16, 18, 59, 59, tzinfo=UTC))
    assert purge_expired(at=NOON).reads_destroyed == 1
    assert list(Detection.objects.all()) == [stays]


def test_only_who_may_approve_runs_a_purge_by_hand(approved: User, detective: User) -> None:
    with pytest.raises(Refused) as caught:
        purge_expired(at=NOON, by=make.by(detective))
    assert caught.value.refusal.code == "access.role"
    assert purge_expired(at=NOON, by=make.by(approved)).pk


def test_a_purge_that_fails_destroys_nothing_and_is_on_record(approved: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make.detection(at=PAST)
    monkeypatch.setattr(purging, "_certify", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        purge_expired(at=NOON)
    assert Detection.objects.exists()
    assert last_entry().outcome == Outcome.FAILED


def test_clean_up_removes_old_files_that_no_row_names(db: None) -> None:
    orphan, owned = stored("original/bb/orphan"), stored("served/bb/owned.jpg")
    photo(served=owned)
    now = datetime.now(UTC)
    assert photos.clean_photos(at=now) == 0  # too young: its post may still be under way
    assert photos.clean_photos(at=now + timedelta(hours=2)) >= 1
    assert not default_storage.exists(orphan)
    assert default_storage.exists(owned)
    assert photos.clean_photos(at=now + timedelta(hours=2)) == 0
    assert last_entry().action == Action.PHOTO_CLEAN


def test_a_file_that_cannot_be_removed_is_left_to_the_clean_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise PermissionError(name)

    monkeypatch.setattr(default_storage, "delete", fail, raising=False)
    assert photos.remove_files(["original/cc/stuck"]) == 0


def in_thread(work: object) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def old_read(transactional_db: None) -> ReadRef:
    """A read that is past its ceiling tonight, a custodian and an approval, all committed."""
    approval(make.user("custodian", "custodian", trained=False))
    return make.detection(at=PAST).ref


def test_a_hold_placed_while_the_purge_runs_keeps_its_read(old_read: ReadRef) -> None:
    custodian = User.objects.get(username="custodian")
    purged, results = threading.Event(), []

    def purge() -> None:
        results.append(purge_expired(at=NOON))
        purged.set()

    with transaction.atomic():
        assert held_reads.lock([old_read]) == {old_read}
        thread = in_thread(purge)
        assert purged.wait(20), "the purge waits for a row that a hold has locked"
        hold(custodian, Detection.objects.get())
    thread.join()
    assert results[0].reads_destroyed == 0
    assert HeldRead.objects.get().read_ref == old_read


def test_a_hold_on_a_read_being_destroyed_finds_it_gone(old_read: ReadRef, monkeypatch: pytest.MonkeyPatch) -> None:
    custodian = User.objects.get(username="custodian")
    deleted, go_on, codes = threading.Event(), threading.Event(), []
    certify = purging._certify

    def slow(*facts: Any, **more: Any) -> None:
        deleted.set()
        go_on.wait(10)
        certify(*facts, **more)

    monkeypatch.setattr(purging, "_certify", slow)
    read = Detection.objects.get()

    def place() -> None:
        early = PAST + timedelta(days=1)  # the read could still be seen when this began
        try:
            place_hold(by=make.by(custodian), at=early, reads=[old_read], terms=_early(read))
        except Refused as refused:
            codes.append(refused.refusal.code)

    purge = in_thread(lambda: purge_expired(at=NOON))
    assert deleted.wait(20)
    holding = in_thread(place)
    holding.join(0.5)
    assert holding.is_alive(), "the hold waits for the purge's lock"
    go_on.set()
    purge.join()
    holding.join()
    assert codes == ["hold.reads"]
    assert not Hold.objects.exists()
    assert not Detection.objects.exists()


def test_two_purges_at_once_make_one_certificate(old_read: ReadRef) -> None:
    outcomes: list[object] = []

    def purge() -> None:
        try:
            outcomes.append(purge_expired(at=NOON).pk)
        except Refused as refused:
            outcomes.append(refused.refusal.code)

    threads = [in_thread(purge) for _ in range(3)]
    for thread in threads:
        thread.join()
    certificate = PurgeCertificate.objects.get()
    assert certificate.reads_destroyed == 1
    assert set(outcomes) <= {certificate.pk, "purge.busy"}


def test_a_read_in_a_partition_waits_for_its_plan(approved: User) -> None:
    partition()
    read = make.detection(at=FIRST + timedelta(days=3))
    assert purge_expired(at=NOON).reads_destroyed == 0
    assert Detection.objects.get() == read
