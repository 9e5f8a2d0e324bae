"""What the audit exports of other systems left out in a period, as findings: unknown users and missing weeks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from audit.asker import Asker
from audit.elsewhere import gaps
from audit.models import Finding, Inspection
from audit.policy import Profile
from audit.review import findings


def raise_findings(inspection: Inspection, *, by: Asker, at: datetime, profile: Profile) -> list[Finding]:
    """One finding for each unmatched account and for each system with missing weeks; part of the signing."""
    if inspection.kind != Inspection.Kind.QUERIES:
        return []
    made = [
        findings.raise_about_system(inspection, kind, about, words, by=by, at=at, profile=profile)
        for kind, about, words in found(inspection)
    ]
    return [one for one in made if one is not None]


def found(inspection: Inspection) -> list[tuple[str, str, str]]:
    """(kind of finding, what it is about, words) for the inspection's period."""
    start, end = inspection.starts_at, inspection.ends_at
    listed = [
        (
            str(Finding.Kind.UNMATCHED),
            f"{one.system}: {one.account}",
            f"The account {one.account} of {one.system} made {one.count:,} queries and is nobody's on the roster.",
        )
        for one in gaps.unmatched(start, end)
    ]
    weeks: dict[str, list[str]] = {}
    for gap in gaps.missing_weeks(start, end):
        weeks.setdefault(str(gap.system), []).append(_week(gap.week))
    for system, missing in sorted(weeks.items()):
        count = "1 week" if len(missing) == 1 else f"{len(missing)} weeks"
        words = f"No audit export of {system} covers {count} of the period, beginning {', '.join(missing)}."
        listed.append((str(Finding.Kind.MISSING), system, words))
    return listed


def _week(week: object) -> str:
    """The day a week begins with, as text."""
    if isinstance(week, datetime):
        week = week.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
    return f"{week:%b %-d, %Y}" if isinstance(week, date) else str(week)
