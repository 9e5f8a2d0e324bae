"""Exports that were made: the list, one of them, and its file. Each look and each download is on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.log import rules_export as rules
from audit.log.export import SUBJECT
from audit.log.export_build import export_hash
from audit.models import LedgerEntry, LedgerExport
from audit.refusals import Refused

PURPOSE = "ledger review"
SHOWN = 200


class ExportNotFound(LookupError):
    """There is no such export."""


class ExportDamaged(Exception):
    """The stored file is not the one that was made; it is handed to nobody."""


@dataclass(frozen=True, slots=True)
class OpenedExport:
    """An export, and the ledger's records about it, the newest first."""

    export: LedgerExport
    records: list[LedgerEntry]
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The open file, to be streamed, and the record of this download."""

    export: LedgerExport
    file: File
    record_index: int | None


def list_exports(*, by: Asker, at: datetime) -> Sequence[LedgerExport]:
    """Everybody's exports, the newest first, 200 at most. Raises Refused for one who is not an auditor."""
    with ledger.act(Action.LEDGER_LIST, by=by, at=at, purpose=PURPOSE, query={"list": "exports"}) as record:
        gate.admit(by, Ability.READ_LEDGER, at=at)
        exports = list(LedgerExport.objects.select_related("asked_by").order_by("-asked_at", "-pk")[:SHOWN])
        record.result_count = len(exports)
    return exports


def open_export(*, by: Asker, at: datetime, export_id: UUID) -> OpenedExport:
    """One export with its records. Raises ExportNotFound or Refused."""
    with ledger.act(Action.LEDGER_VIEW, by=by, at=at, purpose=PURPOSE, subject=(SUBJECT, export_id, "")) as record:
        gate.admit(by, Ability.READ_LEDGER, at=at)
        export = LedgerExport.objects.select_related("asked_by").filter(pk=export_id).first()
        if export is None:
            raise ExportNotFound
        records = list(LedgerEntry.objects.about(SUBJECT, str(export_id)).order_by("-index")[:SHOWN])
        record.result_count = 1
    return OpenedExport(export, records, record.index)


def fetch_export(*, by: Asker, at: datetime, export_id: UUID) -> Fetched:
    """The file, compared with its hash first. Raises ExportNotFound, ExportDamaged or Refused."""
    export = LedgerExport.objects.filter(pk=export_id).first()
    # The file is read before the act, which holds a transaction open; for nobody whom the gate will refuse.
    may = by.user is not None and Ability.READ_LEDGER in abilities_of(by.user, at)
    intact = may and export is not None and _is_intact(export)
    with ledger.act(
        Action.LEDGER_FETCH,
        by=by,
        at=at,
        purpose=export.purpose if export else "none given",
        reason=export.reason if export else "",
        subject=(SUBJECT, export_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.READ_LEDGER, at=at)
        if export is None:
            raise ExportNotFound
        there = export.status == LedgerExport.Status.READY
        if refusal := rules.refuse_fetch(ready_at=export.ready_at if there else None, at=at, profile=profile):
            raise Refused(refusal)
        if not intact:
            raise ExportDamaged
        record.result_count = export.records
        record.detail = {"sha256": export.sha256, "manifest_sha256": export.manifest_sha256}
    return Fetched(export, default_storage.open(export.file), record.index)


def _is_intact(export: LedgerExport) -> bool:
    if export.status != LedgerExport.Status.READY:
        return False
    try:
        with default_storage.open(export.file) as file:
            return export_hash(file) == export.sha256
    except FileNotFoundError:
        return False
