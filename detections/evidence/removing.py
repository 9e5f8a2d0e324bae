"""The end of a package's file: after 30 days, or as soon as a read in it may not be seen any more. The row stays."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q

from audit import asker, ledger, policy
from audit.actions import Action
from detections.evidence.ask import seen
from detections.evidence.build import CLAIM_LASTS, FOLDER, enqueue
from detections.models import EvidencePackage
from detections.rules.evidence import FILE_KEPT

PURPOSE = "retention"
BATCH = 200
# A file is written before its row names it: younger ones may belong to a package still being made.
GRACE = timedelta(hours=1)
# A package just asked for is with the worker; older than this, its message was lost.
WAIT_BEFORE_ENQUEUE = timedelta(minutes=5)
Status = EvidencePackage.Status

log = logging.getLogger(__name__)


def remove_old(*, at: datetime) -> int:
    """Remove the files whose time is over. Safe to run twice: the row is marked first. Returns how many were marked."""
    over = _over(at)
    if over:
        with ledger.act(Action.EVIDENCE_REMOVE, by=asker.system("evidence packages"), at=at, purpose=PURPOSE) as record:
            ready = EvidencePackage.objects.filter(pk__in=over, status=Status.READY)
            record.result_count = ready.update(status=Status.REMOVED, removed_at=at)
            record.detail = {"packages": sorted(str(key) for key in over)}
    _delete_files()
    _delete_strays(at)
    return len(over)


def resume(*, at: datetime) -> int:
    """Hand packages to the worker again whose message or worker was lost. Returns how many."""
    lost = Q(status=Status.WAITING, asked_at__lt=at - WAIT_BEFORE_ENQUEUE)
    lost |= Q(status=Status.MAKING, claimed_at__lt=at - CLAIM_LASTS)
    found = list(EvidencePackage.objects.filter(lost).order_by("asked_at").values_list("pk", flat=True)[:BATCH])
    for package_id in found:
        enqueue(package_id)
    return len(found)


def _over(at: datetime) -> list[UUID]:
    """Packages whose days are over, and those with a read past its ceiling that their case does not hold."""
    profile = policy.in_force(at)
    over: list[UUID] = []
    for package in EvidencePackage.objects.filter(status=Status.READY).order_by("asked_at").iterator():
        old = package.ready_at is not None and at >= package.ready_at + FILE_KEPT
        refs = package.read_refs
        if old or len(seen(refs, at, profile, package.case_number)) < len(refs):
            over.append(package.pk)
    return over


def _delete_files() -> None:
    """Delete the files of marked rows; what cannot be deleted now is tried again at the next run."""
    for package in EvidencePackage.objects.filter(status=Status.REMOVED).exclude(file=""):
        try:
            default_storage.delete(package.file)
        except OSError:
            log.exception("the file of an evidence package could not be removed")
        else:
            EvidencePackage.objects.filter(pk=package.pk).update(file="")


def _delete_strays(at: datetime) -> None:
    """Delete files that no row names: their maker died, or lost the ledger, between storing and sealing."""
    try:
        _, stored = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # no package has been made yet
        return
    names = {f"{FOLDER}/{name}" for name in stored}
    named = set(EvidencePackage.objects.filter(file__in=names).values_list("file", flat=True))
    for name in sorted(names - named):
        try:
            if default_storage.get_modified_time(name) < at - GRACE:
                default_storage.delete(name)
        except OSError:
            log.exception("a file of no evidence package could not be removed")
