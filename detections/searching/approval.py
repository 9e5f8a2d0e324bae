"""Wide searches: ask for approval, see what waits, decide (D.1.c). Running an approved one is ``run.run_approved``."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit import gate, ledger, policy
from audit.abilities import Ability, roles_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.people import same_person
from audit.refusals import Refused
from detections.models import SearchApproval
from detections.models.searches import Standing
from detections.rules import wide_searches as rules
from detections.searching.asked import Asked, reach, refuse_what
from detections.searching.run import may_document

PURPOSE = "approval"
# How long an answered or unanswered question stays on its asker's page.
SHOWN = timedelta(days=14)


class NothingToDecide(LookupError):
    """There is no such wide search."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The wide searches that wait, oldest first, and the record of this look."""

    approvals: list[SearchApproval]
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Own:
    """A wide search of one's own with where it stands now."""

    approval: SearchApproval
    standing: Standing


def ask_approval(*, by: Asker, at: datetime, asked: Asked) -> SearchApproval:
    """Put a wide search before those who may approve it. Raises Refused or QuestionError."""
    with ledger.act(
        Action.SEARCH_ASK,
        by=by,
        at=at,
        purpose=asked.purpose or "none given",
        reason=asked.reason,
        case_number=asked.case_number,
        query=asked.elements(),
    ) as record:
        profile = gate.admit(by, Ability.SEARCH, at=at)
        gate.check_purpose(asked.purpose, asked.reason, asked.case_number, profile)
        if refusal := refuse_what(asked, at, profile):
            raise Refused(refusal)
        question = asked.question(at)
        approval = SearchApproval.objects.create(
            asked_by=by.member,
            asked_at=at,
            purpose=asked.purpose,
            reason=asked.reason,
            case_number=asked.case_number,
            question=question.as_json(),
            why_wide=" ".join(words for _, words in rules.wide_because(reach(question), profile))[:500],
        )
        record.about("search approval", approval.pk)
    return approval


def list_waiting(*, by: Asker, at: datetime) -> Waiting:
    """The wide searches that wait for somebody else than their asker to decide. Raises Refused."""
    with ledger.act(Action.SEARCH_QUEUE, by=by, at=at, purpose=PURPOSE) as record:
        _require(by, at)
        waiting = SearchApproval.objects.filter(decision="").exclude(asked_by=by.user)
        approvals = list(waiting.select_related("asked_by").order_by("asked_at", "pk"))
        record.result_count = len(approvals)
    return Waiting(approvals, record.index)


def decide(*, by: Asker, at: datetime, approval_id: UUID, decision: str, words: str) -> SearchApproval:
    """Approve or deny (``SearchApproval.Decision``) in words. Raises Refused, or NothingToDecide."""
    approval = SearchApproval.objects.select_related("asked_by").filter(pk=approval_id).first()
    with ledger.act(
        Action.SEARCH_DECIDE,
        by=by,
        at=at,
        purpose=PURPOSE,
        reason=words,
        case_number=approval.case_number if approval else "",
        query=approval.question if approval else {},
        subject=("search approval", approval_id, ""),
    ) as record:
        profile = _require(by, at, of=approval.asked_by if approval else None)
        if approval is None:
            raise NothingToDecide
        approval = SearchApproval.objects.select_for_update().get(pk=approval_id)
        if refusal := rules.refuse_decision(words, decided=bool(approval.decision), profile=profile):
            raise Refused(refusal)
        approval.decision, approval.words = SearchApproval.Decision(decision), words
        approval.decided_by, approval.decided_at = by.user, at
        if approval.decision == SearchApproval.Decision.APPROVED:
            approval.good_until = at + policy.duration(profile["search.wide.approved_for"].value)
        approval.save(update_fields=["decision", "words", "decided_by", "decided_at", "good_until"])
        record.detail = {"decision": approval.decision, "good_until": approval.good_until, "words": words}
    return approval


def own_approvals(user: User, at: datetime) -> list[Own]:
    """The person's own wide searches of the last two weeks that were not run yet, newest first. One query."""
    lately = SearchApproval.objects.filter(asked_by=user, asked_at__gte=at - SHOWN, search=None)
    newest = lately.select_related("decided_by").order_by("-asked_at")[:20]
    return [Own(approval, approval.standing(at, used=False)) for approval in newest]


def count_waiting(user: User, at: datetime) -> int | None:
    """How many wide searches wait for this person; None for one who decides about none. No question is shown."""
    if not may_decide(user, at):
        return None
    return SearchApproval.objects.filter(decision="").exclude(asked_by=user).count()


def may_decide(user: User, at: datetime) -> bool:
    """Whether the person approves wide searches: rank or role as D.1.c says, and any role in force."""
    return bool(roles_of(user, at)) and may_document(user, at)


def _require(by: Asker, at: datetime, *, of: User | None = None) -> policy.Profile:
    """The profile in force; raises Refused for one who may not decide, or not about this search of ``of``'s."""
    profile = policy.in_force(at)
    may = by.user is not None and may_decide(by.user, at)
    own = by.user is not None and of is not None and same_person(by.user, of)
    if refusal := rules.refuse_decider(rules.Decider(may, own), profile):
        raise Refused(refusal)
    return profile
