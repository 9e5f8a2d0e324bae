"""The report of an inspection as a sheet of paper. Queries appear by their record numbers: no plate is on it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import paper, policy
from audit.models import Finding, InspectedQuery, Inspection, User
from audit.policy import Profile
from audit.review import weekly
from audit.review.findings import MEASURES

TEMPLATE = "inspection.typ"
RULES = {"calendar_quarter": "every calendar quarter", "every_90_days": "every 90 days", "weekly": "every week"}
# One name for each stratum; what is drawn into several counts in each.
STRATA = {
    "none": "No mark of risk",
    "no_case": "No case number",
    "repeat_plate": "Same plate again",
    "off_shift": "Off duty",
    "outside_agency": "Outside agency",
    "wide_area": "Wide area",
    "export": "Export",
}
KEYS = {"queries": "audit.queries", "log": "audit.log_review"}


def pdf(inspection: Inspection, *, profile: Profile, at: datetime) -> bytes:
    """The report with both names on it. Raises audit.paper.PaperError."""
    return paper.pdf(TEMPLATE, told(inspection, profile=profile), at=at)


def told(inspection: Inspection, *, profile: Profile) -> dict[str, Any]:
    """All that the report says, as plain data."""
    cited = profile.values.get(KEYS[inspection.kind])
    shared = {
        "agency": settings.AGENCY["name"],
        "id": str(inspection.pk),
        "kind": inspection.kind,
        "title": inspection.get_kind_display(),
        "period": f"{day(inspection.starts_at)} to {day(inspection.ends_at - timedelta(seconds=1))}, both included",
        "rule": RULES.get(inspection.rule, inspection.rule),
        "clause": f"{cited.citation}: {cited.citation.text}" if cited else "",
        "profile": profile.stamp,
        "due": f"{inspection.due_on:%b %-d, %Y}",
        "late": _late(inspection),
        "summary": inspection.summary,
        "reviewer": _signed(inspection.reviewer, inspection.signed_at),
        "approver": _signed(inspection.approver, inspection.approved_at),
    }
    if inspection.kind == Inspection.Kind.LOG:
        return shared | {"sections": weekly.as_data(weekly.figures(inspection.starts_at, inspection.ends_at))}
    return shared | _queries(inspection)


def strata_of(queries: list[InspectedQuery], settings_used: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    """(name, queries in the frame, drawn, out of compliance) per stratum, in a fixed order."""
    sizes, drawn, out = settings_used.get("strata", {}), Counter[str](), Counter[str]()
    for query in queries:
        for code in query.strata if query.sampled else []:
            drawn[code] += 1
            out[code] += query.mark == InspectedQuery.Mark.OUT
    codes = [code for code in STRATA if code in drawn or code in sizes]
    codes += sorted((set(drawn) | set(sizes)) - set(STRATA))
    return [(STRATA.get(code, code), _size(sizes.get(code)), f"{drawn[code]:,}", out[code]) for code in codes]


def day(at: datetime) -> str:
    """The agency's calendar day of an instant, in words."""
    return f"{at.astimezone(ZoneInfo(settings.AGENCY['zone'])):%b %-d, %Y}"


def instant(at: datetime | None) -> str:
    """An instant in the agency's zone, to the minute."""
    return f"{at.astimezone(ZoneInfo(settings.AGENCY['zone'])):%b %-d, %Y, %H:%M %Z}" if at else ""


def _queries(inspection: Inspection) -> dict[str, Any]:
    rows = InspectedQuery.objects.filter(inspection=inspection).select_related("reviewer", "employee")
    queries = list(rows.order_by("at", "pk"))
    found = Finding.objects.filter(inspection=inspection).select_related("query", "commander", "division")
    marks = Counter(query.mark for query in queries)
    flags = Counter(flag.get("code", "") for query in queries for flag in query.flags)
    return {
        "frame": {
            "count": f"{inspection.frame_count or 0:,}",
            "sha256": inspection.frame_sha256,
            "log_size": f"{inspection.log_size or 0:,}",
        },
        "seed": inspection.seed,
        "seed_source": inspection.seed_source,
        "method": inspection.method,
        "drawn": _signed(inspection.drawn_by, inspection.drawn_at),
        "sampled": f"{sum(query.sampled for query in queries):,}",
        "flagged": f"{sum(bool(query.flags) for query in queries):,}",
        "strata": [
            [name, size, drawn, f"{out:,}"] for name, size, drawn, out in strata_of(queries, _settings(inspection))
        ],
        "flags": [[code, f"{count:,}"] for code, count in sorted(flags.items())],
        "marks": [[mark.label, f"{marks[mark.value]:,}"] for mark in InspectedQuery.Mark if mark.value],
        "reviewers": _reviewers(queries),
        "wrong": [_wrong(query) for query in queries if query.mark in ("explain", "out")],
        "findings": [_finding(one) for one in found.order_by("raised_at", "pk")],
    }


def _settings(inspection: Inspection) -> dict[str, Any]:
    used = inspection.settings_used
    return used if isinstance(used, dict) else {}


def _size(value: Any) -> str:
    """The size of a stratum, whether it is noted bare or with more."""
    if isinstance(value, dict):
        value = value.get("size", value.get("count"))
    return f"{value:,}" if isinstance(value, int) else "not told"


def _reviewers(queries: list[InspectedQuery]) -> list[list[str]]:
    by_whom = Counter(query.reviewer.display_name for query in queries if query.reviewer)
    return [[name, f"{count:,}"] for name, count in sorted(by_whom.items())]


def _wrong(query: InspectedQuery) -> list[str]:
    kind = "record" if query.source == InspectedQuery.Source.LEDGER else "imported query"
    return [f"{kind} {query.ref}", instant(query.at), query.get_mark_display(), query.words]


def _finding(finding: Finding) -> list[str]:
    about = finding.about or (f"record {finding.query.ref}" if finding.query else "")
    sent = finding.commander.display_name if finding.commander else "nobody"
    where = f"{sent} ({finding.division})" if finding.division else sent
    return [about, finding.get_kind_display(), where, status(finding)]


def status(finding: Finding) -> str:
    """How far a finding has come, with what was done."""
    if finding.closed_at:
        return f"Closed. {MEASURES.get(finding.measure, finding.measure)}."
    if finding.answered_at:
        return f"Answered. {MEASURES.get(finding.measure, finding.measure)}."
    return f"To be answered by {day(finding.due_at)}."


def _signed(person: User | None, at: datetime | None) -> str:
    return f"{person.display_name}, {instant(at)}" if person and at else ""


def _late(inspection: Inspection) -> int:
    """Days between the day it was due and its approval; 0 in time."""
    if inspection.approved_at is None:
        return 0
    approved = inspection.approved_at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
    return max(0, (approved - inspection.due_on).days)


def answer_within(profile: Profile) -> str:
    """The clock of findings in words."""
    days = policy.duration(profile["review.answer_within"].value).days
    return f"{days} days"
