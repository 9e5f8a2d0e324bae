"""Which cells of a published table are withheld, so that no withheld one can be worked out from the others.

A table has classes, their total (class ""), months, quarters and years, and every sum is published: class to total,
month to quarter to year. Shown zeros stay. A cell of 1 to ``below - 1`` is withheld; that alone would be no use, since
a difference brings it back. So for each withheld cell a *move* is looked for: other withheld cells that could be raised
or lowered with it by ``below - 1`` so that every shown number and every sum stays as it is, none of them below one.
Whoever reads the page cannot tell the true table from the moved one, so each cell on the move keeps at least ``below``
possible values. Where no move exists yet, the cells of the cheapest one are withheld too.

Tables with one hierarchy are networks: each cell stands in two sums and is an arc between them; a move is a cycle, and
the cheapest is a shortest path (docs/adr/0018). Raising a cell together with all its sums up to the top is always a
move, so one is always found. What an earlier publication showed is fixed and part of no move; what it withheld stays
withheld. Pure.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry.publishing.periods import children_in, parent

TOTAL = ""
Cell = tuple[str, str]  # class, period
Node = tuple[str, ...]
TOP: Node = ("top",)
# What withholding costs: sums tell the reader more than single classes. A total is the last to go.
_COST = {"month": 10, "quarter": 14, "year": 18}
_TOTAL_COST = 60
# How a cell may move, best first: up, and down to one; up; down.
_WAYS = ((1, True), (1, False), (-1, False))


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by class and period. ``values`` holds the total under class "" and every sum; missing cells are 0."""

    classes: tuple[str, ...]
    periods: tuple[str, ...]
    values: Mapping[Cell, int]

    def cells(self) -> Iterable[Cell]:
        """Every cell that is not zero."""
        return (cell for cell, value in self.values.items() if value)

    def sums(self) -> Iterable[tuple[Cell, tuple[Cell, ...]]]:
        """Every sum that a reader can check: (the whole, its parts)."""
        for period in self.periods:
            if self.classes:
                yield (TOTAL, period), tuple((one, period) for one in self.classes)
            if parts := children_in(period, self.periods):
                for one in (TOTAL, *self.classes):
                    yield (one, period), tuple((one, part) for part in parts)


@dataclass(slots=True)
class Withheld:
    """The cells to withhold; ``primary`` are those that are small themselves. ``moves`` are the proofs."""

    primary: set[Cell]
    cells: set[Cell]
    moves: list[dict[Cell, int]] = field(default_factory=list)
    unproved: set[Cell] = field(default_factory=set)


def withhold(
    table: Table,
    below: int,
    *,
    before: Mapping[Cell, bool] | None = None,
    fixed_totals: bool = False,
    also: Iterable[Cell] = (),
) -> Withheld:
    """The cells of a table to withhold.

    ``before`` says of each cell that was published before whether it was shown. ``fixed_totals``: the totals are
    another table's, so no move may touch them; cells that have no other move are then in ``unproved``. ``also`` names
    cells to withhold in any case.
    """
    known = before or {}
    shown = {cell for cell, was_shown in known.items() if was_shown}
    small = {cell for cell in table.cells() if 0 < table.values[cell] < below and cell not in shown}
    hidden_before = {cell for cell, was_shown in known.items() if not was_shown and table.values.get(cell)}
    found = Withheld(primary=small, cells=small | hidden_before | {one for one in also if table.values.get(one)})
    if fixed_totals:
        shown = shown | {(TOTAL, period) for period in table.periods}
        found.primary = {cell for cell in small if cell[0] != TOTAL}
        found.cells = {cell for cell in found.cells if cell[0] != TOTAL}
    network = _Network(table, below, shown)
    proved: set[Cell] = set()
    # Small ones first: the moves they need prove most of the others.
    for cell in sorted(found.cells, key=lambda one: (one not in found.primary, -table.values[one], one)):
        if cell in proved and cell not in found.primary:
            continue
        move = next(filter(None, (network.move(cell, found.cells, *way) for way in _WAYS)), None)
        if not move:
            found.unproved.add(cell)
            continue
        found.moves.append(move)
        found.cells |= set(move)
        proved |= set(move)
    return found


