"""Make the file of a package: claim it, gather, sign and zip outside any transaction, then seal it in one short act.

Gathering reads partitions; an open transaction over it would make a purge wait. Safe twice, late and in parallel: the
claim is compare and set, and the seal looks once more whether every read may still be seen.
"""

import logging
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

import redis
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import F, Q
from kombu.exceptions import OperationalError

from audit import ledger, paper, policy, signing
from audit.actions import Action
from audit.asker import system
from audit.refusals import Refused
from detections.evidence import bundle, custody, readme, sheet
from detections.evidence.ask import seen
from detections.evidence.bundle import Bundle, Member
from detections.evidence.contents import Packed, instant, pack
from detections.models import EvidencePackage
from detections.rules import evidence as rules

ACTOR = "evidence packages"
# Up to so many reads are packed while the person waits; more go to the worker.
AT_ONCE = 5
MOST_ATTEMPTS = 3
CLAIM_LASTS = timedelta(minutes=20)
FOLDER = "evidence"
TASK = "detections.evidence.tasks.build_package"
Status = EvidencePackage.Status

log = logging.getLogger(__name__)


class Superseded(Exception):
    """Another process has taken the package over meanwhile; its work counts."""


def start(package: EvidencePackage, *, at: datetime) -> None:
    """Make a small package now; hand a large one to the worker."""
    if package.read_count <= AT_ONCE:
        build_package(package_id=package.pk, at=at)
    else:
        enqueue(package.pk)


