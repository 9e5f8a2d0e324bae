"""Findings: raised with their commander and clock, answered with a measure, closed by another, sent on where needed.

They are personnel records (Penal Code 832.7): only those who review and the one asked see them, and nothing of them
is public by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from audit import gate, ledger, notices, policy
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import Finding, InspectedQuery, Inspection, User
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.review import people, rules
from audit.review.routing import Route, route

PURPOSE = "finding"
ANSWER_WITHIN = "review.answer_within"
Kind = Finding.Kind

# What was done about it: a closed list, so that it can be counted.
MEASURES: Final[Mapping[str, str]] = {
    "no_breach": "No breach: the query was in order, for the reasons given",
    "case_noted": "The missing case or reason is on file now",
    "trained": "Trained again",
    "counselled": "Counselled",
    "suspended": "Access suspended",
    "discipline": "Referred to internal affairs",
    "account_matched": "The account was matched to a person, or closed",
    "export_handed_in": "The missing audit export was asked for or handed in",
}
ABOUT_PEOPLE = ("no_breach", "case_noted", "trained", "counselled", "suspended", "discipline")
ABOUT_SYSTEMS = ("account_matched", "export_handed_in", "no_breach")


def measures_of(finding: Finding) -> list[tuple[str, str]]:
    """The measures that fit the kind of finding, code and words."""
    codes = ABOUT_SYSTEMS if finding.kind in (Kind.UNMATCHED, Kind.MISSING) else ABOUT_PEOPLE
    return [(code, MEASURES[code]) for code in codes]


def raise_about(query: InspectedQuery, kind: str, *, by: Asker, at: datetime, profile: Profile) -> Finding:
    """A finding about a query, sent and told; part of the act in which the query is marked."""
    sent = route(employee=query.employee, query_at=query.at, raised_by=by.user, profile=profile, at=at)
    finding = Finding(inspection=query.inspection, query=query, kind=kind, employee=query.employee, words=query.words)
    return _send(finding, sent, by=by, at=at, profile=profile)


def raise_about_system(
    inspection: Inspection, kind: str, about: str, words: str, *, by: Asker, at: datetime, profile: Profile
) -> Finding | None:
    """A finding about accounts or weeks of another system; None where this inspection has it already."""
    if Finding.objects.filter(inspection=inspection, kind=kind, about=about[:200], query=None).exists():
        return None
    sent = route(employee=None, query_at=inspection.ends_at, raised_by=by.user, profile=profile, at=at)
    finding = Finding(inspection=inspection, kind=kind, about=about[:200], words=words)
    return _send(finding, sent, by=by, at=at, profile=profile)


def answer(*, finding_id: UUID, measure: str, words: str, by: Asker, at: datetime) -> Finding:
    """The commander's answer, once. Raises Refused, Finding.DoesNotExist, ValueError for a measure there is not."""
    subject = ("finding", finding_id, "")
    with ledger.act(Action.FINDING_ANSWER, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject) as record:
        profile = gate.admit(by, Ability.ANSWER_FINDINGS, at=at)
        finding = _locked(finding_id)
        if measure not in dict(measures_of(finding)):
            raise ValueError(f"no such measure: {measure}")
        record.detail = {"measure": measure, "late": at > finding.due_at}
        if refusal := _refuse_answer(finding, words, by, profile):
            raise Refused(refusal)
        finding.answer, finding.measure = words.strip(), measure
        finding.answered_by, finding.answered_at = by.member, at
        finding.save(update_fields=["answer", "measure", "answered_by", "answered_at"])
        notices.tell(
            [one for one in people.able(Ability.REVIEW_QUERIES, at) if not _is(one, finding.employee)],
            key=f"finding-{finding.pk}-answered",
            words="A finding of an inspection is answered and waits to be closed.",
            path=f"/findings/{finding.pk}/",
            at=at,
        )
    return finding


