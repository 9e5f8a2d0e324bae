"""Looking at inspections: what is due, how far one has come, and one query under review. Each is a recorded look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from audit import ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import Finding, InspectedQuery, Inspection, User
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.review import frame, people, periods, rules, same_plate, sign_off
from audit.review.independence import OWN, Independence

PURPOSE = "inspection"
LOOKERS = (Ability.REVIEW_QUERIES, Ability.APPROVE_INSPECTIONS)
PAGE = 100
MOST_DONE = 40
SHOWN = {
    "all": Q(),
    "open": Q(mark=""),
    "flagged": ~Q(flags=[]),
    "sampled": Q(sampled=True),
    "compliant": Q(mark="compliant"),
    "explain": Q(mark="explain"),
    "out": Q(mark="out"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An inspection of the list. ``late`` is the days it is overdue, 0 where it is not; ``state`` one of due, running,
    signed, done."""

    inspection: Inspection
    state: str
    late: int
    total: int
    marked: int
    findings: int
    findings_open: int

    @property
    def percent(self) -> int:
        return self.marked * 100 // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Overview:
    """All inspections: open ones the longest overdue first, then those done; the plan they follow and its people."""

    open: list[Row]
    done: list[Row]
    plan: list[tuple[str, str, str]]
    reviewers: list[User]
    approvers: list[User]
    may_review: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """One inspection with a page of its queries; ``bars`` says which of them this person may not mark, and why."""

    row: Row
    profile: Profile
    by_mark: list[tuple[str, str, int]]
    flag_codes: list[tuple[str, int]]
    queries: list[InspectedQuery]
    bars: dict[UUID, str]
    barred_left: int
    count: int
    page: int
    pages: int
    show: str
    flag: str
    findings: list[Finding]
    may_review: bool
    may_approve: bool
    may_read_ledger: bool
    approve_refusal: Refusal | None
    record_index: int | None = None

    @property
    def inspection(self) -> Inspection:
        return self.row.inspection


@dataclass(frozen=True, slots=True)
class OpenedQuery:
    """One query under review, with what was asked and returned, and its neighbours in the list as it was narrowed."""

    query: InspectedQuery
    inspection: Inspection
    facts: frame.QueryFacts
    returned: frame.Returned
    others: list[same_plate.Other]
    bar: str
    finding: Finding | None
    before: UUID | None
    after: UUID | None
    place: int
    count: int
    show: str
    flag: str
    may_mark: bool
    may_read_ledger: bool
    record_index: int | None


def overview(*, by: Asker, at: datetime) -> Overview:
    """The list of inspections. Raises Refused."""
    with ledger.act(Action.INSPECTION_LIST, by=by, at=at, purpose=PURPOSE) as record:
        profile = people.admit_any(by, LOOKERS, at=at)
        rows = [
            _row(one, at) for one in _counted(Inspection.objects.filter(approved_at=None)).order_by("due_on", "kind")
        ]
        done = _counted(Inspection.objects.filter(approved_at__isnull=False)).order_by("-approved_at")
        past = [_row(one, at) for one in done[:MOST_DONE]]
        record.result_count = len(rows) + len(past)
        held = abilities_of(by.member, at)
        reviewers, approvers = (people.able(ability, at) for ability in LOOKERS)
    return Overview(
        open=rows,
        done=past,
        plan=_plan(profile),
        reviewers=reviewers,
        approvers=approvers,
        may_review=Ability.REVIEW_QUERIES in held,
        record_index=record.index,
    )


