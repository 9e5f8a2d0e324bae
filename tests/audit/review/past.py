"""Records of the past: written at the log's end as ``ledger`` writes them, with the clock of the database set back."""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from audit import asker, leaf, merkle
from audit.models import Checkpoint, LedgerDetail, LedgerEntry, User


def record(by: User | None, at: datetime, action: str = "search.run", **told: Any) -> LedgerEntry:
    """One record of ``at`` by both clocks; ``query``, ``reason``, ``case_number``, ``detail`` are its clear values."""
    last = LedgerEntry.objects.order_by("-index").first()
    size = last.index + 1 if last else 0
    person = asker.person(by) if by else asker.system("test")
    clear = {
        "query": json.dumps(told.pop("query", {}), sort_keys=True),
        "reason": told.pop("reason", "stolen from the Elm Street garage"),
        "case_number": told.pop("case_number", "26-123456"),
        "subject_label": "",
        "detail": json.dumps(told.pop("detail", {})),
    }
    values = {
        "at": at,
        "recorded_at": at,
        "action": action,
        "outcome": "allowed",
        "actor_kind": person.kind,
        "actor": by,
        "username": person.name,
        "organisation": person.organisation,
        "address": "10.0.0.5",
        "session": "abcd1234",
        "purpose": "locate",
        "duration_us": 10,
    } | told
    salts = leaf.fresh_salts()
    entry = LedgerEntry(index=size, **values)
    entry.commitments = leaf.commitments([clear[name] for name in leaf.SENSITIVE], salts)
    tree = merkle.Range(size, _subtrees(size))
    entry.leaf_hash = merkle.leaf_hash(entry.leaf())
    entry.nodes = tree.append(entry.leaf_hash)
    entry.root = tree.root()
    entry.save(force_insert=True)
    LedgerDetail.objects.create(entry=entry, salts=salts, **clear)
    return entry


def search(by: User, at: datetime, plate: str = "0DEM123", **told: Any) -> LedgerEntry:
    """A search for a plate."""
    return record(by, at, query={"kind": "plate", "plate": plate, "match": "exact"}, **told)


def checkpoint(at: datetime) -> Checkpoint:
    """The head of the log as it stands, signed by nobody: what the seed needs of it is size and root."""
    last = LedgerEntry.objects.order_by("-index").first()
    assert last
    return Checkpoint.objects.create(
        origin="test.example/log", size=last.index + 1, root=bytes(last.root), note="", key_id="test", made_at=at
    )


def change_clear(to: str, *values: object) -> None:
    """Change all clear values past the trigger, as their destruction does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_ledgerdetail DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE audit_ledgerdetail SET {to}", values)  # noqa: S608
        cursor.execute("ALTER TABLE audit_ledgerdetail ENABLE TRIGGER USER")


def _subtrees(size: int) -> list[bytes]:
    found, upto = [], 0
    for level in reversed(range(size.bit_length())):
        if size & 1 << level:
            upto += 1 << level
            entry = LedgerEntry.objects.get(index=upto - 1)
            packed = bytes(entry.leaf_hash) + bytes(entry.nodes)
            found.append(packed[level * 32 : level * 32 + 32])
    return found