def close(*, finding_id: UUID, words: str, by: Asker, at: datetime) -> Finding:
    """A reviewer, not who answered, closes an answered finding. Raises Refused, Finding.DoesNotExist."""
    subject = ("finding", finding_id, "")
    with ledger.act(Action.FINDING_CLOSE, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject):
        profile = gate.admit(by, Ability.REVIEW_QUERIES, at=at)
        finding = _locked(finding_id)
        refusal = (
            rules.refuse_about_you(_is(by.member, finding.employee), profile)
            or rules.refuse_finding_state(finding.closed_at is None, "This finding is closed already.", profile)
            or rules.refuse_finding_state(finding.answered_at is not None, "This finding is not answered yet.", profile)
            or rules.refuse_closer(_is(by.member, finding.answered_by), profile)
            or rules.refuse_finding_words(words, profile)
        )
        if refusal:
            raise Refused(refusal)
        finding.closing_words, finding.closed_by, finding.closed_at = words.strip(), by.member, at
        finding.save(update_fields=["closing_words", "closed_by", "closed_at"])
    return finding


def send_on(*, finding_id: UUID, to: int, words: str, by: Asker, at: datetime) -> Finding:
    """Send an unanswered finding to another person who may answer; the clock runs on. Both are told.

    Raises Refused, Finding.DoesNotExist, and User.DoesNotExist for one who may not answer it.
    """
    subject = ("finding", finding_id, "")
    with ledger.act(Action.FINDING_ROUTE, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject) as record:
        profile = gate.admit(by, Ability.REVIEW_QUERIES, at=at)
        finding = _locked(finding_id)
        refusal = (
            rules.refuse_about_you(_is(by.member, finding.employee), profile)
            or rules.refuse_finding_state(finding.answered_at is None, "This finding is answered already.", profile)
            or rules.refuse_finding_words(words, profile)
        )
        if refusal:
            raise Refused(refusal)
        before = finding.commander
        after = User.objects.get(pk=to)
        if after not in may_answer(finding, at):
            raise User.DoesNotExist
        finding.commander = after
        finding.routed_why = f"Sent on by {by.member.display_name}: {words.strip()}"[:300]
        finding.save(update_fields=["commander", "routed_why"])
        record.detail = {"from": before.pk if before else None, "to": after.pk}
        _tell(finding, at)
        if before and before != after:
            notices.tell(
                [before],
                key=f"finding-{finding.pk}-away-{at:%Y%m%d%H%M%S}",
                words="A finding that was sent to you went to somebody else.",
                path="/findings/",
                at=at,
            )
    return finding


def may_answer(finding: Finding, at: datetime) -> list[User]:
    """Everyone who could answer the finding now: not the employee and not who raised it."""
    able = people.able(Ability.ANSWER_FINDINGS, at)
    return [one for one in able if not _is(one, finding.employee) and not _is(one, finding.raised_by)]


def is_for(finding: Finding, user: User, at: datetime) -> bool:
    """Whether the person is the one who answers it, and may."""
    return _is(user, finding.commander) and Ability.ANSWER_FINDINGS in abilities_of(user, at)


def _send(finding: Finding, sent: Route, *, by: Asker, at: datetime, profile: Profile) -> Finding:
    finding.commander, finding.division, finding.routed_why = sent.commander, sent.division, sent.why
    finding.raised_by, finding.raised_at = by.user, at
    finding.due_at = policy.add_duration(at, profile[ANSWER_WITHIN].value)
    finding.save(force_insert=True)
    _tell(finding, at)
    return finding


def _tell(finding: Finding, at: datetime) -> None:
    if finding.commander is None:
        return
    notices.tell(
        [finding.commander],
        key=f"finding-{finding.pk}-sent-{finding.commander.pk}",
        words=f"An inspection found something for you to answer by {finding.due_at:%b %-d, %Y}.",
        path=f"/findings/{finding.pk}/",
        at=at,
    )


def _refuse_answer(finding: Finding, words: str, by: Asker, profile: Profile) -> Refusal | None:
    return (
        rules.refuse_about_you(_is(by.member, finding.employee), profile)
        or rules.refuse_not_yours(_is(by.member, finding.commander), profile)
        or rules.refuse_finding_state(finding.answered_at is None, "This finding is answered already.", profile)
        or rules.refuse_finding_words(words, profile)
    )


def _locked(finding_id: UUID) -> Finding:
    rows = Finding.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("employee", "commander", "answered_by", "raised_by", "inspection").get(pk=finding_id)


def _is(one: User, other: User | None) -> bool:
    return other is not None and same_person(one, other)
