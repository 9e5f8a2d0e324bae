"""A package's file goes after 30 days, or sooner when its reads may not be seen; its record stays."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from audit.actions import Action
from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.evidence import removing
from detections.evidence.ask import ask_package
from detections.evidence.opening import fetch_package
from detections.evidence.removing import remove_old, resume
from detections.models import EvidencePackage
from detections.rules import evidence as rules
from tests import make
from tests.detections.evidence import packing
from tests.detections.searching import last_entry

NOON = make.NOON
MADE = packing.AT


@pytest.fixture
def package(detective):
    return packing.packaged(detective, [packing.read_with_photo()])


def state():
    row = EvidencePackage.objects.get()
    return row.status, row.file


def refused_fetch(by, package, at):
    with pytest.raises(Refused) as caught:
        fetch_package(by=make.by(by), at=at, package_id=package.pk)
    assert last_entry().rule_code == caught.value.refusal.code
    return caught.value.refusal.code


def test_a_file_stays_30_days_and_not_a_second_longer(detective, package):
    end = MADE + rules.FILE_KEPT
    assert remove_old(at=end - timedelta(seconds=1)) == 0
    fetch_package(by=make.by(detective), at=end - timedelta(seconds=1), package_id=package.pk).file.close()
    assert refused_fetch(detective, package, end) == "evidence.removed" == rules.EVIDENCE_REMOVED.code
    assert remove_old(at=end) == 1
    assert state() == ("removed", "")
    assert not default_storage.exists(package.file)
    entry = LedgerEntry.objects.get(action=Action.EVIDENCE_REMOVE)
    assert (entry.actor_kind, entry.result_count) == ("system", 1)
    assert EvidencePackage.objects.get().sha256 == package.sha256


def test_removing_twice_does_nothing_the_second_time(package):
    remove_old(at=MADE + rules.FILE_KEPT)
    assert remove_old(at=MADE + rules.FILE_KEPT + timedelta(hours=1)) == 0
    assert LedgerEntry.objects.filter(action=Action.EVIDENCE_REMOVE).count() == 1


def test_a_file_that_could_not_be_deleted_is_tried_again(package, monkeypatch):
    def broken(_name):
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr(removing.default_storage, "delete", broken)
        remove_old(at=MADE + rules.FILE_KEPT)
    assert state() == ("removed", package.file)
    remove_old(at=MADE + rules.FILE_KEPT)
    assert state() == ("removed", "")
    assert not default_storage.exists(package.file)


def test_a_package_does_not_outlive_the_ceiling_of_its_reads(detective):
    nearly = NOON - timedelta(days=725)
    package = packing.packaged(detective, [packing.read_with_photo(at=nearly)])
    past = NOON + timedelta(days=10)
    assert refused_fetch(detective, package, past) == "evidence.gone"
    assert remove_old(at=past) == 1
    assert state() == ("removed", "")


def test_a_file_that_no_package_names_goes_after_an_hour(package):
    stray = default_storage.save("evidence/stray.zip", ContentFile(b"half a package"))
    remove_old(at=MADE)
    assert default_storage.exists(stray)
    removing._delete_strays(timezone.now() + timedelta(hours=2))
    assert not default_storage.exists(stray)
    assert default_storage.exists(package.file)


def test_lost_packages_are_handed_to_the_worker_again(detective, monkeypatch):
    handed = []
    monkeypatch.setattr(removing, "enqueue", handed.append)
    asked = ask_package(by=make.by(detective), at=MADE, refs=[make.detection(at=NOON).ref], look=packing.LOOK)
    assert resume(at=MADE + timedelta(minutes=4)) == 0
    assert resume(at=MADE + timedelta(minutes=6)) == 1
    EvidencePackage.objects.update(status="making", claimed_at=MADE)
    assert resume(at=MADE + timedelta(minutes=19)) == 0
    assert resume(at=MADE + timedelta(minutes=21)) == 1
    assert handed == [asked.pk, asked.pk]
