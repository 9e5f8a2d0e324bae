"""The first look at a file: whether it is what its layout says. What cannot be taken in is refused before anything."""

import csv
import json
from collections.abc import Mapping
from typing import IO, NamedTuple

from audit.text_files import BOM, Unfit, require_text
from detections.ingest.parsing import shown
from detections.uploads.layout import REQUIRED, Layout, compared
from detections.uploads.lines import LONGEST, Line, Lines

__all__ = ["LOOKED_AT", "MOST_COLUMNS", "Head", "Unfit", "look"]

LOOKED_AT = 2 * LONGEST
MOST_COLUMNS = 300


class Head(NamedTuple):
    """Where the rows begin, and which place of a row (from 0) holds which field; several places are joined.

    ``names`` are what the file calls its columns. JSON lines have no head: ``places`` and ``names`` are empty.
    """

    offset: int
    line: int
    places: Mapping[str, tuple[int, ...]]
    names: tuple[str, ...]

    def name_of(self, role: str) -> str:
        """What the file calls the column of a field; the field itself where it has none."""
        return " + ".join(shown(self.names[place]) for place in self.places.get(role, ())) or role


def look(file: IO[bytes], layout: Layout) -> Head:
    """Judge the beginning of a file; raises Unfit. Reads no more than the first few blocks."""
    file.seek(0)
    start = file.read(LOOKED_AT)
    require_text(start, layout.encoding, whole=len(start) < LOOKED_AT)
    skip = len(BOM) if start.startswith(BOM) else 0
    lines = Lines(file, offset=skip, quoted=layout.delimiter if layout.form == "csv" else "")
    if layout.form == "jsonl":
        _require_json(next(iter(lines)))
        return Head(skip, 0, {}, ())
    first, second = (next(iter(lines), None) for _ in range(2))
    if first is None or first.fault:
        raise Unfit("no_head", "The first line is too long to name the columns.")
    names = _names(first, layout)
    head = Head(first.offset + first.length, first.number + first.lines - 1, _places(names, layout), tuple(names))
    if second is None:
        raise Unfit("no_rows", "The file names its columns and holds no row.")
    return head


def _names(line: Line, layout: Layout) -> list[str]:
    try:
        rows = list(csv.reader([line.text.decode(layout.encoding)], delimiter=layout.delimiter, strict=True))
    except csv.Error as error:
        raise Unfit("no_head", f"The first line is no sound CSV: {error}.") from error
    except UnicodeDecodeError as error:
        raise Unfit("encoding", f"Line 1 is not {layout.encoding.upper()} text. Save the file as UTF-8.") from error
    names = [name.strip() for name in rows[0]] if rows else []
    if len(names) > MOST_COLUMNS:
        raise Unfit("columns", f"The file has {len(names):,} columns; at most {MOST_COLUMNS} are taken.")
    return names


def _places(names: list[str], layout: Layout) -> dict[str, tuple[int, ...]]:
    known = [compared(name) for name in names]
    at = {name: place for place, name in reversed(list(enumerate(known)))}
    places: dict[str, tuple[int, ...]] = {}
    used: set[str] = set()
    for role, column in layout.columns.items():
        there = [name for name in column.names if name in at]
        # Of a joined time all parts are needed; of a joined description those that there are.
        if column.join and role in REQUIRED and len(there) < len(column.names):
            there = []
        chosen = there if column.join else there[:1]
        if chosen:
            places[role] = tuple(at[name] for name in chosen)
            used.update(chosen)
    _require_columns(names, known, places, used, layout)
    return places


def _require_columns(
    names: list[str], known: list[str], places: Mapping[str, object], used: set[str], layout: Layout
) -> None:
    missing = [role for role in REQUIRED if role not in places]
    if missing:
        wanted = "; ".join(
            f"{role} ({(' and ' if layout.columns[role].join else ' or ').join(layout.columns[role].names)})"
            for role in missing
        )
        raise Unfit("missing", f"The first line names no column for: {wanted}. Is this the right layout?")
    twice = sorted({name for name in used if known.count(name) > 1})
    if twice:
        raise Unfit("twice", f"The column {shown(twice[0])} is there twice.")
    if layout.refuses_others:
        strange = next(
            (name for name, same in zip(names, known, strict=True) if same not in used and same not in layout.ignored
             and not any(same in column.names for column in layout.columns.values())),
            None,
        )  # fmt: skip
        if strange is not None:
            words = f"The column {shown(strange)} is not in the layout. Take another layout, or one that ignores it."
            raise Unfit("unknown_column", words)


def _require_json(line: Line) -> None:
    """The first line is an object: anything else is another kind of file."""
    if line.fault:
        raise Unfit("not_json", f"The first line {line.fault}")
    try:
        is_object = isinstance(json.loads(line.text), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise Unfit("not_json", "The first line is no JSON object. Is this the right layout?")
