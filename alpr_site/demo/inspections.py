"""Inspections for the demonstration: one done with its report, one being reviewed, one week of the log overdue."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from alpr_site.demo import CREATOR
from audit import asker, ledger
from audit.actions import Action
from audit.models import Division, DivisionCommand, Finding, InspectedQuery, Inspection, User
from audit.refusals import Refused
from audit.review import findings, marking, sign_off
from audit.review.draw import draw
from audit.review.periods import DEMONSTRATION
from audit.review.rules_flags import NO_CHECKPOINT

WRONG = "No case is on file, and the words do not say what it was for"
UNCLEAR = "The case number names a case of another unit; please explain"
KINDS = Inspection.Kind


def create_inspections(at: datetime) -> int:
    """Make, draw and partly review them; returns how many were made. Without a signed checkpoint none is drawn."""
    if Inspection.objects.filter(rule=DEMONSTRATION).exists():
        return 0
    monday = _monday(at)
    done = _make(KINDS.QUERIES, monday - timedelta(weeks=6), monday - timedelta(weeks=4), at, due_in=5)
    running = _make(KINDS.QUERIES, monday - timedelta(weeks=4), at, at, due_in=9)
    _make(KINDS.LOG, at - timedelta(days=14), at - timedelta(days=7), at, due_in=-1)
    _make(KINDS.LOG, at - timedelta(days=7), at, at, due_in=6)
    _have_commander(at)
    try:
        _finish(done, at)
        _begin(running, at)
    except Refused as refused:
        if refused.refusal.rule is not NO_CHECKPOINT:
            raise
    return 4


def _make(kind: str, starts_at: datetime, ends_at: datetime, at: datetime, *, due_in: int) -> Inspection:
    due_on = at.astimezone(_zone()).date() + timedelta(days=due_in)
    values = {"kind": kind, "rule": DEMONSTRATION, "starts_at": starts_at, "ends_at": ends_at, "due_on": due_on}
    with ledger.act(Action.INSPECTION_OPEN, by=CREATOR, at=at, purpose="system") as record:
        made = Inspection.objects.create(opened_at=at, **values)
        record.about("inspection", made.pk)
    return made


def _have_commander(at: datetime) -> None:
    """Somebody commands the divisions whose people ask, so that findings have an address."""
    commander = User.objects.get(username="demo-commander")
    for division in Division.objects.filter(name__in=["Investigations", "Patrol"]):
        if DivisionCommand.objects.filter(division=division).exists():
            continue
        with ledger.act(Action.ROSTER_CHANGE, by=CREATOR, at=at, purpose="system") as record:
            since = at - timedelta(days=400)
            DivisionCommand.objects.create(division=division, commander=commander, starts_at=since)
            record.about("division", division.pk, division.name)


def _finish(inspection: Inspection, at: datetime) -> None:
    """All marked, one finding answered and closed, signed by one and approved by another."""
    auditor, commander = _person("demo-auditor"), _person("demo-commander")
    draw(inspection.pk, by=_person("demo-administrator"), at=at)
    for number, query in enumerate(_queries(inspection)):
        _mark(query, auditor, at, "out" if number == 2 else "compliant", WRONG)
    for finding in Finding.objects.filter(inspection=inspection):
        words = "Spoke with the employee; the training was repeated the same week"
        findings.answer(finding_id=finding.pk, measure="trained", words=words, by=commander, at=at)
        findings.close(finding_id=finding.pk, words="The training record is on file", by=auditor, at=at)
    summary = "Every drawn and flagged query was looked at. One was out of compliance and led to training."
    sign_off.sign(inspection_id=inspection.pk, summary=summary, by=auditor, at=at)
    sign_off.approve(inspection_id=inspection.pk, by=commander, at=at)


def _begin(inspection: Inspection, at: datetime) -> None:
    """Drawn, the first third marked, two findings on their way."""
    auditor = _person("demo-auditor")
    draw(inspection.pk, by=_person("demo-administrator"), at=at)
    queries = _queries(inspection)
    for number, query in enumerate(queries[: max(4, len(queries) // 3)]):
        to = {1: "out", 3: "explain"}.get(number, "compliant")
        _mark(query, auditor, at, to, WRONG if to == "out" else UNCLEAR)


def _mark(query: InspectedQuery, by: asker.Asker, at: datetime, to: str, words: str) -> None:
    marking.mark(query_id=query.pk, to=to, words="" if to == "compliant" else words, by=by, at=at)


def _queries(inspection: Inspection) -> list[InspectedQuery]:
    """Those of known people first, so that findings have an address."""
    rows = InspectedQuery.objects.filter(inspection=inspection).exclude(employee__username="demo-auditor")
    return sorted(rows, key=lambda query: (query.employee_id is None, query.at))


def _person(username: str) -> asker.Asker:
    return asker.person(User.objects.get(username=username))


def _monday(at: datetime) -> datetime:
    day = at.astimezone(_zone()).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), tzinfo=_zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.AGENCY["zone"])
