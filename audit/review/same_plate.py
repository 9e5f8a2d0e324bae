"""What else the same person asked about the same plate in the period of the inspection."""

import json
from dataclasses import dataclass
from datetime import datetime

from audit import plates
from audit.actions import Action
from audit.models import InspectedQuery, LedgerEntry, QueryElsewhere
from audit.review.frame import QueryFacts

ASKED = (Action.SEARCH_RUN, Action.EVIDENCE_PACKAGE, Action.EVIDENCE_FETCH)
# A person's queries of a period that are compared; more is a flag of its own.
MOST_COMPARED = 5000
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Other:
    """Another query of the person for the plate; ``record_index`` is None for one made elsewhere."""

    at: datetime
    act: str
    reason: str
    case_number: str
    record_index: int | None


def others(query: InspectedQuery, facts: QueryFacts) -> list[Other]:
    """Up to 50 of them, the oldest first; none where the query has no plate. Two queries of the database."""
    typed = (facts.elements or {}).get("plate")
    if not isinstance(typed, str) or not typed:
        return []
    wanted = written(typed)
    found = [*_ours(query, facts, wanted), *_elsewhere(query, wanted)]
    return sorted(found, key=lambda other: other.at)[:MOST_SHOWN]


def written(plate: str) -> str:
    """The plate as it is compared; what is none (a pattern) is compared as it was typed."""
    try:
        return plates.normalise(plate)
    except plates.PlateError:
        return plate.upper()


def _ours(query: InspectedQuery, facts: QueryFacts, wanted: str) -> list[Other]:
    name = query.employee.get_username() if query.employee else facts.who
    period = query.inspection
    rows = LedgerEntry.objects.filter(
        username=name, action__in=ASKED, recorded_at__gte=period.starts_at, recorded_at__lt=period.ends_at
    ).select_related("clear")
    if query.source == InspectedQuery.Source.LEDGER:
        rows = rows.exclude(index=query.ref)
    return [
        Other(
            row.recorded_at,
            str(row.get_action_display()),
            row.clear.reason or "",
            row.clear.case_number or "",
            row.index,
        )
        for row in rows.order_by("index")[:MOST_COMPARED]
        if _plate_of(row) == wanted
    ]


def _plate_of(row: LedgerEntry) -> str:
    try:
        told = json.loads(row.clear.query or "{}").get("plate")
    except (ValueError, AttributeError):
        return ""
    return written(told) if isinstance(told, str) and told else ""


def _elsewhere(query: InspectedQuery, wanted: str) -> list[Other]:
    if query.employee is None:
        return []
    period = query.inspection
    rows = QueryElsewhere.objects.filter(person=query.employee, at__gte=period.starts_at, at__lt=period.ends_at)
    if query.source == InspectedQuery.Source.ELSEWHERE:
        rows = rows.exclude(pk=query.ref)
    return [
        Other(row.at, f"{row.kind or 'Query'} in {row.system}", row.reason, row.case_number, None)
        for row in rows.exclude(plate="").select_related("system").order_by("at")[:MOST_COMPARED]
        if written(row.plate) == wanted
    ]
