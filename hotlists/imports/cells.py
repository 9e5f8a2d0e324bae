"""Columns of raw cells made into columns of values, with what is wrong by place. Pure.

A million rows are a million plates, and a function called for each takes longer than the database takes to store them.
So a column is looked at as one text; only where that finds something odd are its cells looked at one by one, and texts
that occur again and again are judged once.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import NamedTuple

from audit import plates
from audit.criminal_justice_text import found_in
from hotlists.imports.layout import CATEGORIES, SYSTEMS, FileType, Layout, type_name
from hotlists.models import HotPlate

NOTHING = r"\N"
MOST_REMEMBERED = 50_000
VEHICLE_LENGTH, REASON_LENGTH = 200, 500
# Written for people: what a value must be.
NO_STATE = "is no US state or territory."
NO_CATEGORY = "is none of the categories."
NO_SYSTEM = "is no CLETS or NCIC system."
NO_TYPE = "is a file code that the layout does not know."
LONG_TYPE = "is no file type: up to 40 letters and digits."
NO_DATE = "is no date as the layout has it."
NO_NUMBER = "is no entry number: up to 30 letters, digits and dashes."
FORMULA = "begins like a spreadsheet formula."
CONTROL = "holds a control character."

_PLATE = re.compile(r"[A-Z0-9]{1,8}")
_NUMBER = re.compile(r"[A-Z0-9/-]{0,30}")
_PLATE_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_NUMBER_BYTES = _PLATE_BYTES + b"/-"
NUMBER_LENGTH = 30
_PLAIN_BYTES = bytes({*range(32, 127), 10} - {ord("\\")})
_ODD = ("  ", "\n=", "\n@", "\n+", "\n-")
_FORMULA = re.compile(r"[=@].|[+-][A-Za-z0-9(=@]", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CATEGORY_OF = {label.upper(): value for value, label in HotPlate.Category.choices} | {
    value.upper(): value for value in CATEGORIES
}


class Values(NamedTuple):
    """A column's values, and why the cells at some places are bad (whatever stands there is to be ignored)."""

    values: Sequence[str]
    bad: dict[int, str]


class Known(dict[str, str | None]):
    """What each text of a column is, judged once; None for what is bad. Forgets all where there are too many."""

    def __init__(self, judge: Callable[[str], str | None], why: str) -> None:
        super().__init__()
        self._judge, self._why = judge, why

    def __missing__(self, raw: str) -> str | None:
        value = self[raw] = self._judge(raw)
        return value

    def of(self, column: Sequence[str]) -> Values:
        """The values of a column."""
        if len(self) > MOST_REMEMBERED:
            self.clear()
        distinct = set(column)
        if all(self[raw] == raw for raw in distinct):
            return Values(column, {})
        values = list(map(self.__getitem__, column))
        if all(self[raw] is not None for raw in distinct):
            return Values(values, {})  # type: ignore[arg-type]
        bad = {place: self._why for place, value in enumerate(values) if value is None}
        return Values([value or "" for value in values], bad)


def states(also: frozenset[str]) -> Known:
    """Codes of states; "" for none."""

    def judge(raw: str) -> str | None:
        try:
            return plates.normalise_state(raw)
        except plates.StateError:
            code = raw.strip().upper()
            return code if code in also else None

    return Known(judge, NO_STATE)


def categories() -> Known:
    """Ours, by value or in words; "" for an empty cell."""

    def judge(raw: str) -> str | None:
        said = " ".join(raw.split()).upper()
        return _CATEGORY_OF.get(said.replace(" ", "_"), _CATEGORY_OF.get(said)) if said else ""

    return Known(judge, NO_CATEGORY)


def systems(layout: Layout) -> Known:
    """A system's code; the layout's for an empty cell."""

    def judge(raw: str) -> str | None:
        said = raw.strip().upper() or layout.system
        return said if said in SYSTEMS or not said else None

    return Known(judge, NO_SYSTEM)


def file_types(layout: Layout) -> Known:
    """Our names of the supplier's files. A layout that knows all its codes refuses others."""
    kept = layout.keeps_other_types

    def judge(raw: str) -> str | None:
        said = type_name(raw)
        if not said and "" not in layout.file_types:
            return layout.file_type if kept or not raw.strip() else None
        known = layout.file_types.get(said)
        if known is not None:
            return known.name
        return said if kept and len(raw.strip()) <= 40 else None

    return Known(judge, LONG_TYPE if kept else NO_TYPE)


