"""An inspection of thirty days up to ``NOON``, and the draw of it."""

from datetime import datetime, timedelta
from typing import Any

from audit.models import InspectedQuery, Inspection
from audit.review.draw import draw
from tests import make
from tests.audit.review import past
from tests.make import NOON

START, END = NOON - timedelta(days=30), NOON
LATER = NOON + timedelta(hours=1)


def inspection(**told: Any) -> Inspection:
    values = {"kind": "queries", "rule": "calendar_quarter", "starts_at": START, "ends_at": END} | told
    return Inspection.objects.create(due_on=END.date() + timedelta(days=30), opened_at=END, **values)


def drawn(administrator, *, at: datetime = LATER, **told: Any) -> Inspection:
    """Checkpointed and drawn."""
    past.checkpoint(at)
    return draw(inspection(**told).pk, by=make.by(administrator), at=at)


def flags_of(entry) -> dict[str, str]:
    """Code -> words of the flags of a record (or of a query made elsewhere)."""
    source = "ledger" if hasattr(entry, "index") else "elsewhere"
    row = InspectedQuery.objects.filter(source=source, ref=entry.pk).first()
    return {flag["code"]: flag["words"] for flag in row.flags} if row else {}


def flagged(code: str) -> set[str]:
    """Who is flagged with a code."""
    rows = InspectedQuery.objects.exclude(flags=[])
    return {row.employee_name for row in rows if any(flag["code"] == code for flag in row.flags)}
