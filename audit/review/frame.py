"""One query under review: what its record says was asked, and what came back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit.actions import Action
from audit.models import InspectedQuery, LedgerDetail, LedgerEntry, QueryElsewhere

# More looks than a reviewer can take in are counted, not listed.
MOST_LOOKS = 200


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """A query as it was asked. None in ``reason``, ``case_number`` or ``elements``: withheld or destroyed since."""

    at: datetime
    who: str
    organisation: str
    act: str
    outcome: str
    purpose: str
    reason: str | None
    case_number: str | None
    elements: dict[str, Any] | None
    result_count: int | None
    record_index: int | None
    rule_code: str = ""
    device_class: str = ""
    address: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """A page or a read opened from the answer, and its record."""

    record_index: int
    at: datetime
    act: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Returned:
    """What a query gave back: how much, what the record says about it, and what of it was opened.

    ``count`` is None where the query was refused or failed, or where the other system does not tell.
    """

    count: int | None
    detail: dict[str, Any] = field(default_factory=dict)
    looks: Sequence[Look] = ()
    more_looks: bool = False


def facts_of(query: InspectedQuery) -> QueryFacts:
    """What was asked. Two queries at most. Raises LedgerEntry.DoesNotExist or QueryElsewhere.DoesNotExist."""
    if query.source == InspectedQuery.Source.ELSEWHERE:
        return _theirs(QueryElsewhere.objects.select_related("system", "person").get(pk=query.ref))
    entry = LedgerEntry.objects.get(index=query.ref)
    clear = LedgerDetail.objects.filter(entry_id=query.ref).first()
    return QueryFacts(
        at=entry.recorded_at,
        who=entry.username,
        organisation=entry.organisation,
        act=str(entry.get_action_display()),
        outcome=entry.outcome,
        purpose=entry.purpose,
        reason=clear.reason if clear else None,
        case_number=clear.case_number if clear else None,
        elements=_read(clear.query) if clear else None,
        result_count=entry.result_count,
        record_index=entry.index,
        rule_code=entry.rule_code,
        device_class=entry.device_class,
        address=entry.address,
    )


def returned(query: InspectedQuery) -> Returned:
    """What came back: for our own searches also the pages that were opened of it. Three queries at most."""
    if query.source == InspectedQuery.Source.ELSEWHERE:
        return Returned(QueryElsewhere.objects.values_list("result_count", flat=True).get(pk=query.ref))
    entry = LedgerEntry.objects.get(index=query.ref)
    clear = LedgerDetail.objects.filter(entry_id=query.ref).first()
    looks: list[LedgerEntry] = []
    if entry.subject_id and entry.action == Action.SEARCH_RUN:
        pages = LedgerEntry.objects.filter(
            subject_type=entry.subject_type, subject_id=entry.subject_id, action=Action.SEARCH_PAGE
        )
        looks = list(pages.order_by("index")[: MOST_LOOKS + 1])
    return Returned(
        entry.result_count,
        (_read(clear.detail) if clear else None) or {},
        [Look(e.index, e.recorded_at, str(e.get_action_display()), e.result_count) for e in looks[:MOST_LOOKS]],
        len(looks) > MOST_LOOKS,
    )


def _theirs(row: QueryElsewhere) -> QueryFacts:
    elements = {"plate": row.plate} if row.plate else {}
    return QueryFacts(
        at=row.at,
        who=row.person.username if row.person else row.account,
        organisation=row.organisation,
        act=row.kind or "Query",
        outcome="allowed",
        purpose=row.purpose,
        reason=row.reason,
        case_number=row.case_number,
        elements=elements | row.elements,
        result_count=row.result_count,
        record_index=None,
        system=row.system.name,
    )


def _read(text: str | None) -> dict[str, Any] | None:
    """The JSON of a clear value; what was cut because of its length is shown as it is."""
    if text is None:
        return None
    try:
        told = json.loads(text)
    except ValueError:
        return {"as recorded, cut": text}
    return told if isinstance(told, dict) else {"as recorded": told}
