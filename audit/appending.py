"""The one trip to the server that puts a prepared record at the log's end, and the commit that goes with it.

The database numbers, stamps and hashes (``audit_ledger_append``, migration 0009); Python prepares the canonical leaf
around the two values it does not know. docs/adr/0011 says what that saves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.pq import TransactionStatus

from audit import leaf, policy

_CALL = "SELECT record_index, activation FROM audit_ledger_append(%s, %s, %s, %s, %s::bigint, %s, %s, %s, %s, %s, %s)"
_UNKNOWN = -1  # no activation has this number: the server names the one in force, and writes nothing
# Which stamp belongs to which activation, as last seen: (the setting's profile, activation, stamp). The server compares
# the activation with the one in force at each append, so a newer one is never missed, whoever put it in force.
_last_seen: tuple[str, int, str] = ("", _UNKNOWN, "")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record but for index, clock and policy: leaf fields by name, sensitive values in leaf order, their salts."""

    at: datetime
    fields: dict[str, object]
    values: Sequence[str]
    salts: bytes


def write(prepared: Prepared, *, stamp: str, commits: bool) -> int:
    """Append the record and return its index. ``stamp`` is that of the policy in force, "" where it was not asked.

    With ``commits`` the transaction ends with the record: what is written here is durable when this returns. An act
    that asked the database nothing has no open transaction yet; then the statement is a transaction of its own.
    Raises DatabaseError, and then nothing is written.
    """
    ends_here = commits and len(connection.atomic_blocks) == 1 and connection.commit_on_exit
    if not ends_here:
        return _write_and_ask(prepared, stamp)
    if connection.connection.pgconn.transaction_status == TransactionStatus.IDLE:
        return _write_alone(prepared, stamp)
    # The policy is asked for before the lock is taken, so that the lock is held for one trip only.
    index, _ = _call(prepared, stamp or policy.in_force(prepared.at).stamp, None, end="; COMMIT")
    return index


def _write_alone(prepared: Prepared, stamp: str) -> int:
    """One statement, which is its own transaction: begin, append and commit in one trip."""
    link = connection.connection
    link.autocommit = True
    try:
        return _write_and_ask(prepared, stamp)
    finally:
        if not link.closed:
            link.autocommit = False


def _write_and_ask(prepared: Prepared, stamp: str) -> int:
    """Append with the stamp given, or with the one last seen as long as its activation is the one in force."""
    global _last_seen
    if stamp:
        return _call(prepared, stamp, None)[0]
    setting, activation, stamp = _last_seen
    if setting != settings.POLICY_PROFILE:
        activation = _UNKNOWN
    index, in_force = _call(prepared, stamp, activation)
    while index is None:
        stamp, activation = policy.in_force(prepared.at).stamp, in_force
        index, in_force = _call(prepared, stamp, activation)
    _last_seen = (settings.POLICY_PROFILE, in_force, stamp)
    return index


def _call(prepared: Prepared, stamp: str, activation: int | None, *, end: str = "") -> tuple[Any, Any]:
    """Index and activation as the server says; the index is None where another activation is in force."""
    whole = prepared.fields | {"profile": stamp, "v": leaf.VERSION, "at": leaf.instant(prepared.at)}
    for name, salt, value in zip(leaf.SENSITIVE, leaf.slices(prepared.salts), prepared.values, strict=True):
        whole[name] = leaf.commit(name, salt, value).hex()
    given = [*leaf.around(whole), prepared.at, activation, *prepared.values, prepared.salts]
    with connection.cursor() as cursor:
        cursor.execute(_CALL + end, given)
        found: tuple[Any, Any] = cursor.fetchone()
    return found
