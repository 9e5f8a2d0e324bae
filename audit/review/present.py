"""What the pages of inspections show: the looks put into rows, words and links."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from audit.models import Finding, InspectedQuery, Inspection
from audit.review import report, weekly, words
from audit.review.flags.flag import TITLES
from audit.review.forms import MarkForm
from audit.review.looks import Opened, OpenedQuery

FILTERS = (
    ("all", "All"),
    ("open", "Not marked"),
    ("sampled", "Drawn"),
    ("flagged", "Flagged"),
    ("compliant", "Compliant"),
    ("explain", "Needs explanation"),
    ("out", "Out of compliance"),
)
# Buttons of a mark: code, words, key, look.
MARKS = (
    ("compliant", "Compliant", "1", ""),
    ("explain", "Needs explanation", "2", "usa-button--outline"),
    ("out", "Out of compliance", "3", "usa-button--secondary"),
)


def inspection_context(opened: Opened) -> dict[str, Any]:
    """Context of one inspection's page."""
    inspection = opened.inspection
    shared = {
        "opened": opened,
        "row": opened.row,
        "inspection": inspection,
        "last_day": last_day(inspection),
        "rule": report.RULES.get(inspection.rule, inspection.rule),
        "filters": FILTERS,
        "may_read_ledger": opened.may_read_ledger,
        "can_sign": opened.may_review and inspection.signed_at is None,
        "can_approve": opened.may_approve and inspection.signed_at is not None and inspection.approved_at is None,
    }
    if inspection.kind == Inspection.Kind.LOG:
        return shared | {"sections": weekly.figures(inspection.starts_at, inspection.ends_at)}
    rows = InspectedQuery.objects.filter(inspection=inspection).only("strata", "sampled", "mark")
    return shared | {
        "strata": report.strata_of(inspection, list(rows)) if inspection.drawn_at else [],
        "registers": report.registers_words(inspection),
        "queries": [_listed(query, opened.bars) for query in opened.queries],
        "flag_codes": [(code, TITLES.get(code, code), count) for code, count in opened.flag_codes],
        "findings": [(one, report.status(one)) for one in opened.findings],
    }


def query_context(opened: OpenedQuery) -> dict[str, Any]:
    """Context of one query's page."""
    return {
        "opened": opened,
        "query": opened.query,
        "facts": opened.facts,
        "returned": opened.returned,
        "inspection": opened.inspection,
        "last_day": last_day(opened.inspection),
        "purpose": words.purpose(opened.facts.purpose, opened.facts.at),
        "elements": words.elements(opened.facts.elements),
        "detail": words.detail(opened.returned.detail),
        "flags": [(TITLES.get(flag["code"], flag["code"]), flag["words"]) for flag in opened.query.flags],
        "strata": [report.STRATA.get(code, code) for code in opened.query.strata],
        "marks": MARKS,
        "status": report.status(opened.finding) if opened.finding else "",
    }


def mark_form(opened: OpenedQuery) -> MarkForm:
    """The form of a mark, with the words of an earlier one."""
    return MarkForm(initial={"words": opened.query.words})


def sent_words(query: InspectedQuery) -> str:
    """To whom the finding of a mark just made went; "" where there is none."""
    finding = Finding.objects.filter(query=query).select_related("commander").first()
    if finding is None:
        return ""
    if finding.commander is None:
        return " Nobody may answer it: send it on from its page."
    return f" Sent to {finding.commander.display_name}."


def next_of(text: str) -> UUID | None:
    """The next query, as the form named it."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def last_day(inspection: Inspection) -> datetime:
    """An instant of the last day of its period, for display."""
    return inspection.ends_at - timedelta(seconds=1)


def _listed(query: InspectedQuery, bars: dict[UUID, str]) -> dict[str, Any]:
    """A row of the list. What is wrong with one's own query is not told before it is reviewed."""
    bar = bars.get(query.pk, "")
    own = bar == "own"
    return {
        "query": query,
        "bar": bar,
        "own": own,
        "flags": [] if own else [(TITLES.get(flag["code"], flag["code"]), flag["words"]) for flag in query.flags],
        "strata": [] if own else [report.STRATA.get(code, code) for code in query.strata if code != "none"],
    }