def enqueue(package_id: UUID) -> None:
    """Hand a package to the worker. Nothing is lost when the broker is away: the clean-up hands it over again."""
    try:
        current_app.send_task(TASK, kwargs={"package_id": str(package_id)}, ignore_result=True, retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("an evidence package waits, the broker is away: %s", type(error).__name__)


def build_package(*, package_id: UUID, at: datetime) -> bool:
    """Make the file; False where there was nothing to do or it could not be made (its row then says why)."""
    if not _claim(package_id, at):
        return False
    package = EvidencePackage.objects.select_related("made_by").get(pk=package_id)
    if package.attempts > MOST_ATTEMPTS:
        _fail(package, "It was begun several times and never finished. Ask for it again.")
        return False
    name = f"{FOLDER}/{secrets.token_hex(16)}.zip"
    try:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            made = _write(package, file, at)
            file.seek(0)
            name = default_storage.save(name, File(file))
        _seal(package, made, name, at)
    except ledger.LedgerUnavailable:  # whether it was sealed is not known: the clean-up sees to the file
        mine = EvidencePackage.objects.filter(pk=package.pk, status=Status.MAKING, claimed_at=package.claimed_at)
        mine.update(status=Status.WAITING)
        raise
    except Superseded:
        default_storage.delete(name)
        return False
    except Refused as refused:
        default_storage.delete(name)
        _fail(package, refused.refusal.reason)
        return False
    except (paper.PaperError, signing.SigningUnavailable, OSError) as error:
        log.exception("an evidence package could not be made")
        default_storage.delete(name)
        _fail(package, f"It could not be made ({type(error).__name__}). Ask the system's administrator.")
        return False
    return True


def progress(package: EvidencePackage) -> int:
    """How many reads are packed so far."""
    try:
        return int(cache.get(_progress_key(package), 0))
    except redis.RedisError:
        return 0


def _claim(package_id: UUID, at: datetime) -> bool:
    free = Q(status=Status.WAITING) | Q(status=Status.MAKING, claimed_at__lt=at - CLAIM_LASTS)
    mine = EvidencePackage.objects.filter(free, pk=package_id)
    return mine.update(status=Status.MAKING, claimed_at=at, attempts=F("attempts") + 1) == 1


def _write(package: EvidencePackage, file: IO[bytes], at: datetime) -> Bundle:
    """Gather everything and write the zip. Raises Refused when a read may not be seen any more."""
    profile = policy.in_force(at)
    refs = package.read_refs
    reads = seen(refs, at, profile, package.case_number)
    if refusal := rules.refuse_gone(len(refs), len(reads), profile):
        raise Refused(refusal)
    chain = custody.chain(package, reads)
    packed: list[Packed] = []
    for number, read in enumerate(reads, start=1):
        packed.append(pack(number, read, case_number=package.case_number))
        _tell(package, number)
    purpose = profile.purpose(package.purpose)
    label = purpose.label if purpose else package.purpose
    about = _about(package, label, chain, at)
    return bundle.write(_members(package, packed, chain, label, at), about, file)


def _members(
    package: EvidencePackage, packed: Sequence[Packed], chain: dict[str, Any], purpose: str, at: datetime
) -> Iterator[Member]:
    guide = readme.text(package, settings.AGENCY["name"], signing.key_id())
    yield Member("README.txt", guide.encode(), "What this is and how to check it")
    yield Member("evidence.pdf", sheet.make(package, packed, chain, purpose, at=at), "The sheet, for reading")
    yield Member("custody.json", bundle.as_json(chain), "Chain of custody")
    for one in packed:
        yield from one.members()
    yield bundle.verifier(settings.BASE_DIR)


def _about(package: EvidencePackage, purpose: str, chain: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The manifest's facts beside its list of files."""
    maker = package.made_by
    return {
        "package": str(package.pk),
        "agency": settings.AGENCY["name"],
        "case_number": package.case_number,
        "purpose": purpose,
        "reason": package.reason,
        "recipient": package.recipient,
        "report_number": package.report_number,
        "made_by": {
            "name": maker.display_name,
            "username": maker.get_username(),
            "organisation": maker.organisation or settings.AGENCY["name"],
        },
        "made_at": instant(at)["utc"],
        "profile": package.profile,
        "reads": package.read_count,
        "record": custody.record_of(package.record_index),
        "ledger": chain["ledger"],
    }


def _seal(package: EvidencePackage, made: Bundle, name: str, at: datetime) -> None:
    """Note the hashes on the ledger and on the row, which makes the package ready."""
    with ledger.act(
        Action.EVIDENCE_SEAL,
        by=system(ACTOR),
        at=at,
        purpose=package.purpose,
        reason=package.reason,
        case_number=package.case_number,
        subject=(custody.SUBJECT, package.pk, ""),
    ) as record:
        mine = EvidencePackage.objects.select_for_update(of=("self",)).filter(
            pk=package.pk, status=Status.MAKING, claimed_at=package.claimed_at
        )
        if not mine.exists():
            raise Superseded
        profile = policy.in_force(at)
        refs = package.read_refs
        if refusal := rules.refuse_gone(len(refs), len(seen(refs, at, profile, package.case_number)), profile):
            raise Refused(refusal)
        mine.update(
            status=Status.READY,
            ready_at=at,
            file=name,
            size=made.size,
            sha256=made.sha256,
            manifest_sha256=made.manifest_sha256,
            key_id=made.key_id,
            problem="",
        )
        record.result_count = package.read_count
        record.detail = {"sha256": made.sha256, "manifest_sha256": made.manifest_sha256, "key_id": made.key_id}
    EvidencePackage.objects.filter(pk=package.pk).update(sealed_index=record.index)


def _fail(package: EvidencePackage, why: str) -> None:
    mine = EvidencePackage.objects.filter(pk=package.pk, status=Status.MAKING, claimed_at=package.claimed_at)
    mine.update(status=Status.FAILED, problem=why[:300])


def _tell(package: EvidencePackage, number: int) -> None:
    try:
        cache.set(_progress_key(package), number, timeout=int(CLAIM_LASTS.total_seconds()))
    except redis.RedisError:
        log.debug("progress of an evidence package is not told")


def _progress_key(package: EvidencePackage) -> str:
    return f"evidence:{package.pk}"
