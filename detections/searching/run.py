"""Run a search: judge it, count what it finds, keep it under an opaque id. What it finds is seen page by page."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import gate, ledger, policy
from audit.abilities import Ability, Role, abilities_of, roles_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refused
from audit.registers.member_plates import whose
from audit.registers.rules import refuse_own_plate
from detections.models import Search, SearchApproval
from detections.rules import searches as rules
from detections.rules import wide_searches
from detections.searching import engine, where
from detections.searching.asked import Asked, reach, refuse_what
from detections.searching.question import Bounds, Kind, Question
from detections.searching.stop import stoppable
from detections.searching.visible import bounds_of

COUNT_CAP = 1_000
# Plates that were at several scenes, or travelled along, are listed at once and no further.
COMPANION_CAP = 200
DEFAULT_WINDOW = timedelta(days=7)


class ApprovalNotFound(LookupError):
    """This person asked for no such approval."""


def open_form(*, by: Asker, at: datetime) -> Profile:
    """The profile whose purposes the form offers. One whose role may not search at all is refused, on record."""
    if by.user is None or Ability.SEARCH not in abilities_of(by.user, at):
        with ledger.act(Action.SEARCH_RUN, by=by, at=at, purpose="none given"):
            gate.admit(by, Ability.SEARCH, at=at)
    return policy.in_force(at)


def run_search(*, by: Asker, at: datetime, asked: Asked, ticket: UUID | None = None) -> Search:
    """Count what the search finds and keep it, committed with its record. With a ``ticket`` it can be stopped.

    Raises Refused, QuestionError, SearchTooSlow or SearchStopped.
    """
    with ledger.act(
        Action.SEARCH_RUN,
        by=by,
        at=at,
        purpose=asked.purpose or "none given",
        reason=asked.reason,
        case_number=asked.case_number,
        query=asked.elements(),
    ) as record:
        profile = gate.admit(by, Ability.SEARCH, at=at)
        gate.check_purpose(asked.purpose, asked.reason, asked.case_number, profile)
        if refusal := (
            refuse_what(asked, at, profile)
            or refuse_own_plate(whose(asked.plate, by.member), profile)
            or _refuse_unreviewed(asked, by, at, profile)
        ):
            raise Refused(refusal)
        question = asked.question(at)
        if refusal := wide_searches.refuse_wide(reach(question), profile):
            raise Refused(refusal)
        search = Search(
            asked_by=by.user,
            asked_at=at,
            purpose=asked.purpose,
            reason=asked.reason,
            case_number=asked.case_number,
            reviewed_by=asked.reviewer,
            review=asked.review,
            question=question.as_json(),
        )
        _count_and_keep(
            search, record, by=by, ticket=ticket, bounds=bounds_of(at, profile, case_number=asked.case_number)
        )
    return _with_index(search, record)


def run_approved(*, by: Asker, at: datetime, approval_id: UUID, ticket: UUID | None = None) -> Search:
    """Run a wide search of one's own as it was approved: this question, once, in time.

    Raises ApprovalNotFound, Refused, SearchTooSlow or SearchStopped; after those two the approval is still good.
    """
    approval = SearchApproval.objects.filter(pk=approval_id, asked_by=by.user).first()
    with ledger.act(
        Action.SEARCH_RUN,
        by=by,
        at=at,
        purpose=approval.purpose if approval else "none given",
        reason=approval.reason if approval else "",
        case_number=approval.case_number if approval else "",
        query=(approval.question if approval else {}) | {"approval": str(approval_id)},
    ) as record:
        profile = gate.admit(by, Ability.SEARCH, at=at)
        if approval is None:
            raise ApprovalNotFound
        gate.check_purpose(approval.purpose, approval.reason, approval.case_number, profile)
        if refusal := refuse_own_plate(whose(approval.question.get("plate", ""), by.member), profile):
            raise Refused(refusal)
        approval = (
            SearchApproval.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=approval_id)
        )
        standing = approval.standing(at, used=Search.objects.filter(approval=approval).exists())
        if refusal := wide_searches.refuse_unapproved(standing, profile):
            raise Refused(refusal)
        search = Search(
            asked_by=by.user,
            asked_at=at,
            purpose=approval.purpose,
            reason=approval.reason,
            case_number=approval.case_number,
            reviewed_by=approval.decided_by,
            review=approval.words,
            question=approval.question,
            approval=approval,
        )
        bounds = bounds_of(at, profile, case_number=approval.case_number)
        _count_and_keep(search, record, by=by, ticket=ticket, bounds=bounds)
    return _with_index(search, record)


def recent(user: User, *, limit: int = 10) -> list[Search]:
    """A person's own latest searches, newest first; the page masks their plates."""
    return list(Search.objects.filter(asked_by=user).order_by("-asked_at")[:limit])


def reviewers(at: datetime, *, but: User) -> QuerySet[User]:
    """Everyone who may document another use at the instant, except the asker: sergeants and up, ALPR administrators."""
    ranked = Q(classification__in=rules.MAY_DOCUMENT)
    in_role = Q(role_grants__role=Role.ALPR_ADMINISTRATOR, role_grants__starts_at__lte=at)
    still = Q(role_grants__ends_at=None) | Q(role_grants__ends_at__gt=at)
    people = User.objects.filter(is_active=True).exclude(pk=but.pk)
    return people.filter(ranked | (in_role & still)).distinct().order_by("last_name", "username")


def may_document(person: User, at: datetime) -> bool:
    """Whether D.1.c lets the person review a use at the instant: a sergeant or above, or an ALPR administrator."""
    ranked = person.is_active and person.classification in rules.MAY_DOCUMENT
    return ranked or Role.ALPR_ADMINISTRATOR in roles_of(person, at)


def _count_and_keep(search: Search, record: ledger.Record, *, by: Asker, ticket: UUID | None, bounds: Bounds) -> None:
    question = Question.from_json(search.question)

    def count(using: str) -> tuple[int, int]:
        with stoppable(by, ticket, using=using):
            return count_of(question, bounds, using=using)

    found, cap = where.look(count, by=by)
    search.result_count, search.result_capped = min(found, cap), found > cap
    search.save(force_insert=True)
    record.about("search", search.pk)
    record.result_count = search.result_count
    record.detail = {"more": search.result_capped}


def count_of(question: Question, bounds: Bounds, *, using: str) -> tuple[int, int]:
    """How many reads, or plates, the question finds; at most one more than the cap, which is told too."""
    if question.kind in (Kind.SCENES, Kind.CONVOY):
        return len(engine.companions(question, bounds, limit=COMPANION_CAP + 1, using=using)), COMPANION_CAP
    return engine.count(question, bounds, cap=COUNT_CAP, using=using), COUNT_CAP


def _with_index(search: Search, record: ledger.Record) -> Search:
    search.record_index = record.index
    search.save(update_fields=["record_index"])
    return search


def _refuse_unreviewed(asked: Asked, by: Asker, at: datetime, profile: Profile) -> rules.Refusal | None:
    purpose = profile.purpose(asked.purpose)
    if purpose is None or not purpose.review:
        return None
    return rules.refuse_unreviewed(purpose, _review(asked, by, at), profile)


def _review(asked: Asked, by: Asker, at: datetime) -> rules.Review:
    """Facts about who documented the use."""
    person = asked.reviewer
    if person is None:
        return rules.Review(named=False, is_asker=False, may_document=False, words="")
    return rules.Review(
        named=True, is_asker=same_person(person, by.member), may_document=may_document(person, at), words=asked.review
    )
