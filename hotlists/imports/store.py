"""Rows of imported lists in the database: one partition for each import (migration 0004).

A partition is opened empty, filled by COPY, sealed
(from then on reads find its rows, once ``HotList.live_import`` names it) and dropped. Raises django.db.DatabaseError.
"""

import random
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from psycopg import sql

# How long the rows of a superseded list are kept: reads come late, and were captured while it was live.
KEPT = timedelta(hours=48)
# The plate as the index of the rows has it: audit.plates.fold in SQL.
FOLD = "translate(plate, 'OQDILBSZG', '000118526')"
COLUMNS = (
    "line", "plate", "state", "category", "file_type", "system", "entry_number", "vehicle", "reason", "entered_on",
)  # fmt: skip
PATIENCE_S = 20.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


class Busy(Exception):
    """Others used the lists at every try."""


class ListedRow(NamedTuple):
    """One row of an imported list; texts are "" where nothing is known."""

    line: int
    plate: str
    state: str = ""
    category: str = "other"
    file_type: str = ""
    system: str = ""
    entry_number: str = ""
    vehicle: str = ""
    reason: str = "On the list"
    entered_on: date | None = None


def open(number: int) -> None:  # noqa: A001 - what is done to it
    """An empty partition for the import; what a try that broke off left in it is gone. Raises Busy."""
    _call("hotlists_open_listed", number)


def copy_rows(number: int, rows: Iterable[ListedRow]) -> int:
    """Append rows to the open partition; how many."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(copy_statement(number)) as copy:
        copy.set_types(["int8", *["text"] * 8, "date"])
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_statement(number: int) -> sql.Composed:
    """COPY into the open partition, which knows its number: ``COLUMNS`` in PostgreSQL's text form."""
    return sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(_name(number)), columns=sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    )


def seal(number: int) -> None:
    """Index the rows and make them readers' own; nothing can be added any more. Raises Busy."""
    _call("hotlists_seal_listed", number)


def drop(number: int, *, patience: float = PATIENCE_S) -> bool:
    """Destroy the rows; whether there were any. Raises Busy, and django.db.Error for rows that are live."""
    return _call("hotlists_drop_listed", number, patience) == "dropped"


def present() -> dict[int, bool]:
    """The imports whose rows are held, and whether each is sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, sealed FROM hotlists_listed()")
        return dict(cursor.fetchall())


def _call(function: str, number: int, patience: float = PATIENCE_S) -> str:
    for _ in _pauses(patience):
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT {}(%s)").format(sql.Identifier(function)), [number])
            outcome: Any = cursor.fetchone()[0]
        if outcome != "busy":
            return str(outcome)
    raise Busy(function)


def _pauses(patience: float) -> Iterator[None]:
    """Once, then with growing pauses for so many seconds: long enough for those who waited behind a try."""
    ends, pause = time.monotonic() + patience, _FIRST_PAUSE
    yield
    while time.monotonic() < ends:
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        yield


def _name(number: int) -> str:
    return f"hotlists_listedplate_{int(number)}"
