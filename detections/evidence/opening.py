"""Own packages: the list, one of them with its custody, and its file. Each look and each download is on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.evidence import custody
from detections.evidence.ask import seen
from detections.evidence.bundle import hash_of
from detections.models import EvidencePackage
from detections.rules import evidence as rules

PURPOSE = "evidence"
SHOWN = 200


class PackageNotFound(LookupError):
    """No such package of this person; whether it is somebody else's is not said."""


class PackageDamaged(Exception):
    """The stored file is not the one that was sealed; it is handed to nobody."""


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """A package and the ledger's records about it, the newest first; ``fetches`` counts the downloads among them."""

    package: EvidencePackage
    records: list[LedgerEntry]
    fetches: int
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The open file, to be streamed, and the record of this download."""

    package: EvidencePackage
    file: File
    record_index: int | None


def list_packages(*, by: Asker, at: datetime) -> Sequence[EvidencePackage]:
    """The person's own packages, the newest first, 200 at most. No plate is among them."""
    with ledger.act(Action.EVIDENCE_LIST, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.EXPORT_EVIDENCE, at=at)
        packages = list(EvidencePackage.objects.filter(made_by=by.user).order_by("-asked_at", "-pk")[:SHOWN])
        record.result_count = len(packages)
    return packages


def open_package(*, by: Asker, at: datetime, package_id: UUID) -> OpenedPackage:
    """One own package with its custody. Raises PackageNotFound or Refused."""
    package = own(by, package_id)
    with ledger.act(
        Action.EVIDENCE_VIEW,
        by=by,
        at=at,
        purpose=package.purpose if package else "none given",
        reason=package.reason if package else "",
        case_number=package.case_number if package else "",
        subject=(custody.SUBJECT, package_id, ""),
    ) as record:
        gate.admit(by, Ability.EXPORT_EVIDENCE, at=at)
        if package is None:
            raise PackageNotFound
        records = custody.of_package(package)
        record.result_count = 1
    fetches = sum(entry.action == Action.EVIDENCE_FETCH and entry.outcome == "allowed" for entry in records)
    return OpenedPackage(package, records, fetches, record.index)


def fetch_package(*, by: Asker, at: datetime, package_id: UUID) -> Fetched:
    """The file of an own package, compared with its seal first. Raises PackageNotFound, PackageDamaged or Refused.

    Reads that have passed their ceiling since, and are not held in the case, keep the file from leaving.
    """
    package = own(by, package_id)
    intact = package is not None and _is_intact(package)
    with ledger.act(
        Action.EVIDENCE_FETCH,
        by=by,
        at=at,
        purpose=package.purpose if package else "none given",
        reason=package.reason if package else "",
        case_number=package.case_number if package else "",
        subject=(custody.SUBJECT, package_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.EXPORT_EVIDENCE, at=at)
        if package is None:
            raise PackageNotFound
        ready = package.status == EvidencePackage.Status.READY
        if refusal := rules.refuse_fetch(ready=ready, ready_at=package.ready_at, at=at, profile=profile):
            raise Refused(refusal)
        refs = package.read_refs
        if refusal := rules.refuse_gone(len(refs), len(seen(refs, at, profile, package.case_number)), profile):
            raise Refused(refusal)
        if not intact:
            raise PackageDamaged
        record.result_count = package.read_count
        record.detail = {"sha256": package.sha256}
    return Fetched(package, default_storage.open(package.file), record.index)


def own(by: Asker, package_id: UUID) -> EvidencePackage | None:
    """The package if it is this person's."""
    return EvidencePackage.objects.select_related("made_by").filter(pk=package_id, made_by=by.user).first()


def _is_intact(package: EvidencePackage) -> bool:
    if package.status != EvidencePackage.Status.READY:
        return False
    try:
        with default_storage.open(package.file) as file:
            return hash_of(file) == package.sha256
    except FileNotFoundError:
        return False
