"""The register of cases, taken in from the records system's export: number, dates, and who works on them.

Columns ``number, opened, closed, assigned, assigned_from, assigned_until``: days, a line an assignment, so that a case
with two people stands on two lines. A case that stands in the file is as the file says; others stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings

from audit.models import CaseAssignment, CaseFile, User
from audit.registers.rows import Fault, Row, require_sound, rows_of
from audit.rules import CASE_NUMBER

NEEDED = ("number", "opened")
OPTIONAL = ("closed", "assigned", "assigned_from", "assigned_until")


@dataclass(slots=True)
class Case:
    """A case as the file says it: the line it first stood on, its days, and (user id, from, until)."""

    line: int
    opened: date
    closed: date | None
    people: list[tuple[int, date, date | None]] = field(default_factory=list)


def read_cases(data: bytes) -> dict[str, Case]:
    """The cases of a file by number. Raises Unfit or BadRows. One query."""
    users = dict(User.objects.values_list("username", "pk"))
    cases: dict[str, Case] = {}
    faults: list[Fault] = []
    for row in rows_of(data, NEEDED, OPTIONAL):
        _take(row, cases, users)
        faults += row.faults
    require_sound(faults)
    return cases


def keep_cases(cases: dict[str, Case], *, at: datetime) -> int:
    """Write them; those on file under a number of the file are replaced. Returns how many assignments there are."""
    CaseFile.objects.bulk_create(
        (
            CaseFile(number=number, opened_on=case.opened, closed_on=case.closed, taken_in_at=at)
            for number, case in cases.items()
        ),
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["opened_on", "closed_on", "taken_in_at"],
        batch_size=2_000,
    )
    keys = dict(CaseFile.objects.filter(number__in=list(cases)).values_list("number", "pk"))
    CaseAssignment.objects.filter(case__in=list(keys.values())).delete()
    made = CaseAssignment.objects.bulk_create(_assignments(cases, keys), batch_size=2_000)
    return len(made)


def _take(row: Row, cases: dict[str, Case], users: dict[str, int]) -> None:
    number = row.text("number", most=40)
    if number and not CASE_NUMBER.fullmatch(number):
        row.wrong("number", f"“{number[:30]}” is not the form of a case number, such as 26-123456.")
    opened, closed = row.day("opened"), row.day("closed", needed=False)
    if opened and closed and closed < opened:
        row.wrong("closed", "The case would close before it was opened.")
    name = row.text("assigned", needed=False)
    first = row.day("assigned_from", needed=False) or opened
    last = row.day("assigned_until", needed=False)
    if name and name not in users:
        row.wrong("assigned", f"Nobody of the user name “{name[:40]}” is known.")
    if first and last and last <= first:
        row.wrong("assigned_until", "The end must come after the start.")
    case = cases.get(number)
    if case and (case.opened, case.closed) != (opened, closed):
        row.wrong("opened", f"Line {case.line} says other days for this case.")
    if row.faults or opened is None or first is None:
        return
    case = cases.setdefault(number, Case(row.line, opened, closed))
    if name:
        case.people.append((users[name], first, last))


def _assignments(cases: dict[str, Case], keys: dict[str, int]) -> Iterator[CaseAssignment]:
    zone = ZoneInfo(settings.AGENCY["zone"])
    for number, case in cases.items():
        for user, first, last in case.people:
            yield CaseAssignment(
                case_id=keys[number],
                user_id=user,
                starts_at=datetime.combine(first, time(), zone),
                ends_at=datetime.combine(last, time(), zone) if last else None,
            )
