"""Destroy clear values of old records: the words go, the record and its proof stay (promise A-11).

Done by the owner of the tables alone (``manage.py destroy_ledger_values``). First the record of it, for good; then the
values, in batches that each name that record, which is the only change of a clear value the database lets through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, Q

from audit import ledger, policy
from audit.actions import Action
from audit.asker import Asker
from audit.leaf import SALT_BYTES, SENSITIVE
from audit.log import rules_export as rules
from audit.models import LedgerDetail, LedgerEntry
from audit.refusals import Refused

SUBJECT = "ledger records"
BATCH = 1_000


class NotTheOwner(Exception):
    """The role that is signed in does not own the ledger's tables, so the database would not let it."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """How many records lost values, and the record that says so."""

    records: int
    record_index: int | None


def destroy_values(
    *, by: Asker, at: datetime, first: int, last: int, fields: Sequence[str], reason: str, order: str = ""
) -> Destroyed:
    """Destroy the named sensitive fields of the records ``first`` to ``last``. Safe to say again after a crash.

    ``order`` is the number of the court's order that seals them, which goes before the policy's retention. Raises
    NotTheOwner, Refused, and ValueError for a field that is none.
    """
    if not fields or set(fields) - set(SENSITIVE):
        raise ValueError(f"the fields that can be destroyed are {', '.join(SENSITIVE)}")
    if not _owns():
        raise NotTheOwner("Only the role that owns the ledger's tables destroys clear values.")
    chosen = [name for name in SENSITIVE if name in fields]
    with ledger.act(
        Action.LEDGER_DESTROY,
        by=by,
        at=at,
        purpose="sealing" if order else "retention",
        reason=reason,
        case_number=order,
        query={"first": first, "last": last, "fields": chosen},
        subject=(SUBJECT, f"{first}-{last}", ""),
    ) as record:
        profile = policy.in_force(at)
        rows = LedgerEntry.objects.filter(index__gte=first, index__lte=last)
        youngest = rows.aggregate(youngest=Max("recorded_at"))["youngest"]
        refusal = (
            rules.refuse_range(first, last + 1, _size(), profile)
            or rules.refuse_why(reason, profile)
            or rules.refuse_destroying(youngest=youngest, at=at, order=order, profile=profile)
        )
        if refusal:
            raise Refused(refusal)
        record.result_count = last - first + 1
    if record.index is None:
        raise ledger.LedgerUnavailable("the destruction has no record")
    return Destroyed(_destroy(first, last, chosen, record.index), record.index)


def _destroy(first: int, last: int, fields: Sequence[str], record_index: int) -> int:
    """Null the values and zero their salts, a batch a transaction. How many records lost something."""
    left = Q(*[Q(**{f"{name}__isnull": False}) for name in fields], _connector=Q.OR)
    places = [SENSITIVE.index(name) * SALT_BYTES for name in fields]
    count = 0
    for start in range(first, last + 1, BATCH):
        end = min(start + BATCH - 1, last)
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('audit.destroy_record', %s, true)", [str(record_index)])
            rows = list(LedgerDetail.objects.filter(left, entry_id__gte=start, entry_id__lte=end))
            for row in rows:
                salts = bytearray(row.salts)
                for name, place in zip(fields, places, strict=True):
                    setattr(row, name, None)
                    salts[place : place + SALT_BYTES] = bytes(SALT_BYTES)
                row.salts = bytes(salts)
            LedgerDetail.objects.bulk_update(rows, [*fields, "salts"], batch_size=BATCH)
        count += len(rows)
    return count


def _owns() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolname = current_user FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE c.oid = %s::regclass",
            ["audit_ledgerdetail"],
        )
        return bool(cursor.fetchone()[0])


def _size() -> int:
    last = LedgerEntry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1
