"""The report of an inspection as a sheet of paper. Queries appear by their record numbers: no plate is on it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import paper
from audit.models import Finding, InspectedQuery, Inspection, User
from audit.policy import Profile
from audit.review import weekly
from audit.review.findings import MEASURES
from audit.review.flags.flag import TITLES
from audit.review.strata import STRATA

TEMPLATE = "inspection.typ"
RULES = {"calendar_quarter": "every calendar quarter", "every_90_days": "every 90 days", "weekly": "every week"}
RULES |= {"demonstration": "for the demonstration"}
REGISTERS = {
    "cases": "cases",
    "people_with_duty_hours": "duty hours",
    "member_plates": "plates of members and their households",
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


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of a sample: how many queries of the period are in it, and how those drawn were marked."""

    code: str
    title: str
    frame: int
    drawn: int
    marked: int
    out: int


def strata_of(inspection: Inspection, queries: list[InspectedQuery]) -> list[Stratum]:
    """The strata in their fixed order. A query counts in each stratum it was drawn into or lies in."""
    sizes = inspection.settings_used.get("strata", {})
    found: dict[str, Counter[str]] = {code: Counter() for code in STRATA}
    for query in queries:
        for code in query.strata if query.sampled else ():
            found.setdefault(code, Counter()).update([query.mark])
    return [
        Stratum(
            code,
            STRATA.get(code, code),
            sizes.get(code, {}).get("frame", 0),
            sum(marks.values()),
            sum(marks.values()) - marks[""],
            marks["out"],
        )
        for code, marks in found.items()
    ]


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
            [one.title, f"{one.frame:,}", f"{one.drawn:,}", f"{one.out:,}"] for one in strata_of(inspection, queries)
        ],
        "registers": registers_words(inspection),
        "flags": [[TITLES.get(code, code), f"{count:,}"] for code, count in sorted(flags.items())],
        "marks": [[mark.label, f"{marks[mark.value]:,}"] for mark in InspectedQuery.Mark if mark.value],
        "reviewers": _reviewers(queries),
        "wrong": [_wrong(query) for query in queries if query.mark in ("explain", "out")],
        "findings": [_finding(one) for one in found.order_by("raised_at", "pk")],
    }


def registers_words(inspection: Inspection) -> str:
    """Which registers the flags could not be held against, in one sentence; "" where all were there."""
    held = inspection.settings_used.get("registers", {})
    absent = [words for name, words in REGISTERS.items() if name in held and not held[name]]
    if not absent:
        return ""
    return f"Nothing was on file of: {', '.join(absent)}. What would be held against it was not flagged."


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
