"""What of inspections and findings waits for a person: for the menu and the front page. Counts only."""

from dataclasses import dataclass
from datetime import datetime

from audit.abilities import Ability, abilities_of
from audit.models import Finding, Inspection, User
from audit.review.looks import agency_day


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the person may do now: inspections to review and of these overdue, to approve, findings to answer and of
    these overdue, answered ones to close."""

    to_review: int = 0
    overdue: int = 0
    to_approve: int = 0
    to_answer: int = 0
    answers_late: int = 0
    to_close: int = 0

    @property
    def inspections(self) -> int:
        return self.to_review + self.to_approve

    @property
    def findings(self) -> int:
        return self.to_answer + self.to_close


def waiting(user: User, at: datetime) -> Waiting:
    """All counts for one person. Two queries at most beside their roles."""
    held, day = abilities_of(user, at), agency_day(at)
    reviews, approves = Ability.REVIEW_QUERIES in held, Ability.APPROVE_INSPECTIONS in held
    answers = Ability.ANSWER_FINDINGS in held
    if not (reviews or approves or answers):
        return Waiting()
    ends = []
    if reviews or approves:
        ends = list(Inspection.objects.filter(approved_at=None).values_list("signed_at", "due_on", "reviewer"))
    unsigned = [due for signed, due, _ in ends if signed is None] if reviews else []
    mine = []
    if reviews or answers:
        opened = Finding.objects.filter(closed_at=None)
        mine = list(opened.values_list("answered_at", "due_at", "commander", "answered_by", "employee"))
    to_answer = [due for done, due, who, _, _ in mine if done is None and who == user.pk] if answers else []
    to_close = [1 for done, _, _, who, about in mine if done and user.pk not in (who, about)] if reviews else []
    return Waiting(
        to_review=len(unsigned),
        overdue=sum(day > due for _, due, _ in ends),
        to_approve=sum(signed is not None and who != user.pk for signed, _, who in ends) if approves else 0,
        to_answer=len(to_answer),
        answers_late=sum(at > due for due in to_answer),
        to_close=len(to_close),
    )


def count_inspections(user: User, at: datetime) -> int | None:
    """The number behind "Inspections" in the menu; None where it is not for this person."""
    held = abilities_of(user, at)
    if not held & {Ability.REVIEW_QUERIES, Ability.APPROVE_INSPECTIONS}:
        return None
    return waiting(user, at).inspections


def count_findings(user: User, at: datetime) -> int | None:
    """The number behind "Findings" in the menu; None where it is not for this person."""
    held = abilities_of(user, at)
    if not held & {Ability.REVIEW_QUERIES, Ability.ANSWER_FINDINGS}:
        return None
    return waiting(user, at).findings
