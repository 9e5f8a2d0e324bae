"""Counted months to publish from, and what a page needs besides."""

from datetime import date, datetime
from typing import Any

from audit.models import Designation
from registry.models import MonthFigure
from registry.publishing.periods import month_after
from tests import make

AT = make.NOON
FIRST = date(2025, 10, 1)


def counted(first: date = FIRST, months: int = 8, at: datetime = AT, **changed: list[int]) -> None:
    """Months with figures of a middling town; ``reads=[...]`` or ``searches__locate=[...]`` give other numbers."""
    numbers: dict[tuple[str, str], Any] = {
        ("reads", ""): 120_000,
        ("late_reads", ""): 40,
        ("hits", "verified"): 60,
        ("hits", "misread"): 30,
        ("hits", "open"): 25,
        ("searches", "locate"): 200,
        ("searches", "canvass"): 80,
        ("searches_case", "with"): 180,
        ("searches_case", "without"): 100,
        ("refusals", "SPD General Order 525.08, B.1"): 14,
        ("packages", ""): 12,
        ("inspections", "on_time"): 1,
        ("purges", ""): 2,
        ("reads_destroyed", ""): 90_000,
        ("records", ""): 9_000,
    }
    numbers |= {(*key.split("__"), "")[:2]: values for key, values in changed.items()}
    month = first
    for step in range(months):
        cells = {key: value[step] if isinstance(value, list) else value for key, value in numbers.items()}
        for figure in {figure for figure, cell in cells if cell}:
            cells[figure, ""] = sum(value for (of, cell), value in cells.items() if of == figure and cell)
        MonthFigure.objects.bulk_create(
            MonthFigure(month=month, figure=figure, cell=cell, value=value, counted_at=at)
            for (figure, cell), value in cells.items()
        )
        month = month_after(month)


def designated() -> None:
    """A designee and a custodian, invented."""
    for kind, name, title in (("designee", "Robin Sample", "Captain"), ("custodian", "Kim Example", "Records Manager")):
        Designation.objects.create(kind=kind, name=name, title=title, starts_at=make.LONG_AGO)
