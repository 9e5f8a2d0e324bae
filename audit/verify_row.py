"""Reading the ledger row by row for verification, without a model object a row: that is most of what it costs.

The rows come over a server-side cursor, so memory does not grow with the log.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from django.db import connection, transaction

from audit import leaf, merkle

ROWS_A_TRIP = 2000
_TEXTS = (
    "action", "outcome", "actor_kind", "username", "organisation", "address", "device_class", "session", "purpose",
    "subject_type", "subject_id", "rule_code", "citation", "profile",
)  # fmt: skip
_INSTANT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_ROWS = (
    "SELECT e.index, e.version, "  # noqa: S608 - names of our own
    + ", ".join(_INSTANT.format(f"e.{name}") for name in ("at", "recorded_at"))
    + ", e.actor_id, e.result_count, e.duration_us, e.commitments, e.leaf_hash, e.nodes, e.root, d.entry_id, d.salts, "
    + ", ".join(f"d.{name}" for name in leaf.SENSITIVE)
    + ", "
    + ", ".join(f"e.{name}" for name in _TEXTS)
    + " FROM audit_ledgerentry e LEFT JOIN audit_ledgerdetail d ON d.entry_id = e.index"
    " WHERE e.index >= %s AND e.index < %s ORDER BY e.index"
)
_BEYOND = 2**63 - 1
_PREFIXES = tuple(b"\x01" + name.encode() + b"\x00" for name in leaf.SENSITIVE)

_text = lru_cache(maxsize=4096)(encode_basestring)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at which index, in plain words."""

    index: int
    reason: str


class Row:
    """One record as the database gives it."""

    __slots__ = ("_clear", "_commitments", "_fields", "_hashes", "index")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.index: int = row[0]
        self._fields = (*row[1:7], *row[-len(_TEXTS) :])
        self._commitments: bytes = bytes(row[7])
        self._hashes = row[8:11]
        self._clear = row[11:18]

    def leaf(self) -> bytes:
        """The canonical leaf, byte for byte what ``LedgerEntry.leaf`` gives."""
        (version, at, recorded_at, actor, count, duration, action, outcome, kind, username, organisation, address,
         device, session, purpose, subject_type, subject_id, rule, citation, profile) = self._fields  # fmt: skip
        hexes = self._commitments.hex()
        text = (
            f'{{"action":{_text(action)},"actor":{_number(actor)},"actor_kind":{_text(kind)},'
            f'"address":{_text(address)},"at":"{at}","case_number":"{hexes[128:192]}",'
            f'"citation":{_text(citation)},"detail":"{hexes[256:320]}","device_class":{_text(device)},'
            f'"duration_us":{duration},"index":{self.index},"organisation":{_text(organisation)},'
            f'"outcome":{_text(outcome)},"profile":{_text(profile)},"purpose":{_text(purpose)},'
            f'"query":"{hexes[:64]}","reason":"{hexes[64:128]}","recorded_at":"{recorded_at}",'
            f'"result_count":{_number(count)},"rule_code":{_text(rule)},"session":{_text(session)},'
            f'"subject_id":{encode_basestring(subject_id)},"subject_label":"{hexes[192:256]}",'
            f'"subject_type":{_text(subject_type)},"username":{_text(username)},"v":{version}}}'
        )
        return _nfc(text)

    def fault_in(self, tree: merkle.Range) -> Fault | None:
        """What is wrong with it as the next leaf of the tree; appends it when leaf and nodes are right."""
        expected = tree.size
        if self.index != expected:
            return Fault(expected, f"record {expected} is missing; the next one found is {self.index}")
        kept_hash, kept_nodes, kept_root = self._hashes
        leaf_hash = sha256(b"\x00" + self.leaf()).digest()
        if leaf_hash != kept_hash:
            return Fault(expected, "a field of this record was changed after it was written")
        before = list(tree.subtrees)
        if tree.append(leaf_hash) != kept_nodes:
            tree.size, tree.subtrees = expected, before
            return Fault(expected, "the tree's inner nodes at this record do not fit the records before it")
        if tree.root() != kept_root:
            return Fault(expected, "the root kept with this record is not the root of the records up to it")
        return self._clear_fault()

    def _clear_fault(self) -> Fault | None:
        """Whether the clear values, where they are kept, are the ones committed to."""
        entry_id, salts, *values = self._clear
        if entry_id is None:
            return Fault(self.index, "the clear values of this record are gone")
        promised, salts = self._commitments, bytes(salts)
        for place, value in enumerate(values):
            if value is None:
                continue
            first, last = place * 32, place * 32 + 32
            found = sha256(_PREFIXES[place] + salts[first:last] + _nfc(value)).digest()
            if found != promised[first:last]:
                words = f"the clear value of {leaf.SENSITIVE[place]} is not the one that was recorded"
                return Fault(self.index, words)
        return None


def rows_from(first: int, upto: int | None = None) -> Iterator[Row]:
    """The records from ``first`` to before ``upto`` in order, from one moment of the database.

    A table that someone else keeps locked is an OperationalError after 4 s, not a wait without end.
    """
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        with connection.cursor() as plain:
            plain.execute("SET LOCAL lock_timeout = '4s'")
        cursor.execute(_ROWS, [first, _BEYOND if upto is None else upto])
        while rows := cursor.fetchmany(ROWS_A_TRIP):
            yield from map(Row, rows)


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _nfc(text: str) -> bytes:
    return text.encode() if text.isascii() else unicodedata.normalize("NFC", text).encode()
