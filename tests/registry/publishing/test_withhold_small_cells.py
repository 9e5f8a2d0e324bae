"""Small cells are withheld, and no reader who solves all sums at once gets one back: 1,000 invented years."""

import random
from collections.abc import Iterator
from datetime import date

import pytest

from registry.publishing.periods import parent, whole_periods
from registry.publishing.suppression import TOTAL, Table, is_move, with_sums, withhold
from registry.publishing.tables import Published, tables_of, withhold_all
from tests.registry.publishing.attack import Reader

BELOW = 11
MONTHS = [date(2026, month, 1) for month in range(1, 13)]
PERIODS = whole_periods(MONTHS)
SCALES = (0.3, 2, 8, 30, 150, 2000)


def year(rng: random.Random, classes: int) -> Table:
    """Twelve months of so many classes (0: only a total), each of its own size; many are small."""
    names = [f"c{number}" for number in range(classes)] or [TOTAL]
    scales = {name: rng.choice(SCALES) for name in names}
    months = {(name, period): int(rng.expovariate(1 / scales[name])) for name in names for period in PERIODS[:12]}
    return with_sums([name for name in names if name], PERIODS, months)


def searches(rng: random.Random) -> dict[str, Published]:
    """Searches by purpose, and the same by whether a case number was given, as they are published together."""
    table, rows = year(rng, rng.choice((1, 2, 3))), []
    share = rng.choice((0, 0.1, 0.5, 0.9, 1))
    for month, period in zip(MONTHS, PERIODS[:12], strict=True):
        of = table.values.get((TOTAL, period), 0)
        with_case = sum(rng.random() < share for _ in range(of))
        rows += [(month, "searches", name, table.values[name, period]) for name in (*table.classes, TOTAL)]
        cells = {"with": with_case, "without": of - with_case, TOTAL: of}
        rows += [(month, "searches_case", name, value) for name, value in cells.items()]
    every = {one.figure.code: one for one in withhold_all(tables_of(rows), BELOW, {})}
    return {code: every[code] for code in ("searches", "searches_case")}


def recovered(reader: Reader) -> list[str]:
    """The withheld cells that can have fewer than ``BELOW`` values, and not all of one to ten either."""
    return [
        f"{name}: {low} to {high}"
        for name, (low, high) in reader.intervals().items()
        if high - low + 1 < BELOW and not low <= 1 <= BELOW - 1 <= high
    ]


@pytest.mark.slow
def test_no_reader_recovers_a_withheld_cell_in_a_thousand_years():
    rng = random.Random(525)
    for number in range(800):
        table = year(rng, number % 5)
        found = withhold(table, BELOW)
        assert not found.unproved
        assert recovered(Reader({"figure": table}, {"figure": found.cells})) == []


@pytest.mark.slow
def test_no_reader_recovers_a_cell_from_two_tables_with_the_same_totals():
    rng = random.Random(34)
    for _ in range(200):
        pair = searches(rng)
        reader = Reader(
            {code: one.table for code, one in pair.items()},
            {code: set(one.withheld) for code, one in pair.items()},
            ("searches", "searches_case"),
        )
        assert recovered(reader) == []


def growing(rng: random.Random) -> Iterator[tuple[Table, dict, set]]:
    """A year published in four steps: after 2, 5, 9 and 12 months, each settled with what was published before."""
    whole = year(rng, rng.choice((0, 2, 3)))
    before: dict = {}
    for months in (2, 5, 9, 12):
        periods = whole_periods(MONTHS[:months])
        values = {cell: value for cell, value in whole.values.items() if cell[1] in periods}
        table = Table(whole.classes, tuple(periods), values)
        found = withhold(table, BELOW, before=before)
        assert not found.unproved
        yield table, dict(before), found.cells
        before = {cell: cell not in found.cells for cell in values}


def test_later_publications_give_nothing_away():
    rng = random.Random(7)
    for _ in range(40):
        for table, before, withheld in growing(rng):
            assert {cell for cell, shown in before.items() if shown} & withheld == set()
            assert {cell for cell, shown in before.items() if not shown and table.values[cell]} <= withheld
            assert recovered(Reader({"figure": table}, {"figure": withheld})) == []


def test_each_withheld_cell_has_a_move_that_a_reader_cannot_see():
    rng = random.Random(3)
    for number in range(200):
        table = year(rng, number % 7)
        found = withhold(table, BELOW)
        assert all(is_move(table, move, found.cells, BELOW - 1) for move in found.moves)
        assert set().union(*found.moves) == found.cells if found.moves else not found.cells


def test_zeros_and_large_numbers_alone_are_all_shown():
    table = with_sums(("a", "b"), PERIODS, {("a", period): 40 for period in PERIODS[:12]})
    assert withhold(table, BELOW).cells == set()


@pytest.mark.parametrize("value", range(1, 11))
def test_a_small_cell_is_withheld_and_with_it_what_gives_it_away(value):
    months = {("a", period): 100 for period in PERIODS[:12]} | {("b", period): 50 for period in PERIODS[:12]}
    table = with_sums(("a", "b"), PERIODS, months | {("a", "2026-05"): value})
    withheld = withhold(table, BELOW).cells
    assert ("a", "2026-05") in withheld
    assert len(withheld) == 4
    low, high = Reader({"f": table}, {"f": withheld}).intervals()["f", ("a", "2026-05")]
    assert low == 1
    assert high >= 10


def test_few_cells_are_withheld_that_need_not_be():
    """How many could be shown after all, one at a time, without giving a cell away: bounded (docs/adr/0018)."""
    rng, needless, complements = random.Random(11), 0, 0
    for number in range(12):
        table = year(rng, 1 + number % 3)
        found = withhold(table, BELOW)
        for cell in sorted(found.cells - found.primary):
            complements += 1
            needless += not recovered(Reader({"f": table}, {"f": found.cells - {cell}}))
    assert needless <= complements * 0.4, f"{needless} of {complements}"


def test_periods_lie_in_one_another():
    assert [parent(period) for period in ("2026-01", "2026-06", "2026-Q4", "2026")] == [
        "2026-Q1",
        "2026-Q2",
        "2026",
        "",
    ]
    assert whole_periods(MONTHS[1:8])[-1] == "2026-Q2"
