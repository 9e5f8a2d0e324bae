"""From a part of a file to what COPY takes: dropped, judged, screened, column by column. No database."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import IO, NamedTuple

from hotlists.imports import cells, store
from hotlists.imports.cells import Values
from hotlists.imports.head import Head
from hotlists.imports.layout import Layout
from hotlists.imports.rows import Blocks, Part, parts
from hotlists.imports.screen import NO_PLATE, NO_TYPE, Screen
from hotlists.models import HotPlate

MOST_BAD = 20_000


class Bad(NamedTuple):
    """A bad row: the line it begins on (from 1), its column, and why."""

    line: int
    column: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What a file held, so far. ``bad`` holds at most ``MOST_BAD``."""

    rows: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    screened: int = 0
    bad: list[Bad] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether the layout can be the right one: not where row after row is bad."""
        return len(self.bad) < MOST_BAD


class Parser:
    """Reads one file. ``tally`` counts as ``payloads`` goes on; ``done`` is how many bytes were read."""

    def __init__(self, file: IO[bytes], layout: Layout, head: Head, screen: Screen) -> None:
        self.tally = Tally()
        self._layout, self._head, self._screen = layout, head, screen
        self._blocks = Blocks(file, layout.encoding, head)
        self._states = cells.states(layout.also_states)
        self._categories, self._systems = cells.categories(), cells.systems(layout)
        self._types, self._dates = cells.file_types(layout), cells.dates(layout)
        self._vehicles, self._reasons = cells.Texts(cells.VEHICLE_LENGTH), cells.Texts(cells.REASON_LENGTH)

    @property
    def done(self) -> int:
        return self._blocks.offset

    def payloads(self) -> Iterator[bytes]:
        """Rows for COPY (``store.copy_statement``), part by part; empty ones once a row was bad.

        Raises Unfit where the file can be read no further. Ends early where the layout does not fit.
        """
        for part in parts(self._blocks, self._layout, self._head):
            self.tally.rows += part.rows
            for line, role, why in part.bad:
                self._reject(line, role, why)
            yield self._payload(part)
            if not self.tally.fits:
                return

    def _payload(self, part: Part) -> bytes:
        lines, columns, bad = part.lines, part.columns, {}
        types = Values([self._layout.file_type] * len(lines), {})
        if "file_type" in columns:
            types = self._types.of(columns["file_type"])
        types = self._told(columns, types)
        lines, columns, named = self._dropped(lines, columns, types)
        plates, none = cells.plates_of(columns["plate"], self._layout.no_plate)
        if none:
            self.tally.dropped[NO_PLATE] += len(none)
            keep = [True] * len(lines)
            for place in none:
                keep[place] = False
            lines, columns, named = _kept(keep, lines, columns, named)
            plates = cells.plates_of(columns["plate"], frozenset())[0]
        judged = {"file_type": named, "plate": plates} | self._judged(columns, named.values, len(lines))
        bad = {role: values.bad for role, values in judged.items() if values.bad}
        self._reject_cells(bad, lines)
        self.tally.screened = self._vehicles.screened + self._reasons.screened
        if self.tally.bad:
            return b""
        self.tally.kept += len(lines)
        return _text(lines, {role: values.values for role, values in judged.items()})

    def _told(self, columns: dict[str, Sequence[str]], types: Values) -> Values:
        """The file types, and those a row's own words tell where the policy drops them: a file whose types stand in a
        column that the layout does not know is refused by what its rows say."""
        said = self._screen.said_in(columns["reason"]) if "reason" in columns else {}
        if not said:
            return types
        values = [said.get(place, name) for place, name in enumerate(types.values)]
        return Values(values, {place: why for place, why in types.bad.items() if place not in said})

    def _dropped(
        self, lines: Sequence[int], columns: dict[str, Sequence[str]], types: Values
    ) -> tuple[Sequence[int], dict[str, Sequence[str]], Values]:
        """The rows without those of types that are not taken. A type that is bad is not known, and stays."""
        refused = {name for name in set(types.values) if self._screen.drops(name)}
        if not refused:
            return lines, columns, types
        counts = Counter(types.values)
        keep = list(map({name: name not in refused for name in counts}.__getitem__, types.values))
        for place in types.bad:
            counts[types.values[place]] -= 1
            keep[place] = True
        self.tally.dropped.update({name or NO_TYPE: counts[name] for name in refused if counts[name]})
        return _kept(keep, lines, columns, types)

    def _judged(self, columns: dict[str, Sequence[str]], types: Sequence[str], count: int) -> dict[str, Values]:
        layout, none = self._layout, [""] * count
        judges = {
            "state": self._states.of, "system": self._systems.of, "entry_number": cells.numbers_of,
            "vehicle": self._vehicles.of, "entered_on": self._dates.of,
        }  # fmt: skip
        blank = {"system": [layout.system] * count, "entered_on": [cells.NOTHING] * count}
        found = {
            role: judge(columns[role]) if role in columns else Values(blank.get(role, none), {})
            for role, judge in judges.items()
        }
        said = self._categories.of(columns["category"]) if "category" in columns else Values(none, {})
        reasons = self._reasons.of(columns["reason"]) if "reason" in columns else Values(none, {})
        found["category"] = Values(self._filled(said.values, types), said.bad)
        found["reason"] = Values(self._explained(reasons.values, types, found["category"].values), reasons.bad)
        return found

    def _filled(self, said: Sequence[str], types: Sequence[str]) -> Sequence[str]:
        """The categories, where a row names none by its file type."""
        by_type = {name: cells.type_of(self._layout, name).category or self._layout.category for name in set(types)}
        if not any(said):
            return list(map(by_type.__getitem__, types))
        return [own or by_type[name] for own, name in zip(said, types, strict=True)]

    def _explained(self, said: Sequence[str], types: Sequence[str], categories: Sequence[str]) -> Sequence[str]:
        """The reasons, where a row says none by its file type, the layout or its category."""
        if all(said):
            return said
        words = {
            (name, category): self._words(name, category) for name, category in set(zip(types, categories, strict=True))
        }
        return [own or words[name, category] for own, name, category in zip(said, types, categories, strict=True)]

    def _words(self, name: str, category: str) -> str:
        own = cells.type_of(self._layout, name).reason or self._layout.reason
        return (own or HotPlate.Category(category).label).replace("\\", r"\\")

    def _reject_cells(self, bad: dict[str, dict[int, str]], lines: Sequence[int]) -> None:
        found = [(lines[place], role, why) for role, places in bad.items() for place, why in places.items()]
        for line, role, why in sorted(found):
            self._reject(line, role, why)

    def _reject(self, line: int, role: str, why: str) -> None:
        if self.tally.fits:
            self.tally.bad.append(Bad(line, self._head.name_of(role), why[:200]))


def _kept(
    keep: list[bool], lines: Sequence[int], columns: dict[str, Sequence[str]], types: Values
) -> tuple[Sequence[int], dict[str, Sequence[str]], Values]:
    """The rows that stay; places of bad file types are those among them."""
    places = {old: new for new, old in enumerate(compress(range(len(keep)), keep))} if types.bad else {}
    bad = {places[place]: why for place, why in types.bad.items() if place in places}
    cut: dict[str, Sequence[str]] = {role: list(compress(column, keep)) for role, column in columns.items()}
    return list(compress(lines, keep)), cut, Values(list(compress(types.values, keep)), bad)


def _text(lines: Sequence[int], columns: dict[str, Sequence[str]]) -> bytes:
    """The rows in PostgreSQL's text form, in the order of ``store.COLUMNS``.

    All cells are laid out in one list, those of a column by one assignment, and put together at once.
    """
    if not lines:
        return b""
    ends = {day: f"{day}\n" for day in set(columns["entered_on"])}
    width = len(store.COLUMNS)
    cells = [""] * (width * len(lines))
    cells[0::width] = map(str, lines)
    for place, role in enumerate(store.COLUMNS[1:-1], start=1):
        cells[place::width] = columns[role]
    cells[width - 1 :: width] = map(ends.__getitem__, columns["entered_on"])
    return "\t".join(cells).replace("\n\t", "\n").encode()
