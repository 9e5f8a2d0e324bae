"""Reminders of inspections and findings whose day comes or is past: each person is told once of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit import asker, ledger, notices
from audit.abilities import Ability
from audit.actions import Action
from audit.models import Finding, Inspection, Notice, User
from audit.review import people, periods

NAME = "remind_of_reviews"
# How long before a finding's day its commander is reminded.
AHEAD = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Word:
    """One reminder for some people; ``key`` makes it come once to each."""

    people: tuple[User, ...]
    key: str
    words: str
    path: str
    urgent: bool = False


def remind(at: datetime) -> int:
    """Tell whoever has not been told yet; returns how many notices were made. Safe to run at any time."""
    due = [word for word in [*_findings(at), *_inspections(at)] if _is_new(word)]
    if not due:
        return 0
    with ledger.act(Action.FINDING_REMIND, by=asker.system(NAME), at=at, purpose="system") as record:
        told = sum(
            notices.tell(word.people, key=word.key, words=word.words, path=word.path, at=at, urgent=word.urgent)
            for word in due
        )
        record.result_count = told
        record.detail = {"keys": sorted(word.key for word in due)}
    return told


def _is_new(word: Word) -> bool:
    """Whether somebody of those has not been told."""
    told = Notice.objects.filter(key=word.key).values_list("recipient", flat=True)
    return bool({person.pk for person in word.people} - set(told))


def _findings(at: datetime) -> Iterable[Word]:
    waiting = Finding.objects.filter(answered_at=None, due_at__lt=at + AHEAD).select_related("commander")
    reviewers: list[User] | None = None
    for finding in waiting:
        mine = (finding.commander,) if finding.commander else ()
        path = f"/findings/{finding.pk}/"
        if at <= finding.due_at:
            words = f"A finding waits for your answer until {finding.due_at:%b %-d, %Y}."
            yield Word(mine, f"finding-{finding.pk}-soon", words, path)
            continue
        reviewers = people.able(Ability.REVIEW_QUERIES, at) if reviewers is None else reviewers
        others = tuple(one for one in reviewers if one.pk != finding.employee_id)
        yield Word(
            mine, f"finding-{finding.pk}-late", "A finding that you are to answer is overdue.", path, urgent=True
        )
        yield Word(others, f"finding-{finding.pk}-late-seen", "The answer to a finding is overdue.", path)


def _inspections(at: datetime) -> Iterable[Word]:
    late: list[Inspection] = periods.overdue(at)
    if not late:
        return
    reviewers, approvers = people.able(Ability.REVIEW_QUERIES, at), people.able(Ability.APPROVE_INSPECTIONS, at)
    for inspection in late:
        path = f"/inspections/{inspection.pk}/"
        words = f"Overdue: {inspection.get_kind_display().lower()}, due {inspection.due_on:%b %-d, %Y}."
        who = tuple(dict.fromkeys([*reviewers, *approvers]))
        yield Word(who, f"inspection-{inspection.pk}-late", words, path, urgent=True)
