"""What a purge asks of the partitioned store: watch a partition, list its ids, take it away (migration 0012)."""

import random
import time
from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from psycopg import sql
from psycopg.errors import DeadlockDetected, LockNotAvailable

from detections.ingest.wire import server_cursor
from detections.models import ReadRef

# A piece of this many ids comes through at once: 33 characters a line.
_PIECE = 33 * 4_096
_ONE_AT_A_TIME = 34090  # advisory lock: one purge at a time
# Pauses between tries, in seconds: long enough for those who waited behind a try to be served.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.08, 1.0


class Busy(Exception):
    """Others used the reads at every try; ``tries`` says how many there were."""

    def __init__(self, tries: int) -> None:
        super().__init__(f"{tries} tries")
        self.tries = tries


class Changed(Exception):
    """A read that must stay is not among the remains: a hold was placed, or a read came in, in the meantime."""


def claim() -> bool:
    """Whether this transaction is now the only purge."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        return cursor.fetchone()[0]


def watch(partition: str, *, patience: float) -> None:
    """From now on the reads that come into the partition are written down. Raises Busy after ``patience`` seconds."""
    tries = 0
    for number in _pauses(patience):
        tries = number
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT detections_watch_partition(%s)", [partition])
                return
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise
    raise Busy(tries)


def ids_in(first: datetime, upto: datetime, but: Collection[UUID]) -> Iterator[bytes]:
    """The ids of the reads captured in ``[first, upto)``, but some, ascending, in pieces of whole packed ids."""
    statement = sql.SQL(
        "COPY (SELECT encode(uuid_send(id), 'hex') FROM detections_detection"
        " WHERE captured_at >= {first} AND captured_at < {upto} AND id <> ALL({but}::uuid[]) ORDER BY id) TO STDOUT"
    ).format(first=sql.Literal(first), upto=sql.Literal(upto), but=sql.Literal([str(one) for one in but]))
    text = bytearray()
    with server_cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            text += block
            if len(text) >= _PIECE:
                yield bytes.fromhex(text.decode())
                text.clear()
    if text:
        yield bytes.fromhex(text.decode())


def make_remains(partition: str, stays: Collection[ReadRef]) -> list[UUID]:
    """Copy the reads that stay into a table that can take the partition's place; the photographs of these reads."""
    if not stays:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT detections_make_remains(%s, %s::integer[], %s::timestamptz[], %s::uuid[])",
            [
                partition,
                [ref.camera for ref in stays],
                [ref.captured_at for ref in stays],
                [ref.id for ref in stays],
            ],
        )
        return cursor.fetchone()[0]


def swap(partition: str, *, remains: bool, cutoff: datetime, patience: float) -> None:
    """Put the remains, or nothing, in the partition's place and drop it. The last step before the commit.

    Raises Busy after ``patience`` seconds, and Changed where a read must stay that is not among the remains.
    """
    values = [partition, f"{partition}_kept" if remains else None, cutoff]
    tries = 0
    for number in _pauses(patience):
        tries = number
        with connection.cursor() as cursor:
            cursor.execute("SELECT detections_swap_partition(%s, %s, %s)", values)
            outcome = cursor.fetchone()[0]
        if outcome == "swapped":
            return
        if outcome == "changed":
            raise Changed
    raise Busy(tries)


def _pauses(patience: float) -> Iterator[int]:
    """Numbers of tries, with growing pauses between them, for so many seconds; at least one."""
    ends, pause, tries = time.monotonic() + patience, _FIRST_PAUSE, 1
    yield tries
    while time.monotonic() < ends:
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        tries += 1
        yield tries
