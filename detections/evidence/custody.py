"""Chain of custody: every record of the ledger about the reads of a package, their pictures and the package itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from audit.models import LedgerEntry
from detections.evidence.contents import instant
from detections.models import Detection, EvidencePackage, HeldRead, Hit

SUBJECT = "evidence package"
MOST_RECORDS = 5_000
OTHER_CASE = "another case: not told"


def chain(package: EvidencePackage, reads: Sequence[Detection]) -> dict[str, Any]:
    """The records up to now in the order of the ledger, and how far the ledger had come.

    What was done for another case says who, what and when, and neither its purpose nor its case.
    """
    about = _subjects(package, reads)
    wanted = Q()
    for subject_type in {kind for kind, _ in about}:
        wanted |= Q(subject_type=subject_type, subject_id__in=[key for kind, key in about if kind == subject_type])
    found = list(LedgerEntry.objects.filter(wanted).select_related("clear").order_by("index")[: MOST_RECORDS + 1])
    entries = found[:MOST_RECORDS]
    return {
        "records": [_row(entry, about, package.case_number) for entry in entries],
        "complete": len(found) <= MOST_RECORDS,
        "ledger": ledger_now(),
    }


def of_package(package: EvidencePackage) -> list[LedgerEntry]:
    """The records about the package alone, the newest first: its request, its seal, each download."""
    own = LedgerEntry.objects.filter(subject_type=SUBJECT, subject_id=str(package.pk))
    return list(own.order_by("-index")[:200])


def ledger_now() -> dict[str, Any]:
    """Size and root (hex) of the ledger as it stands: whoever holds the ledger can prove this point of it."""
    last = LedgerEntry.objects.order_by("-index").first()
    return {"size": last.index + 1, "root": bytes(last.root).hex()} if last else {"size": 0, "root": ""}


def record_of(index: int | None) -> dict[str, Any] | None:
    """A record as a manifest names it: number, leaf hash, and the ledger's root right after it."""
    entry = None if index is None else LedgerEntry.objects.filter(index=index).first()
    if entry is None:
        return None
    return {"index": entry.index, "leaf_hash": bytes(entry.leaf_hash).hex(), "root_after": bytes(entry.root).hex()}


def _subjects(package: EvidencePackage, reads: Sequence[Detection]) -> dict[tuple[str, str], str]:
    """(subject type, id) on the ledger -> what it is in this package."""
    numbers = {read.pk: number for number, read in enumerate(reads, start=1)}
    about = {(SUBJECT, str(package.pk)): "this package"}
    for read in reads:
        about["read", str(read.pk)] = f"read {numbers[read.pk]}"
        if read.photo_id:
            about["photo", str(read.photo_id)] = f"picture of read {numbers[read.pk]}"
    times = [read.captured_at for read in reads]
    for hit in Hit.objects.filter(captured_at__in=times, detection_id__in=list(numbers)):
        about["hit", str(hit.pk)] = f"hit on read {numbers[hit.detection_id]}"
    held = HeldRead.objects.filter(hold__case_number=package.case_number, detection_id__in=list(numbers))
    for hold_id, read_ids in _by_hold(held):
        about["hold", str(hold_id)] = "hold of read " + ", ".join(str(numbers[key]) for key in read_ids)
    return about


def _by_hold(held: Iterable[HeldRead]) -> list[tuple[Any, list[Any]]]:
    holds: dict[Any, list[Any]] = {}
    for row in held:
        holds.setdefault(row.hold_id, []).append(row.detection_id)
    return list(holds.items())


def _row(entry: LedgerEntry, about: dict[tuple[str, str], str], case_number: str) -> dict[str, Any]:
    same_case = entry.clear.case_number in (case_number, "")
    return {
        "record": entry.index,
        "at": instant(entry.at),
        "act": entry.action,
        "words": str(entry.get_action_display()),
        "outcome": str(entry.get_outcome_display()),
        "about": about[entry.subject_type, entry.subject_id],
        "by": entry.username,
        "organisation": entry.organisation,
        "purpose": entry.purpose if same_case else OTHER_CASE,
        "leaf_hash": bytes(entry.leaf_hash).hex(),
    }