def dates(layout: Layout) -> Known:
    """Days as PostgreSQL takes them; ``NOTHING`` for none."""

    def judge(raw: str) -> str | None:
        said = raw.strip()
        if said in layout.no_date:
            return NOTHING
        for form in layout.date_formats:
            try:
                day = datetime.strptime(said, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
            if day.year >= 1900:
                return day.isoformat()
        return None

    return Known(judge, NO_DATE)


def type_of(layout: Layout, name: str) -> FileType:
    """What the layout says about a file type by our name for it."""
    return layout.file_types.get(name) or FileType(name)


def plates_of(column: Sequence[str], no_plate: frozenset[str]) -> tuple[Values, list[int]]:
    """Normalised plates; and the places where the supplier says that there is none."""
    candidates = column
    if _is_made_of(column, _PLATE_BYTES, 1, plates.MAX_LENGTH) and (not no_plate or no_plate.isdisjoint(column)):
        return Values(column, {}), []
    text = "\n".join(column)
    # Below 65 characters a cell: audit.plates takes longer ones for no plate, whatever is in them.
    if text.isascii() and max(map(len, column), default=0) <= plates.MAX_TYPED:
        values = text.upper().replace(" ", "").replace("-", "").replace(".", "").split("\n")
        if len(values) == len(column):
            candidates = values
    return _odd_plates(column, candidates, no_plate)


def _odd_plates(column: Sequence[str], candidates: Sequence[str], no_plate: frozenset[str]) -> tuple[Values, list[int]]:
    values, bad, none = list(candidates), {}, []
    for place, raw in enumerate(column):
        if no_plate and raw.strip().upper() in no_plate:
            none.append(place)
        elif _PLATE.fullmatch(values[place]) is None:
            try:
                values[place] = plates.normalise(raw)
            except plates.PlateError as error:
                bad[place] = error.reason
    return Values(values, bad), none


def numbers_of(column: Sequence[str]) -> Values:
    """Entry numbers in capitals, without blanks at the ends."""
    if _is_made_of(column, _NUMBER_BYTES, 0, NUMBER_LENGTH):
        return Values(column, {})
    values = list(map(str.strip, column))
    bad = {}
    for place, raw in enumerate(values):
        value = values[place] = raw.upper() if raw.isascii() else raw
        if _NUMBER.fullmatch(value) is None:
            bad[place] = NO_NUMBER
    return Values(values, bad)


def _is_made_of(column: Sequence[str], allowed: bytes, least: int, most: int) -> bool:
    """Whether every cell has ``least`` to ``most`` of these characters, and no other; one look at all together."""
    text = "".join(column)
    if not text.isascii() or text.encode().translate(None, allowed):
        return False
    return not column or (max(map(len, column)) <= most and (not least or "" not in column))


class Texts:
    """Free text of one column: blanks made single, screened, and ready for COPY. ``screened`` counts texts left out."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._known: dict[str, tuple[str, str, bool]] = {}
        self.screened = 0

    def of(self, column: Sequence[str]) -> Values:
        """The texts of a column."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        distinct = set(column)
        if len(distinct) * 5 > len(column) * 4:
            values = list(map(str.strip, column, repeat(" ")))
            if self._is_plain("\n".join(values), values):
                return Values(values, {})
        known = self._known
        for raw in distinct - known.keys():
            known[raw] = self._judge(raw)
        if not any(known[raw][1] or known[raw][2] for raw in distinct):
            if all(known[raw][0] == raw for raw in distinct):
                return Values(column, {})
            values_of = {raw: known[raw][0] for raw in distinct}
            return Values(list(map(values_of.__getitem__, column)), {})
        found = [known[raw] for raw in column]
        self.screened += sum(screened for _, _, screened in found)
        bad = {place: why for place, (_, why, _) in enumerate(found) if why}
        return Values([value for value, _, _ in found], bad)

    def _is_plain(self, text: str, values: list[str]) -> bool:
        """Whether nothing has to be done to any of the texts. What screening finds in one it finds in all together."""
        if not text.isascii() or text.encode().translate(None, _PLAIN_BYTES):
            return False
        start = f"\n{text}"
        if any(odd in start for odd in _ODD) or start.count("\n") != len(values):
            return False
        return max(map(len, values), default=0) <= self._longest and not found_in(text)

    def _judge(self, raw: str) -> tuple[str, str, bool]:
        """A text as it is stored, why it is bad, and whether it was left out as criminal-justice information."""
        text = " ".join(raw.split())
        if _CONTROL.search(raw):
            return "", CONTROL, False
        if _FORMULA.match(text):
            return "", FORMULA, False
        if found_in(text):
            return "", "", True
        if len(text) > self._longest:
            return "", f"is longer than {self._longest} characters.", False
        return text.replace("\\", r"\\"), "", False
