"""The first look at a file of a hot list: whether it is what its layout says. What is not is refused as a whole."""

import csv
from collections.abc import Mapping
from typing import IO, NamedTuple

from audit.text_files import BOM, Unfit, not_text, require_text
from hotlists.imports.layout import Layout, compared

LONGEST = 64 * 1024
LOOKED_AT = 2 * LONGEST
MOST_COLUMNS = 300


class Head(NamedTuple):
    """Where the entries begin (byte, and lines before them) and how to cut a line.

    ``places``: for each field the places of its cells in a row, from 0; of a fixed-width line, ``spans`` instead.
    ``width`` is the number of cells of every row, or of characters. ``names``: what the file calls the columns.
    """

    offset: int
    line: int
    places: Mapping[str, tuple[int, ...]]
    width: int
    names: tuple[str, ...]
    spans: Mapping[str, tuple[tuple[int, int], ...]] = {}

    def name_of(self, role: str) -> str:
        """What the file calls the column of a field; the field itself where it names none."""
        if not self.names or not role:
            return role
        return " + ".join(self.names[place] for place in self.places.get(role, ()))[:60] or role


def look(file: IO[bytes], layout: Layout) -> Head:
    """Judge the beginning of a file; raises Unfit. Reads no more than the first two blocks."""
    file.seek(0)
    start = file.read(LOOKED_AT)
    require_text(start, layout.encoding, whole=len(start) < LOOKED_AT)
    skip = len(BOM) if start.startswith(BOM) else 0
    file.seek(skip)
    before = 0
    for _ in range(layout.header_lines):
        before += len(_line(file, before))
    if layout.form == "fixed":
        return Head(skip + before, layout.header_lines, {}, layout.length, (), layout.columns)
    first = _line(file, before)
    names = _cells(first, layout)
    if not layout.header:
        return Head(skip + before, layout.header_lines, _counted(layout, len(names)), len(names), ())
    names = [name.strip() for name in names]
    return Head(skip + before + len(first), layout.header_lines + 1, _named(names, layout), len(names), tuple(names))


def _line(file: IO[bytes], before: int) -> bytes:
    line = file.readline(LONGEST + 1)
    if len(line) > LONGEST:
        raise Unfit("no_head", f"The first line is longer than {LONGEST // 1024} KB: it cannot name the columns.")
    if not line and before:
        raise Unfit("no_rows", "The file ends before its first entry.")
    return line


def _cells(line: bytes, layout: Layout) -> list[str]:
    try:
        text = line.decode(layout.encoding).rstrip("\r\n")
        rows = list(csv.reader([text], delimiter=layout.delimiter, strict=True))
    except UnicodeDecodeError as error:
        raise not_text(1, layout.encoding) from error
    except csv.Error as error:
        raise Unfit("no_head", f"The first line is no sound CSV: {error}.") from error
    cells = rows[0] if rows else []
    if not cells:
        raise Unfit("no_head", "The first line is empty.")
    if len(cells) > MOST_COLUMNS:
        raise Unfit("columns", f"The file has {len(cells):,} columns; at most {MOST_COLUMNS} are taken.")
    return cells


def _counted(layout: Layout, width: int) -> dict[str, tuple[int, ...]]:
    for role, column in layout.columns.items():
        if max(column) > width:
            words = f"The first line has {width} columns; the layout has {role} in column {max(column)}."
            raise Unfit("missing", words)
    return {role: tuple(place - 1 for place in column) for role, column in layout.columns.items()}


def _named(names: list[str], layout: Layout) -> dict[str, tuple[int, ...]]:
    known = [compared(name) for name in names]
    places: dict[str, tuple[int, ...]] = {}
    for role, column in layout.columns.items():
        there = [name for name in column if name in known]
        chosen = there if role in layout.joined else there[:1]
        if role == "file_type" and len(there) > 1:  # which of them says what is refused is not for us to guess
            words = f"Two columns could say the file type: “{there[0]}” and “{there[1]}”. Take one of them out."
            raise Unfit("two_types", words)
        twice = next((name for name in chosen if known.count(name) > 1), None)
        if twice is not None:
            raise Unfit("twice", f"The column “{twice[:40]}” is there twice.")
        if chosen:
            places[role] = tuple(known.index(name) for name in chosen)
    if "plate" not in places:
        wanted = " or ".join(layout.columns["plate"])
        raise Unfit("missing", f"The first line names no column for the plate ({wanted}). Is this the right layout?")
    if layout.refuses_others:
        named = {name for column in layout.columns.values() for name in column}
        strange = next((name for name, same in zip(names, known, strict=True) if same not in named), None)
        if strange is not None:
            raise Unfit("unknown_column", f"The column “{strange[:40]}” is not in the layout.")
    return places