def is_move(table: Table, move: Mapping[Cell, int], withheld: set[Cell], step: int) -> bool:
    """Whether the moved table looks the same to a reader: same sums, only withheld cells differ, none below one."""
    moved = {cell: value + step * move.get(cell, 0) for cell, value in table.values.items()}
    return (
        set(move) <= withheld
        and all(moved[cell] >= 1 for cell in move)
        and all(moved.get(whole, 0) == sum(moved.get(part, 0) for part in parts) for whole, parts in table.sums())
    )


class _Network:
    """Cells as arcs between the sums they stand in; a unit along an arc raises the cell, one against it lowers it."""

    def __init__(self, table: Table, below: int, fixed: set[Cell]) -> None:
        self.values, self.below = table.values, below
        self.ends = {cell: _ends(cell, table) for cell in table.cells() if cell not in fixed}
        self.at: dict[Node, list[tuple[Cell, int, Node]]] = {}
        for cell, (tail, head) in self.ends.items():
            self.at.setdefault(tail, []).append((cell, 1, head))
            self.at.setdefault(head, []).append((cell, -1, tail))

    def move(self, cell: Cell, withheld: set[Cell], way: int, strict: bool) -> dict[Cell, int]:
        """The cheapest move by ``below - 1``, ``way`` 1 up or -1 down; strict: one that can also lower it to one."""
        value = self.values[cell]
        if cell not in self.ends or (way < 0 and value < self.below):
            return {}
        tail, head = self.ends[cell][::way]
        least = value if strict and value < self.below else 1
        best: dict[Node, int] = {head: 0}
        came: dict[Node, tuple[Cell, int, Node]] = {}
        queue = [(0, head)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == tail:
                break
            if cost > best[node]:
                continue
            for other, sign, to in self.at.get(node, ()):
                if other == cell or self.values[other] < (least if sign > 0 else self.below):
                    continue
                price = cost + (1 if other in withheld else _cost(other))
                if price < best.get(to, price + 1):
                    best[to], came[to] = price, (other, sign, node)
                    heapq.heappush(queue, (price, to))
        return self._walk_back({cell: way}, head, tail, came)

    @staticmethod
    def _walk_back(
        move: dict[Cell, int], head: Node, tail: Node, came: dict[Node, tuple[Cell, int, Node]]
    ) -> dict[Cell, int]:
        if head != tail and tail not in came:
            return {}
        node = tail
        while node != head:
            other, sign, node = came[node]
            move[other] = sign
        return move


def _ends(cell: Cell, table: Table) -> tuple[Node, Node]:
    """From which sum to which the arc of a cell leads. Sums of classes over quarters and years follow from the rest."""
    one, period = cell
    above = parent(period)
    up: Node = ("time", one, above) if above in table.periods else TOP
    if children_in(period, table.periods):
        down: Node = ("time", one, period)
    else:
        down = ("classes", period) if table.classes else TOP
    return (up, down) if one == TOTAL else (down, up)


def _cost(cell: Cell) -> int:
    one, period = cell
    length = "quarter" if "Q" in period else "month" if "-" in period else "year"
    return _COST[length] + (_TOTAL_COST if one == TOTAL else 0)


def with_sums(classes: Iterable[str], periods: Iterable[str], months: Mapping[Cell, int]) -> Table:
    """A table from its months: totals are given under "" or added up, quarters and years are added up."""
    classes, periods = tuple(classes), tuple(periods)
    values = dict(months)
    for period in periods:
        parts = children_in(period, periods)
        for one in (*classes, TOTAL):
            if parts:
                values[one, period] = sum(values.get((one, part), 0) for part in parts)
            elif one == TOTAL and (TOTAL, period) not in values:
                values[one, period] = sum(values.get((other, period), 0) for other in classes)
    return Table(classes, periods, values)
