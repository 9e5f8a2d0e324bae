"""Looks at audit exports: all systems with what is missing, one system with its accounts, one export with bad rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.elsewhere import gaps
from audit.elsewhere.hand_in import PURPOSE
from audit.models import QueryImport, QueryImportFault, QuerySystem, SystemAccount
from audit.refusals import Refused

YEAR = timedelta(days=365)
SHOWN_FAULTS = 200
SHOWN_IMPORTS = 50


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A system, its last export, and what is missing of the last year."""

    system: QuerySystem
    last: QueryImport | None
    missing: list[gaps.Missing]
    unmatched: list[gaps.Unmatched]


@dataclass(frozen=True, slots=True)
class Overview:
    """All systems and the newest exports."""

    systems: list[SystemRow]
    imports: list[QueryImport]
    record_index: int


@dataclass(frozen=True, slots=True)
class OpenedSystem:
    """A system with its accounts and its exports."""

    row: SystemRow
    accounts: list[SystemAccount]
    imports: list[QueryImport]
    record_index: int


@dataclass(frozen=True, slots=True)
class OpenedImport:
    """An export with its first bad rows."""

    export: QueryImport
    faults: list[QueryImportFault]
    record_index: int


def overview(*, by: Asker, at: datetime) -> Overview:
    """All systems. Raises Refused."""
    with ledger.act(Action.ELSEWHERE_LIST, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        systems = _rows(list(QuerySystem.objects.order_by("name")), at)
        imports = list(
            QueryImport.objects.select_related("system", "handed_in_by").order_by("-handed_in_at")[:SHOWN_IMPORTS]
        )
        record.result_count = len(systems)
    return Overview(systems, imports, record.index or 0)


def see_system(system_id: int, *, by: Asker, at: datetime) -> OpenedSystem:
    """One system. Raises Refused, QuerySystem.DoesNotExist."""
    with ledger.act(
        Action.ELSEWHERE_VIEW, by=by, at=at, purpose=PURPOSE, subject=("query_system", system_id, "")
    ) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        row = _rows([QuerySystem.objects.get(pk=system_id)], at)[0]
        accounts = list(
            SystemAccount.objects.filter(system_id=system_id).select_related("user").order_by("account", "-starts_at")
        )
        imports = list(row.system.imports.select_related("handed_in_by").order_by("-handed_in_at")[:SHOWN_IMPORTS])
        record.result_count = 1
    return OpenedSystem(row, accounts, imports, record.index or 0)


def see_import(import_id: UUID, *, by: Asker, at: datetime, every_fault: bool = False) -> OpenedImport:
    """One export with its bad rows, the first 200 unless all are asked for. Raises Refused, DoesNotExist."""
    with ledger.act(
        Action.ELSEWHERE_VIEW, by=by, at=at, purpose=PURPOSE, subject=("query_import", import_id, "")
    ) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        found = QueryImport.objects.select_related("system", "handed_in_by").get(pk=import_id)
        faults = found.faults.all() if every_fault else found.faults.all()[:SHOWN_FAULTS]
        rows = list(faults)
        record.result_count = 1
    return OpenedImport(found, rows, record.index or 0)


def progress(import_id: UUID, *, by: Asker, at: datetime) -> QueryImport:
    """How far an export is: numbers only, so no record of its own but of a refusal. Raises Refused, DoesNotExist."""
    try:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
    except Refused:
        with ledger.act(Action.ELSEWHERE_VIEW, by=by, at=at, purpose=PURPOSE, subject=("query_import", import_id, "")):
            gate.admit(by, Ability.IMPORT_QUERIES, at=at)
    return QueryImport.objects.select_related("system").get(pk=import_id)


def _rows(systems: list[QuerySystem], at: datetime) -> list[SystemRow]:
    missing, unmatched = gaps.missing_weeks(at - YEAR, at), gaps.unmatched(at - YEAR, at)
    return [
        SystemRow(
            system,
            system.imports.filter(state=QueryImport.State.DONE).order_by("-covers_upto").first(),
            [one for one in missing if one.system == system.name],
            [one for one in unmatched if one.system == system.name],
        )
        for system in systems
    ]
