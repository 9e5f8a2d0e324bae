"""Make the file of an export: claim it, write and zip it outside any transaction, then mark it ready.

Safe twice, late and in parallel: the claim is compare and set, and only its holder finishes.
"""

import hashlib
import logging
import secrets
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

import redis
from celery import current_app
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit import asker, ledger, signing
from audit.actions import Action
from audit.leaf import instant
from audit.log import export_folder, export_source
from audit.log.proofs import NoProof
from audit.log.rules_export import FILE_KEPT, PURPOSES
from audit.models import LedgerExport

ACTOR = "ledger exports"
# Up to so many records are written while the person waits; more go to the worker.
AT_ONCE = 2_000
MOST_ATTEMPTS = 3
CLAIM_LASTS = timedelta(minutes=20)
WAIT_BEFORE_ENQUEUE = timedelta(minutes=5)
FOLDER = "ledger-exports"
TASK = "audit.log.export_tasks.build_export"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)
Status = LedgerExport.Status

log = logging.getLogger(__name__)


def start(export: LedgerExport, *, at: datetime) -> None:
    """Make a small export now; hand a large one to the worker."""
    if export.records <= AT_ONCE:
        build_export(export_id=export.pk, at=at)
    else:
        enqueue(export.pk)


def enqueue(export_id: UUID) -> None:
    """Hand an export to the worker. Nothing is lost when the broker is away: the clean-up hands it over again."""
    try:
        current_app.send_task(TASK, kwargs={"export_id": str(export_id)}, ignore_result=True, retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("an export of the ledger waits, the broker is away: %s", type(error).__name__)


def build_export(*, export_id: UUID, at: datetime) -> bool:
    """Make the file; False where there was nothing to do or it could not be made (its row then says why)."""
    if not _claim(export_id, at):
        return False
    export = LedgerExport.objects.get(pk=export_id)
    if export.attempts > MOST_ATTEMPTS:
        _fail(export, "It was begun several times and never finished. Ask for it again.")
        return False
    name = f"{FOLDER}/{secrets.token_hex(16)}.zip"
    try:
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="ledger-export-") as folder:
            place = Path(folder)
            written = write_folder(place / "export", export, at=at, tell=lambda done: _tell(export, done))
            with (place / "export.zip").open("w+b") as file:
                pack(place / "export", file)
                size = file.tell()
                file.seek(0)
                digest = export_hash(file)
                file.seek(0)
                name = default_storage.save(name, File(file))
    except (export_source.NoCheckpoint, NoProof, signing.SigningUnavailable) as error:
        _fail(export, str(error))
        return False
    except OSError as error:
        log.exception("an export of the ledger could not be made")
        _fail(export, f"It could not be made ({type(error).__name__}). Ask the system's administrator.")
        return False
    mine = LedgerExport.objects.filter(pk=export.pk, status=Status.MAKING, claimed_at=export.claimed_at)
    ready = {"status": Status.READY, "ready_at": at, "file": name, "size": size, "sha256": digest, "problem": ""}
    if not mine.update(**ready, manifest_sha256=written.manifest_sha256, done=export.records):
        default_storage.delete(name)
        return False
    return True


def write_folder(
    folder: Path, export: LedgerExport, *, at: datetime, tell: Callable[[int], None] | None = None
) -> export_folder.Written:
    """The export as a folder. Raises NoCheckpoint, NoProof, SigningUnavailable and OSError."""
    folder.mkdir()
    about: dict[str, object] = {
        "agency": settings.AGENCY["name"],
        "made_at": instant(at),
        "purpose": PURPOSES.get(export.purpose, export.purpose),
        "recipient": export.recipient,
        "record_of_this_export": export.record_index,
        "withheld_fields": export.withheld_fields,
        "withheld_acts": [f"{start}*" for start in export.hidden_acts],
    }
    content = export_source.contents(
        export.first, export.upto, withheld=export.withheld_fields, hidden=export.hidden_acts, about=about, at=at
    )
    return export_folder.write(folder, content, tell=tell)


def pack(folder: Path, target: IO[bytes]) -> None:
    """The folder as a zip with one folder in it; the same folder gives the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(f"ledger-export/{path.name}", _SAME_TIME)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size  # tells the archive early whether it needs the large form
            with path.open("rb") as source, archive.open(entry, "w") as member:
                while chunk := source.read(1 << 20):
                    member.write(chunk)


def export_hash(file: IO[bytes]) -> str:
    """SHA-256 of an open file from where it stands, hex."""
    hashed = hashlib.sha256()
    while chunk := file.read(1 << 20):
        hashed.update(chunk)
    return hashed.hexdigest()


def keep_exports(*, at: datetime) -> int:
    """Remove files whose days are over, and hand lost exports to the worker again. Returns how many were removed."""
    over = LedgerExport.objects.filter(status=Status.READY, ready_at__lte=at - FILE_KEPT)
    keys = list(over.values_list("pk", flat=True)[:200])
    if keys:
        with ledger.act(Action.LEDGER_EXPORT_REMOVE, by=asker.system(ACTOR), at=at, purpose="retention") as record:
            record.result_count = over.filter(pk__in=keys).update(status=Status.REMOVED, removed_at=at)
            record.detail = {"exports": sorted(str(key) for key in keys)}
    for export in LedgerExport.objects.filter(status=Status.REMOVED).exclude(file=""):
        try:
            default_storage.delete(export.file)
        except OSError:
            log.exception("the file of an export of the ledger could not be removed")
        else:
            LedgerExport.objects.filter(pk=export.pk).update(file="")
    lost = Q(status=Status.WAITING, asked_at__lt=at - WAIT_BEFORE_ENQUEUE)
    lost |= Q(status=Status.MAKING, claimed_at__lt=at - CLAIM_LASTS)
    for export_id in LedgerExport.objects.filter(lost).values_list("pk", flat=True)[:200]:
        enqueue(export_id)
    return len(keys)


def _claim(export_id: UUID, at: datetime) -> bool:
    free = Q(status=Status.WAITING) | Q(status=Status.MAKING, claimed_at__lt=at - CLAIM_LASTS)
    mine = LedgerExport.objects.filter(free, pk=export_id)
    return mine.update(status=Status.MAKING, claimed_at=at, attempts=F("attempts") + 1, done=0) == 1


def _fail(export: LedgerExport, why: str) -> None:
    mine = LedgerExport.objects.filter(pk=export.pk, status=Status.MAKING, claimed_at=export.claimed_at)
    mine.update(status=Status.FAILED, problem=why[:300])


def _tell(export: LedgerExport, done: int) -> None:
    """How far it is; the claim is renewed with it, so that a long export is not taken for a lost one."""
    mine = LedgerExport.objects.filter(pk=export.pk, status=Status.MAKING, claimed_at=export.claimed_at)
    now = timezone.now()
    if mine.update(done=done, claimed_at=now):
        export.claimed_at = now