def open_inspection(
    *, inspection_id: UUID, by: Asker, at: datetime, show: str = "all", flag: str = "", page: int = 1
) -> Opened:
    """One inspection and a page of its queries. Raises Refused, Inspection.DoesNotExist."""
    subject = ("inspection", inspection_id, "")
    query = {"show": show, "flag": flag, "page": page}
    with ledger.act(Action.INSPECTION_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject, query=query) as record:
        profile = people.admit_any(by, LOOKERS, at=at)
        found = _counted(Inspection.objects.filter(pk=inspection_id)).first()
        if found is None:
            raise Inspection.DoesNotExist
        narrowed = _narrowed(found, show, flag, by.member)
        count = narrowed.count()
        pages = max(1, -(-count // PAGE))
        page = min(max(1, page), pages)
        listed = list(narrowed[(page - 1) * PAGE : page * PAGE])
        independence = Independence(by.member, at)
        left = InspectedQuery.objects.filter(inspection=found, mark="").select_related("employee")
        held = abilities_of(by.member, at)
        may_review = Ability.REVIEW_QUERIES in held
        barred_left = len(independence.bars(left)) if may_review and found.signed_at is None else 0
        record.result_count = len(listed)
        opened = Opened(
            row=_row(found, at),
            profile=profile,
            by_mark=_by_mark(found),
            flag_codes=_flag_codes(found),
            queries=listed,
            bars=independence.bars(listed),
            barred_left=barred_left,
            count=count,
            page=page,
            pages=pages,
            show=show if show in SHOWN else "all",
            flag=flag,
            findings=_findings(found),
            may_review=may_review,
            may_approve=Ability.APPROVE_INSPECTIONS in held,
            may_read_ledger=Ability.READ_LEDGER in held,
            approve_refusal=sign_off.refuse_approve(found, by.member, profile),
        )
    return replace(opened, record_index=record.index)


def open_query(*, query_id: UUID, by: Asker, at: datetime, show: str = "all", flag: str = "") -> OpenedQuery:
    """One query under review; never one's own. Raises Refused, InspectedQuery.DoesNotExist."""
    subject = ("inspected query", query_id, "")
    with ledger.act(Action.INSPECTION_QUERY_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = people.admit_any(by, LOOKERS, at=at)
        rows = InspectedQuery.objects.select_related("employee", "reviewer", "inspection")
        query = rows.defer("inspection__report").get(pk=query_id)
        bar = Independence(by.member, at).bar(query)
        if refusal := rules.refuse_own_query(bar == OWN, profile):
            raise Refused(refusal)
        facts, returned = frame.facts_of(query), frame.returned(query)
        others = same_plate.others(query, facts)
        record.query = {"source": query.source, "ref": query.ref}
        record.result_count = 1 + len(others)
        held = abilities_of(by.member, at)
        order = list(_narrowed(query.inspection, show, flag, by.member).values_list("pk", flat=True))
        finding = Finding.objects.filter(query=query).select_related("commander", "division").first()
        before, after, place = _neighbours(query, order)
    return OpenedQuery(
        query=query,
        inspection=query.inspection,
        facts=facts,
        returned=returned,
        others=others,
        bar=bar,
        finding=finding,
        before=before,
        after=after,
        place=place,
        count=len(order),
        show=show if show in SHOWN else "all",
        flag=flag,
        may_mark=_may_mark(query, by.member, held, bar, finding),
        may_read_ledger=Ability.READ_LEDGER in held,
        record_index=record.index,
    )


def _may_mark(query: InspectedQuery, user: User, held: frozenset[Ability], bar: str, finding: Finding | None) -> bool:
    mine = query.reviewer_id in (None, user.pk)
    is_open = query.inspection.signed_at is None and finding is None
    return Ability.REVIEW_QUERIES in held and not bar and mine and is_open


def _counted(rows: QuerySet[Inspection]) -> QuerySet[Inspection]:
    """Inspections without the bytes of their reports, with the counts that a row shows."""
    queries = InspectedQuery.objects.order_by().values("inspection").annotate(n=Count("pk"))
    findings = Finding.objects.order_by().values("inspection").annotate(n=Count("pk"))

    def count(of: QuerySet[Any], **narrowed: Any) -> Coalesce:
        return Coalesce(Subquery(of.filter(inspection=OuterRef("pk"), **narrowed).values("n")), 0)

    return (
        rows.defer("report", "report_signature")
        .select_related("reviewer", "approver", "drawn_by")
        .annotate(
            total=count(queries),
            left=count(queries, mark=""),
            found=count(findings),
            found_open=count(findings, closed_at=None),
        )
    )


def _row(one: Any, at: datetime) -> Row:
    """A row of an inspection that ``_counted`` counted."""
    day = agency_day(at)
    if one.approved_at:
        state = "done"
    elif one.signed_at:
        state = "signed"
    else:
        state = "running" if one.drawn_at else "due"
    late = (day - one.due_on).days if one.approved_at is None else 0
    return Row(one, state, max(0, late), one.total, one.total - one.left, one.found, one.found_open)


def _plan(profile: Profile) -> list[tuple[str, str, str]]:
    """(what, how often, clause) of each kind of inspection: the plan that recommendation 25 asks for."""
    listed = []
    for kind, key in periods.KEYS.items():
        if key in profile.values:
            value = profile[key]
            words = str(value.value).replace("_", " ")
            listed.append((str(Inspection.Kind(kind).label), words, f"{value.citation}: {value.citation.text}"))
    return listed


def _narrowed(inspection: Inspection, show: str, flag: str, user: User) -> QuerySet[InspectedQuery]:
    """The queries asked for. One's own are in the whole list and in no part of it: a part would tell what they are."""
    rows = InspectedQuery.objects.filter(SHOWN.get(show, Q()), inspection=inspection)
    if flag:
        rows = rows.filter(flags__contains=[{"code": flag}])
    if flag or SHOWN.get(show, Q()):
        rows = rows.exclude(employee__in=_accounts_of(user))
    return rows.select_related("employee", "reviewer").order_by("at", "pk")


def _accounts_of(user: User) -> list[int]:
    """The person's accounts (audit.people.same_person)."""
    number = user.employee_number.strip()
    others = User.objects.exclude(employee_number="").filter(employee_number__iexact=number) if number else ()
    return [user.pk, *(one.pk for one in others if same_person(one, user))]


def _by_mark(inspection: Inspection) -> list[tuple[str, str, int]]:
    """(code, words, count) of each mark, those without one last."""
    counts = InspectedQuery.objects.filter(inspection=inspection).order_by().values("mark").annotate(n=Count("pk"))
    found = {one["mark"]: one["n"] for one in counts}
    marks = [mark for mark in InspectedQuery.Mark if mark.value] + [InspectedQuery.Mark.NONE]
    return [(mark.value or "open", str(mark.label), found.get(mark.value, 0)) for mark in marks]


def _flag_codes(inspection: Inspection) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for flags in InspectedQuery.objects.filter(inspection=inspection).exclude(flags=[]).values_list("flags", flat=True):
        for code in {flag["code"] for flag in flags}:
            counts[code] = counts.get(code, 0) + 1
    return sorted(counts.items())


def _findings(inspection: Inspection) -> list[Finding]:
    rows = Finding.objects.filter(inspection=inspection).select_related("commander", "division", "query", "employee")
    return list(rows.order_by(F("closed_at").asc(nulls_first=True), "due_at", "pk"))


def _neighbours(query: InspectedQuery, order: Sequence[UUID]) -> tuple[UUID | None, UUID | None, int]:
    """The query before, the one after, and its place in the list; where the list has it no more, the first is next."""
    if query.pk not in order:
        return None, (order[0] if order else None), 0
    place = order.index(query.pk)
    before = order[place - 1] if place else None
    after = order[place + 1] if place + 1 < len(order) else None
    return before, after, place + 1


def agency_day(at: datetime) -> date:
    """The agency's calendar day of the instant."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
