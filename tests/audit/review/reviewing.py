"""Builders for the tests of inspections: an inspection, its queries, and the people around them."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from audit import asker, ledger
from audit.actions import Action
from audit.models import DivisionCommand, InspectedQuery, Inspection, Supervision, User
from tests import make

NOON = make.NOON
START = datetime(2026, 1, 1, 8, tzinfo=NOON.tzinfo)  # midnight in Sacramento
END = datetime(2026, 4, 1, 7, tzinfo=NOON.tzinfo)
ASKED = datetime(2026, 2, 3, 20, tzinfo=NOON.tzinfo)


def inspection(**fields: Any) -> Inspection:
    """The first quarter of 2026, drawn unless said otherwise."""
    defaults: dict[str, Any] = {
        "kind": Inspection.Kind.QUERIES,
        "rule": "calendar_quarter",
        "starts_at": START,
        "ends_at": END,
        "due_on": date(2026, 6, 30),
        "opened_at": END,
        "drawn_at": END + timedelta(days=1),
        "seed": "ab" * 32,
        "seed_source": "platekeeper sample 1\norigin of the tests",
        "log_size": 100,
        "frame_count": 40,
        "frame_sha256": "cd" * 32,
        "settings_used": {},
    }
    return Inspection.objects.create(**(defaults | fields))


def week(**fields: Any) -> Inspection:
    """A weekly review of the log, the week before NOON."""
    start = datetime(2026, 6, 8, 7, tzinfo=NOON.tzinfo)
    defaults: dict[str, Any] = {
        "kind": Inspection.Kind.LOG,
        "rule": "weekly",
        "starts_at": start,
        "ends_at": start + timedelta(days=7),
        "due_on": date(2026, 6, 22),
        "opened_at": start + timedelta(days=7),
    }
    return Inspection.objects.create(**(defaults | fields))


def search_record(by: User, *, at: datetime = ASKED, plate: str = "0DEM123", **fields: Any) -> int:
    """A search on the ledger; its index."""
    return ledger.note(
        Action.SEARCH_RUN,
        by=asker.person(by),
        at=at,
        purpose="locate",
        reason="Stolen from the Elm Street garage last night",
        case_number="26-123456",
        query={"kind": "plate", "plate": plate},
        **fields,
    )


def query(of: Inspection, employee: User | None, **fields: Any) -> InspectedQuery:
    """A sampled query of the inspection, made by the employee; without ``ref`` its record is made too."""
    at = fields.pop("at", ASKED)
    if "ref" not in fields:
        fields["ref"] = search_record(employee or make.user(f"asker{InspectedQuery.objects.count()}"), at=at)
    defaults: dict[str, Any] = {
        "source": InspectedQuery.Source.LEDGER,
        "employee_name": employee.display_name if employee else "unknown",
        "sampled": True,
        "strata": ["none"],
    }
    return InspectedQuery.objects.create(inspection=of, employee=employee, at=at, **(defaults | fields))


def commander(name: str = "captain", *, of: str = "Investigations", **fields: Any) -> User:
    """A commander of a division since long ago, unless said otherwise."""
    made = User.objects.filter(username=name).first() or make.user(name, "commander", trained=False)
    period = {"starts_at": make.LONG_AGO} | fields
    DivisionCommand.objects.create(division=make.division(of), commander=made, **period)
    return made


def supervises(supervisor: User, user: User, **fields: Any) -> None:
    period = {"starts_at": make.LONG_AGO} | fields
    Supervision.objects.create(user=user, supervisor=supervisor, **period)


def run_sql(statement: str, values: list[Any] | None = None) -> None:
    """Straight at the database, past every rule of the program."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
