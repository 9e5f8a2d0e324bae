"""Months of invented figures and one publication of them by two people. The page calls them demonstration figures.

The demonstration has no closed month of its own: its reads are two weeks old. So its months are filled with numbers
that nothing was counted from, marked as such; the page says so wherever they are shown.
"""

from datetime import date, datetime

from alpr_site.demo import CREATOR
from audit import asker, ledger
from audit.actions import Action
from audit.models import User
from audit.refusals import Refused
from registry.models import MonthFigure, Publication
from registry.publishing import counting, steps
from registry.publishing.content import DEMONSTRATION
from registry.publishing.periods import last_closed, month_before

MONTHS = 8
# Figure, class, number in the first month, how much more each month.
NUMBERS = (
    ("reads", "", 412_000, 9_300),
    ("late_reads", "", 350, -11),
    ("hits", "verified", 118, 4),
    ("hits", "misread", 41, -2),
    ("hits", "stale", 17, 1),
    ("hits", "open", 22, 0),
    ("closed_hits", "stop", 14, 1),
    ("closed_hits", "recovered", 12, 1),
    ("closed_hits", "not_located", 96, 2),
    ("closed_hits", "information", 23, 0),
    ("closed_hits", "misread", 41, -2),
    ("closed_hits", "stale", 17, 1),
    ("possible", "lookalike", 64, 3),
    ("possible", "edit1", 188, 5),
    ("possible", "partial", 9, 1),
    ("hot_plates", "first", 73, 2),
    ("hot_plates", "renewed", 31, 1),
    ("searches", "locate", 520, 12),
    ("searches", "canvass", 143, 4),
    ("searches", "other_reviewed", 6, 1),
    ("wide_searches", "approved", 13, 0),
    ("wide_searches", "denied", 3, 0),
    ("refusals", "SPD General Order 525.08, B.1", 19, 0),
    ("refusals", "SPD General Order 525.08, C.5", 2, 0),
    ("refusals", "SPD General Order 525.08, D.1.c", 27, 1),
    ("packages", "", 24, 1),
    ("package_fetches", "", 26, 1),
    ("shares", "", 0, 0),
    ("inspections", "on_time", 0, 0),
    ("log_reviews", "on_time", 4, 0),
    ("purges", "", 1, 0),
    ("reads_destroyed", "", 388_000, 5_100),
    ("records", "", 16_900, 410),
)
WITH_CASE = 9, 10  # of ten searches nine name a case


def create_publication(at: datetime) -> int:
    """Fill the closed months and publish them, unless something is counted or published already; 1 or 0.

    Left out where a text contradicts what is enforced: then nothing may go out, here as little as elsewhere.
    """
    if Publication.objects.exists() or counting.due(at):
        return 0
    if not MonthFigure.objects.exists():
        _fill(at)
    try:
        row = steps.prepare(by=_by("demo-clerk"), at=at, note="The first publication of the demonstration")
        steps.publish(row.pk, by=_by("demo-custodian"), at=at)
    except Refused:
        return 0
    return 1


def _fill(at: datetime) -> None:
    months: list[date] = [last_closed(at)]
    while len(months) < MONTHS:
        months.append(month_before(months[-1]))
    with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
        for step, month in enumerate(reversed(months)):
            counting.store(month, _numbers(step, month) | {(DEMONSTRATION, ""): 1}, at)
        record.result_count = MONTHS
        record.detail = {"demonstration": "invented figures of closed months"}


def _numbers(step: int, month: date) -> counting.Counts:
    cells: counting.Counts = {}
    for figure, cell, first, more in NUMBERS:
        number = max(0, first + more * step + (step * 7 + first) % 5) if first else 0
        cells[figure, cell] = number
        if cell:
            cells[figure, ""] = cells.get((figure, ""), 0) + number
    if month.month % 3 == 1:
        cells["inspections", "on_time"] = cells["inspections", ""] = 1
    of = cells["searches", ""]
    with_case = of * WITH_CASE[0] // WITH_CASE[1]
    return cells | {
        ("searches_case", ""): of,
        ("searches_case", "with"): with_case,
        ("searches_case", "without"): of - with_case,
    }


def _by(username: str) -> asker.Asker:
    return asker.person(User.objects.get(username=username))
