"""A slow and plain reader of hot list files, row by row, to hold the quick one against."""

import csv
import io
from collections import Counter
from datetime import datetime

from audit import plates
from audit.criminal_justice_text import found_in
from hotlists.imports.layout import Layout, compared, type_name
from hotlists.imports.screen import NO_PLATE, NO_TYPE, Screen
from hotlists.models import HotPlate

Entry = tuple[str, ...]


class BadCell(Exception):
    pass


def read(content: bytes, layout: Layout, screen: Screen) -> tuple[list[Entry], Counter[str], int, set[tuple[int, str]]]:
    """Entries in the order of ``store.COLUMNS`` as text, what was dropped, texts left out, and bad cells."""
    entries, dropped, bad = [], Counter(), set()
    screened = 0
    for line, cells in _rows(content, layout):
        if isinstance(cells, str):
            bad.add((line, ""))
            continue
        try:
            found = _type(cells, layout)
        except BadCell:
            found = None
        if found is not None and screen.drops(found):
            dropped[found or NO_TYPE] += 1
            continue
        if cells.get("plate", "").strip().upper() in layout.no_plate:
            dropped[NO_PLATE] += 1
            continue
        values, wrong, left_out = _entry(cells, layout)
        screened += left_out
        bad |= {(line, role) for role in wrong}
        entries.append((str(line), *values))
    return entries, dropped, screened, bad


def _rows(content: bytes, layout: Layout):
    text = content.decode(layout.encoding).removeprefix("\ufeff")
    if layout.form == "fixed":
        for number, raw in enumerate(text.split("\n"), start=1):
            line = raw.removesuffix("\r")
            least = max(last for spans in layout.columns.values() for _, last in spans)
            if not line.strip():
                continue
            if "\r" in line or len(line) < least or line[layout.length :].strip():
                yield number, "bad"
                continue
            yield (
                number,
                {
                    role: " ".join(line[first - 1 : last] for first, last in spans)
                    for role, spans in layout.columns.items()
                },
            )
        return
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=layout.delimiter, strict=True)
    names = [compared(name) for name in next(reader)]
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, "bad"
            continue
        if not row:
            continue
        if len(row) != len(names):
            yield line, "bad"
            continue
        cells = {}
        for role, column in layout.columns.items():
            there = [name for name in column if name in names]
            there = there if role in layout.joined else there[:1]
            if there:
                cells[role] = " ".join(row[names.index(name)] for name in there)
        yield line, cells


def _type(cells: dict[str, str], layout: Layout) -> str:
    raw = cells.get("file_type")
    if raw is None:
        return layout.file_type
    said = type_name(raw)
    if said in layout.file_types:
        return layout.file_types[said].name
    if said:
        if not layout.keeps_other_types or len(raw.strip()) > 40:
            raise BadCell
        return said
    if raw.strip() and not layout.keeps_other_types:
        raise BadCell
    return layout.file_type


def _entry(cells: dict[str, str], layout: Layout) -> tuple[list[str], set[str], int]:
    wrong: set[str] = set()
    screened = 0
    values: dict[str, str] = {}

    def judge(role: str, work) -> None:
        try:
            values[role] = work()
        except (BadCell, plates.PlateError, plates.StateError):
            wrong.add(role)
            values[role] = ""

    judge("file_type", lambda: _type(cells, layout))
    judge("plate", lambda: plates.normalise(cells["plate"]))
    judge("state", lambda: _state(cells.get("state", ""), layout))
    judge("system", lambda: _system(cells.get("system", ""), layout))
    judge("entry_number", lambda: _number(cells.get("entry_number", "")))
    judge("entered_on", lambda: _day(cells["entered_on"], layout) if "entered_on" in cells else r"\N")
    judge("category", lambda: _category(cells.get("category", "")))
    for role, most in (("vehicle", 200), ("reason", 500)):
        text = " ".join(cells.get(role, "").split())
        if found_in(text) and not _odd(cells.get(role, ""), text):
            screened += 1
            values[role] = ""
        else:
            judge(role, lambda role=role, text=text, most=most: _free(cells.get(role, ""), text, most))
    known = layout.file_types.get(values["file_type"])
    values["category"] = values["category"] or (known.category if known else "") or layout.category
    fallback = (known.reason if known else "") or layout.reason or HotPlate.Category(values["category"]).label
    values["reason"] = values["reason"] or fallback
    order = ("plate", "state", "category", "file_type", "system", "entry_number", "vehicle", "reason", "entered_on")
    return [values[role] for role in order], wrong, screened


def _state(raw: str, layout: Layout) -> str:
    return raw.strip().upper() if raw.strip().upper() in layout.also_states else plates.normalise_state(raw)


def _system(raw: str, layout: Layout) -> str:
    said = raw.strip().upper() or layout.system
    if said and said not in HotPlate.System.values:
        raise BadCell
    return said


def _number(raw: str) -> str:
    said = raw.strip()
    said = said.upper() if said.isascii() else said
    if len(said) > 30 or not set(said) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-"):
        raise BadCell
    return said


def _day(raw: str, layout: Layout) -> str:
    if raw.strip() in layout.no_date:
        return r"\N"
    for form in layout.date_formats:
        try:
            day = datetime.strptime(raw.strip(), form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
        if day.year >= 1900:
            return day.isoformat()
    raise BadCell


def _category(raw: str) -> str:
    said = " ".join(raw.split()).upper()
    if not said:
        return ""
    for value, label in HotPlate.Category.choices:
        if said.replace(" ", "_") == value.upper() or said == label.upper():
            return value
    raise BadCell


def _odd(raw: str, text: str) -> bool:
    control = any(ord(one) < 32 and one not in "\t\n\r" or 127 <= ord(one) < 160 for one in raw)
    starts = text[:1] in tuple("=@") and len(text) > 1
    signed = text[:1] in tuple("+-") and text[1:2].isascii() and (text[1:2].isalnum() or text[1:2] in tuple("(=@"))
    return control or starts or signed


def _free(raw: str, text: str, most: int) -> str:
    if _odd(raw, text) or len(text) > most:
        raise BadCell
    return text
