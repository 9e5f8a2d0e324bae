"""From counted months to the tables that are published: sums added up, small cells and what betrays them withheld."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.models import MonthFigure
from registry.publishing.figures import BY_CODE, FIGURES, SHARES, Figure, Share
from registry.publishing.periods import month_code, whole_periods
from registry.publishing.suppression import TOTAL, Cell, Table, Withheld, with_sums, withhold

# figure -> cell -> whether it was shown, of all that was published before
Before = Mapping[str, Mapping[Cell, bool]]


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as it may be shown: its whole table, and which cells are withheld."""

    figure: Figure
    table: Table
    withheld: frozenset[Cell]
    primary: int

    def shown(self, cell: Cell) -> int | None:
        """The number to show, None where it is withheld."""
        return None if cell in self.withheld else self.table.values.get(cell, 0)


def published_tables(upto: date, below: int, before: Before) -> list[Published]:
    """All figures of the counted months before ``upto``. One query."""
    rows = MonthFigure.objects.filter(month__lt=upto).values_list("month", "figure", "cell", "value")
    return withhold_all(tables_of(rows), below, before)


def tables_of(rows: Iterable[tuple[date, str, str, int]]) -> dict[str, Table]:
    """The table of each figure, from its counted months; a class that a month does not name is 0 there."""
    kept = list(rows)
    periods = whole_periods({month for month, *_ in kept})
    by_figure: dict[str, dict[Cell, int]] = {figure.code: {} for figure in FIGURES}
    for month, figure, cell, value in kept:
        if figure in by_figure:
            by_figure[figure][cell, month_code(month)] = value
    return {code: with_sums(_classes(BY_CODE[code], cells), periods, cells) for code, cells in by_figure.items()}


def withhold_all(tables: Mapping[str, Table], below: int, before: Before) -> list[Published]:
    """Withhold what must be, in every table. A figure with the totals of another is settled together with it."""
    done: dict[str, Published] = {}
    for figure in FIGURES:
        if figure.totals_of:
            continue
        table, known = tables[figure.code], before.get(figure.code, {})
        partner = next((one for one in FIGURES if one.totals_of == figure.code), None)
        if not figure.withheld_small:
            done[figure.code] = Published(figure, table, frozenset(), 0)
        elif partner is None:
            done[figure.code] = _published(figure, table, withhold(table, below, before=known))
        else:
            first, second = _together(table, tables[partner.code], below, known, before.get(partner.code, {}))
            done[figure.code] = _published(figure, table, first)
            done[partner.code] = _published(partner, tables[partner.code], second)
    return [done[figure.code] for figure in FIGURES]


def share_rows(published: Iterable[Published], share: Share) -> dict[str, int | None]:
    """By period the share in tenths of a percent; None where part, whole or what lies between them is withheld."""
    by_code = {one.figure.code: one for one in published}
    part, whole = by_code[share.part[0]], by_code[share.whole]
    rows: dict[str, int | None] = {}
    for period in whole.table.periods:
        number, of = part.shown((share.part[1], period)), whole.shown((TOTAL, period))
        rows[period] = None if number is None or not of else round(1000 * number / of)
    return rows


def all_shares(published: list[Published]) -> list[tuple[Share, dict[str, Any]]]:
    """Every share with its rows."""
    return [(share, share_rows(published, share)) for share in SHARES]


def _together(
    table: Table, partner: Table, below: int, known: Mapping[Cell, bool], partner_known: Mapping[Cell, bool]
) -> tuple[Withheld, Withheld]:
    """Two tables with the same totals.

    A move of one must not change totals that the other adds up to. So the partner moves with its totals fixed; where
    it cannot, the total is withheld; and in a year with a withheld total the partner shows nothing that is not zero.
    """
    forced: set[Cell] = set()
    while True:
        first = withhold(table, below, before=known, also=forced)
        tainted = {period[:4] for one, period in first.cells if one == TOTAL}
        blank = {
            cell
            for cell in partner.cells()
            if cell[0] != TOTAL and cell[1][:4] in tainted and not partner_known.get(cell)
            # Alone in a total that is shown it says what the total says.
            if (TOTAL, cell[1]) in first.cells or partner.values[cell] != partner.values[TOTAL, cell[1]]
        }
        second = withhold(partner, below, before=partner_known, fixed_totals=True, also=blank)
        stuck = {(TOTAL, cell[1]) for cell in second.unproved if cell[1][:4] not in tainted} - forced
        if not stuck:
            break
        forced |= stuck
    second.cells |= {cell for cell in first.cells if cell[0] == TOTAL}
    return first, second


def _published(figure: Figure, table: Table, found: Withheld) -> Published:
    return Published(figure, table, frozenset(found.cells), len(found.primary))


def _classes(figure: Figure, cells: Mapping[Cell, int]) -> list[str]:
    fixed = [code for code, _ in figure.classes]
    return fixed or sorted({one for one, _ in cells if one != TOTAL})
