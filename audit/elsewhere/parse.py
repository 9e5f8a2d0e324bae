"""An audit export as rows: the head judged first, then one row after the other, each good or bad with its reason."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from audit import plates
from audit.elsewhere.layout import Layout, compared
from audit.text_files import Unfit, not_text, require_text

START = 64 * 1024
LONGEST = 64 * 1024
MOST_COLUMNS = 200
MOST_CELL = 5_000
LENGTHS = {"account": 150, "organisation": 200, "kind": 60, "purpose": 120, "case_number": 60}


@dataclass(frozen=True, slots=True)
class Query:
    """One query as a row states it. ``digest`` names the row: its cells, and which of several alike it is."""

    line: int
    digest: str
    at: datetime
    account: str = ""
    organisation: str = ""
    kind: str = ""
    plate: str = ""
    purpose: str = ""
    reason: str = ""
    case_number: str = ""
    result_count: int | None = None
    elements: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is no query: where and why."""

    line: int
    column: str
    why: str


class Parser:
    """Reads one file. ``done`` is how many bytes were read so far. Raises Unfit for a file that is no such export."""

    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        start = file.read(START)
        require_text(start, "utf-8", whole=len(start) < START)
        file.seek(0)
        self._file, self._layout = file, layout
        self.done = 0
        self._seen: Counter[bytes] = Counter()
        self._rows = csv.reader(self._lines(), delimiter=layout.delimiter, strict=True)
        self.places, self.others = self._head()

    def __iter__(self) -> Iterator[Query | Bad]:
        while True:
            line = self._rows.line_num + 1
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unfit("csv", f"From line {line} on it is no {_delimited(self._layout)}: {error}.") from error
            if any(cell.strip() for cell in cells):
                yield self._row(line, [cell.strip() for cell in cells])

    def _lines(self) -> Iterator[str]:
        """The lines as text; counts what was read."""
        for number, raw in enumerate(iter(lambda: self._file.readline(LONGEST + 1), b""), start=1):
            self.done += len(raw)
            if len(raw) > LONGEST:
                raise Unfit("long_line", f"Line {number} is longer than {LONGEST // 1024} KB.")
            if b"\0" in raw:
                raise Unfit("nul", f"Line {number} holds NUL bytes, so the file is no text.")
            try:
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise not_text(number, "utf-8") from None

    def _head(self) -> tuple[dict[str, int], dict[int, str]]:
        try:
            names = [compared(name) for name in next(self._rows, [])]
        except csv.Error as error:
            raise Unfit("csv", f"The first line is no {_delimited(self._layout)}: {error}.") from error
        if len(names) > MOST_COLUMNS:
            raise Unfit("columns", f"The file has {len(names):,} columns; {MOST_COLUMNS} are taken.")
        if twice := [name for name, count in Counter(filter(None, names)).items() if count > 1]:
            raise Unfit("columns", f"The column {twice[0]} stands twice in the first line.")
        places = {
            role: names.index(name)
            for role, wanted in self._layout.columns.items()
            for name in [next((one for one in wanted if one in names), None)]
            if name is not None
        }
        needed = ["at", "account"] if self._layout.names_people else ["at"]
        if missing := [role for role in needed if role not in places]:
            known = ", ".join(self._layout.columns[missing[0]])
            raise Unfit("columns", f"The first line names no column for the {_WORDS[missing[0]]}: one of {known}.")
        taken = set(places.values())
        return places, {at: name for at, name in enumerate(names) if at not in taken and name}

    def _row(self, line: int, cells: list[str]) -> Query | Bad:
        width = max([*self.places.values(), *self.others], default=0) + 1
        if len(cells) < width:
            return Bad(line, "", f"has {len(cells)} cells where the first line names {width}")
        if any(len(cell) > MOST_CELL for cell in cells):
            return Bad(line, "", f"has a cell of more than {MOST_CELL:,} characters")
        values = {role: cells[place] for role, place in self.places.items()}
        for role, longest in LENGTHS.items():
            if len(values.get(role, "")) > longest:
                return Bad(line, role, f"is longer than {longest} characters")
        try:
            at = self._layout.instant(values["at"])
        except ValueError as error:
            return Bad(line, "at", str(error))
        if self._layout.names_people and not values["account"]:
            return Bad(line, "account", "is empty, and this export names who asked")
        count = values.get("result_count", "").replace(",", "")
        if count and not (count.isascii() and count.isdigit() and len(count) < 16):
            return Bad(line, "result_count", "is no number")
        elements = {name: cells[place] for place, name in self.others.items() if cells[place]}
        written = _plate(values.get("plate", ""))
        if values.get("plate") and not written:  # several plates, or part of one: kept as it was asked
            elements["plate as asked"] = values["plate"]
        return Query(
            line=line, digest=self._digest(cells), at=at, plate=written, elements=elements,
            result_count=int(count) if count else None,
            **{role: values.get(role, "") for role in _TEXTS},
        )  # fmt: skip

    def _digest(self, cells: list[str]) -> str:
        plain = hashlib.sha256("\x1f".join(cells).encode()).digest()
        self._seen[plain] += 1
        return hashlib.sha256(plain + str(self._seen[plain]).encode()).hexdigest()


_WORDS = {"at": "time", "account": "user"}
_TEXTS = ("account", "organisation", "kind", "purpose", "reason", "case_number")


def _plate(text: str) -> str:
    """One whole plate as it is written everywhere here; "" for anything else."""
    try:
        written = plates.normalise(text) if text else ""
    except ValueError:
        return ""
    return written if len(written) <= 20 else ""


def _delimited(layout: Layout) -> str:
    return {",": "CSV", "\t": "table with tabs"}.get(layout.delimiter, f"table with {layout.delimiter}")
