"""Rows of a register's CSV file: whole or not at all, and what is wrong named by line and column. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from audit.text_files import Unfit, not_text, require_text

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 300_000
MOST_CELL = 400
# A file with more faults than these is the wrong file; the first ones say so.
MOST_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row: the line of the file (the head is line 1), the column, and why."""

    line: int
    column: str
    why: str


class BadRows(ValueError):
    """A file of which nothing was taken in, with what is wrong in its rows; ``more``: there are further ones."""

    def __init__(self, faults: Sequence[Fault], *, more: bool = False) -> None:
        super().__init__(f"{len(faults)} rows are wrong")
        self.faults, self.more = list(faults), more


@dataclass(slots=True)
class Row:
    """A row as cells by column, and what it finds wrong with itself."""

    line: int
    cells: dict[str, str]
    faults: list[Fault]

    def text(self, column: str, *, needed: bool = True, most: int = 150) -> str:
        """A cell without the space around it."""
        cell = self.cells.get(column, "").strip()
        if needed and not cell:
            self.wrong(column, "Nothing stands here.")
        if len(cell) > most:
            self.wrong(column, f"This has {len(cell)} characters; at most {most} are taken.")
        return cell

    def day(self, column: str, *, needed: bool = True) -> date | None:
        """A day as 2026-11-22."""
        cell = self.text(column, needed=needed)
        if not cell:
            return None
        try:
            return date.fromisoformat(cell)
        except ValueError:
            self.wrong(column, f"“{cell[:30]}” is no day. Write it as 2026-11-22.")
            return None

    def instant(self, column: str, zone: ZoneInfo) -> datetime | None:
        """A time as 2026-11-22 07:00, of the agency's zone unless it says an offset of its own."""
        cell = self.text(column)
        try:
            told = datetime.fromisoformat(cell) if cell else None
        except ValueError:
            self.wrong(column, f"“{cell[:30]}” is no time. Write it as 2026-11-22 07:00.")
            return None
        if told is None or told.tzinfo is not None:
            return told
        early, late = told.replace(tzinfo=zone, fold=0), told.replace(tzinfo=zone, fold=1)
        if early.utcoffset() != late.utcoffset():
            self.wrong(column, "The clocks were changed at that hour. Add the offset, such as 2026-11-01 01:30-07:00.")
            return None
        return early

    def wrong(self, column: str, why: str) -> None:
        """Note a fault of this row."""
        self.faults.append(Fault(self.line, column, why))


def rows_of(data: bytes, needed: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows under a head that names the columns. Raises Unfit for what is no such file at all."""
    if len(data) > MOST_BYTES:
        raise Unfit("size", f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    require_text(data[:65_536], "utf-8", whole=len(data) <= 65_536)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_text(data.count(b"\n", 0, error.start) + 1, "utf-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
        _check_head(head, needed, optional)
        for count, cells in enumerate(reader):
            if count >= MOST_ROWS:
                raise Unfit("rows", f"The file has more than {MOST_ROWS:,} rows. Hand it in in parts.")
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, head, cells)
    except csv.Error as error:
        raise Unfit("csv", f"Line {reader.line_num} is no CSV: {error}.") from error


def _check_head(head: list[str], needed: Sequence[str], optional: Sequence[str]) -> None:
    if missing := [name for name in needed if name not in head]:
        raise Unfit("columns", f"The first line names no column {', '.join(missing)}.")
    if unknown := [name for name in head if name not in (*needed, *optional)]:
        raise Unfit("columns", f"The first line names a column nobody knows: {unknown[0][:40] or '(blank)'}.")
    if len(set(head)) < len(head):
        raise Unfit("columns", "The first line names a column twice.")


def _row(line: int, head: list[str], cells: list[str]) -> Row:
    row = Row(line, dict(zip(head, cells, strict=False)), [])
    if len(cells) != len(head):
        row.wrong("", f"The row has {len(cells)} cells, the head {len(head)}.")
    if any(len(cell) > MOST_CELL for cell in cells):
        row.wrong("", f"A cell has more than {MOST_CELL} characters.")
    return row


def require_sound(faults: list[Fault]) -> None:
    """Raise BadRows where anything is wrong."""
    if faults:
        raise BadRows(faults[:MOST_FAULTS], more=len(faults) > MOST_FAULTS)
