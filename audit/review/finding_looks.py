"""Looking at findings: a commander sees their own, reviewers all but those about themselves. Each look is on record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from audit import ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import Finding, User
from audit.people import same_person
from audit.refusals import Refused
from audit.review import findings, frame, people, rules

PURPOSE = "finding"
LOOKERS = (Ability.ANSWER_FINDINGS, Ability.REVIEW_QUERIES)
MOST = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """Findings that a person may see: open ones by their clock, then those closed."""

    open: list[Finding]
    closed: list[Finding]
    late: int
    reviews: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class OpenedFinding:
    """One finding; ``facts`` and ``returned`` are of its query, where it is about one."""

    finding: Finding
    facts: frame.QueryFacts | None
    returned: frame.Returned | None
    measures: list[tuple[str, str]]
    others: list[User]
    may_answer: bool
    may_close: bool
    may_send_on: bool
    late: bool
    record_index: int | None


def list_findings(*, by: Asker, at: datetime) -> Listed:
    """The findings this person may see. Raises Refused."""
    with ledger.act(Action.FINDING_LIST, by=by, at=at, purpose=PURPOSE) as record:
        people.admit_any(by, LOOKERS, at=at)
        reviews = Ability.REVIEW_QUERIES in abilities_of(by.member, at)
        rows = Finding.objects.select_related("commander", "division", "employee", "inspection", "query", "answered_by")
        rows = rows.defer("inspection__report", "inspection__report_signature")
        if not reviews:
            rows = rows.filter(Q(commander=by.member) | Q(answered_by=by.member))
        found = rows.order_by(F("closed_at").desc(nulls_first=True), "due_at", "pk")[:MOST]
        seen = [one for one in found if not _about(by.member, one)]
        record.result_count = len(seen)
    opened = [one for one in seen if one.closed_at is None]
    late = sum(one.answered_at is None and at > one.due_at for one in opened)
    return Listed(opened, [one for one in seen if one.closed_at], late, reviews, record.index)


def open_finding(*, finding_id: UUID, by: Asker, at: datetime) -> OpenedFinding:
    """One finding with its query. Raises Refused, Finding.DoesNotExist."""
    subject = ("finding", finding_id, "")
    with ledger.act(Action.FINDING_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = people.admit_any(by, LOOKERS, at=at)
        rows = Finding.objects.select_related(
            "commander", "division", "employee", "inspection", "query", "raised_by", "answered_by", "closed_by"
        )
        finding = rows.defer("inspection__report", "inspection__report_signature").get(pk=finding_id)
        reviews = Ability.REVIEW_QUERIES in abilities_of(by.member, at)
        for_me = findings.is_for(finding, by.member, at)
        answered = finding.answered_by is not None and same_person(by.member, finding.answered_by)
        refusal = rules.refuse_about_you(_about(by.member, finding), profile) or rules.refuse_not_yours(
            reviews or for_me or answered, profile
        )
        if refusal:
            raise Refused(refusal)
        query = finding.query
        facts = frame.facts_of(query) if query else None
        returned = frame.returned(query) if query else None
        record.query = {"source": query.source, "ref": query.ref} if query else {}
        record.result_count = 1
        waits = finding.answered_at is None
        others = [one for one in findings.may_answer(finding, at) if one != finding.commander] if reviews else []
    return OpenedFinding(
        finding=finding,
        facts=facts,
        returned=returned,
        measures=findings.measures_of(finding),
        others=others,
        may_answer=waits and for_me,
        may_close=reviews and not waits and finding.closed_at is None and not answered,
        may_send_on=reviews and waits and bool(others),
        late=waits and at > finding.due_at,
        record_index=record.index,
    )


def _about(user: User, finding: Finding) -> bool:
    return finding.employee is not None and same_person(user, finding.employee)
