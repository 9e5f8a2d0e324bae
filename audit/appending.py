"""The one trip to the server that puts a prepared record at the log's end, and the commit that goes with it.

The database numbers, stamps and hashes (``audit_ledger_append``, migration 0009); Python prepares the canonical leaf
around the two values it does not know. docs/adr/0011 says what that saves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg.pq import TransactionStatus

from audit import leaf, policy

_CALL = (
    "SELECT record_index, activation"
    " FROM audit_ledger_append(%s, %s, %s, %s, %s::bigint, %s, %s, %s, %s, %s, %s, {flush_follows})"
)
# A message that nobody reads: its commit is durable whatever the session says, and so is all that was written before.
_FLUSH = (
    "SELECT CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END,"
    " pg_logical_emit_message(true, 'audit.ledger', '')"
)
_WITHIN = _CALL.format(flush_follows="false")
# The lock of the log goes with the commit: whoever waits for the disk then holds up nobody, and many share one write.
_AT_THE_END = _CALL.format(flush_follows="true") + "; COMMIT; " + _FLUSH
_ALONE = "BEGIN; " + _AT_THE_END
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
        return _write_and_ask(prepared, stamp, _WITHIN)
    if connection.connection.pgconn.transaction_status == TransactionStatus.IDLE:
        return _write_alone(prepared, stamp)
    # The policy is asked for before the lock is taken, so that the lock is held for one trip only.
    index, _ = _call(prepared, stamp or policy.in_force(prepared.at).stamp, None, _AT_THE_END)
    return index


def flush() -> None:
    """Wait until all that can be seen now is on disk. Only outside a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FLUSH)


def _write_alone(prepared: Prepared, stamp: str) -> int:
    """Begin, append, commit and wait for the disk in one trip."""
    link = connection.connection
    link.autocommit = True
    try:
        return _write_and_ask(prepared, stamp, _ALONE)
    finally:
        if not link.closed:
            with connection.wrap_database_errors:
                link.rollback()  # nothing, unless a statement failed
            link.autocommit = False


def _write_and_ask(prepared: Prepared, stamp: str, statements: str) -> int:
    """Append with the stamp given, or with the one last seen as long as its activation is the one in force."""
    global _last_seen
    if stamp:
        return _call(prepared, stamp, None, statements)[0]
    setting, activation, stamp = _last_seen
    if setting != settings.POLICY_PROFILE:
        activation = _UNKNOWN
    index, in_force = _call(prepared, stamp, activation, statements)
    while index is None:
        stamp, activation = policy.in_force(prepared.at).stamp, in_force
        index, in_force = _call(prepared, stamp, activation, statements)
    _last_seen = (settings.POLICY_PROFILE, in_force, stamp)
    return index


def _call(prepared: Prepared, stamp: str, activation: int | None, statements: str) -> tuple[Any, Any]:
    """Index and activation as the server says; the index is None where another activation is in force."""
    whole = prepared.fields | {"profile": stamp, "v": leaf.VERSION, "at": leaf.instant(prepared.at)}
    for name, salt, value in zip(leaf.SENSITIVE, leaf.slices(prepared.salts), prepared.values, strict=True):
        whole[name] = leaf.commit(name, salt, value).hex()
    given = [*leaf.around(whole), prepared.at, activation, *prepared.values, prepared.salts]
    with connection.cursor() as cursor:
        cursor.execute(statements, given)
        while cursor.description is None:  # BEGIN's
            cursor.nextset()
        found: tuple[Any, Any] = cursor.fetchone()
    return found
