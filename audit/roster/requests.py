"""A wish for access on its way: asked, approved by the supervisor, opened with training on file (C-01, AC-2(e)).

Each step locks the request's row; the database refuses a left-out step too (migration "access_steps").
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from audit import gate, ledger, notices, people
from audit.abilities import Ability, abilities_of, roles_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import AccessRequest, Division, DivisionAssignment, User
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.roster import names, rules, supervision
from audit.roster.telling import holders

PURPOSE = "administration"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who has no account yet."""

    username: str
    first_name: str
    last_name: str
    classification: str
    division: Division
    email: str = ""
    badge: str = ""
    employee_number: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``roles`` are codes; ``wanted_until`` None means until further notice (temporary: 72 h)."""

    roles: tuple[str, ...]
    why: str
    kind: str = "standing"
    wanted_until: datetime | None = None


def ask_for_newcomer(who: Newcomer, wanted: Wanted, *, supervisor: User, by: Asker, at: datetime) -> AccessRequest:
    """Ask for an account for somebody who has none. Raises Refused."""
    with ledger.act(Action.ACCESS_ASK, by=by, at=at, purpose=PURPOSE, reason=wanted.why) as record:
        profile = known(record.profile)
        require(rules.refuse_asking(True, answers_for_people(by.member, at), profile))
        require(rules.refuse_name(names.was_used(who.username), who.username, profile))
        _require_sound(wanted, wanted.roles, who.classification, who.division.is_rtic, profile, at)
        may = supervision.supervisors(at).filter(pk=supervisor.pk).exists()
        require(rules.refuse_supervisor(True, may, profile))
        require(rules.refuse_same_people(people.same_person(supervisor, by.member), profile))
        made = AccessRequest(
            username=who.username.strip(), first_name=who.first_name, last_name=who.last_name, email=who.email,
            badge=who.badge, employee_number=who.employee_number.strip(), classification=who.classification,
            division=who.division,
        )  # fmt: skip
        _save_asked(made, wanted, wanted.roles, supervisor, record, by, at)
    return made


def ask_for_rights(person: User, wanted: Wanted, *, by: Asker, at: datetime) -> AccessRequest:
    """Ask for more roles for somebody with an account: for oneself, or for another where one answers for people.

    The supervisor is the one on the roster; who asks does not choose. Raises Refused.
    """
    with ledger.act(Action.ACCESS_ASK, by=by, at=at, purpose=PURPOSE, reason=wanted.why) as record:
        profile = known(record.profile)
        own = people.same_person(person, by.member)
        require(rules.refuse_asking(not own, answers_for_people(by.member, at), profile))
        new = tuple(role for role in wanted.roles if role not in roles_of(person, at))
        of = DivisionAssignment.objects.at(at).filter(user=person).select_related("division").order_by("-starts_at")
        row = of.first()
        _require_sound(wanted, new, person.classification, bool(row and row.division.is_rtic), profile, at)
        supervisor = supervision.supervisor_of(person, at)
        require(rules.refuse_supervisor(supervisor is not None and row is not None, True, profile))
        if supervisor is None or row is None:
            raise RuntimeError("refused above")
        made = AccessRequest(
            person=person, username=person.username, first_name=person.first_name, last_name=person.last_name,
            email=person.email, badge=person.badge, employee_number=person.employee_number,
            classification=person.classification, division=row.division,
        )  # fmt: skip
        _save_asked(made, wanted, new, supervisor, record, by, at)
    return made


def decide(*, request_id: UUID, approve: bool, words: str, by: Asker, at: datetime) -> AccessRequest:
    """The supervisor's answer. Raises Refused, or AccessRequest.DoesNotExist."""
    with ledger.act(Action.ACCESS_DECIDE, by=by, at=at, purpose=PURPOSE, reason=words) as record:
        profile = known(record.profile)
        asked = lock(request_id, record)
        me = by.member
        involved = [asked.asked_by, *([asked.person] if asked.person else [])]
        require(rules.refuse_same_people(any(people.same_person(me, one) for one in involved), profile))
        require(rules.refuse_decider(me.is_active and supervises(me, asked, at), profile))
        require(rules.refuse_step(state_of(asked) == "waiting", state_words(asked), profile))
        require(None if approve else rules.refuse_wordless(words, profile))
        asked.decision = AccessRequest.Decision.APPROVED if approve else AccessRequest.Decision.REFUSED
        asked.decided_by, asked.decided_at, asked.decision_words = me, at, words
        asked.save(update_fields=["decision", "decided_by", "decided_at", "decision_words"])
        record.detail = {"decision": asked.decision, "roles": asked.roles}
        told = {asked.asked_by, *([asked.person] if asked.person else [])}
        _tell(told, asked, f"decided:{asked.decision}", f"Access for {asked.username} was {asked.decision}.", at)
        if approve:
            openers = [one for one in holders(Ability.MANAGE_PEOPLE, at) if one not in told]
            _tell(openers, asked, "to-open", f"Access for {asked.username} is approved and can be opened.", at)
    return asked


def withdraw(*, request_id: UUID, by: Asker, at: datetime) -> AccessRequest:
    """Take a request back before access is open; by who asked, or whom it is for. Raises Refused or DoesNotExist."""
    with ledger.act(Action.ACCESS_WITHDRAW, by=by, at=at, purpose=PURPOSE) as record:
        profile = known(record.profile)
        asked = lock(request_id, record)
        require(rules.refuse_roster(by.member.pk in (asked.asked_by_id, asked.person_id), profile))
        require(rules.refuse_step(state_of(asked) in ("waiting", "approved"), state_words(asked), profile))
        asked.withdrawn_at = at
        asked.save(update_fields=["withdrawn_at"])
    return asked


def supervises(user: User, asked: AccessRequest, at: datetime) -> bool:
    """Whether the person answers for this request: named on it, or supervising the one it is for at this instant."""
    if user.pk == asked.supervisor_id:
        return True
    if asked.person is not None:
        now = supervision.supervisor_of(asked.person, at)
    else:
        now = supervision.commander_of(asked.division_id, at)
    return now is not None and now.pk == user.pk


def answers_for_people(user: User, at: datetime) -> bool:
    """Whether the person may ask for others: who manages people, or supervises or commands."""
    if user.organisation or not user.is_active:
        return False
    return Ability.MANAGE_PEOPLE in abilities_of(user, at) or supervision.supervisors(at).filter(pk=user.pk).exists()


def state_of(asked: AccessRequest) -> str:
    """``waiting``, ``approved``, ``refused``, ``withdrawn`` or ``open``."""
    if asked.withdrawn_at is not None:
        return "withdrawn"
    if asked.activated_at is not None:
        return "open"
    return str(asked.decision) or "waiting"


def state_words(asked: AccessRequest) -> str:
    """The state, as a sentence goes on after "This request is"."""
    return {
        "waiting": "waiting for the supervisor", "approved": "approved and waits to be opened",
        "refused": "refused", "withdrawn": "withdrawn", "open": "done: access is open",
    }[state_of(asked)]  # fmt: skip


def lock(request_id: UUID, record: ledger.Record) -> AccessRequest:
    """The request under its row's lock, named on the record."""
    rows = AccessRequest.objects.select_related("person", "asked_by", "supervisor", "division", "decided_by")
    asked = rows.select_for_update(of=("self",)).get(pk=request_id)
    record.about("access request", asked.pk, asked.username)
    return asked


def require(refusal: Refusal | None) -> None:
    """Raise the refusal, where there is one."""
    if refusal:
        raise Refused(refusal)


def known(profile: Profile | None) -> Profile:
    """The profile of an act, which always has one."""
    if profile is None:
        raise RuntimeError("an act knows its profile")
    return profile


def opens_data(roles: tuple[str, ...] | list[str]) -> bool:
    """Whether one of the roles opens plate data, and so needs the certificates of A.3."""
    return any(people.ABILITIES[role] & gate.TRAINED for role in roles)


def _require_sound(
    wanted: Wanted, new: tuple[str, ...], classification: str, of_the_rtic: bool, profile: Profile, at: datetime
) -> None:
    require(rules.refuse_nothing(new, profile))
    require(rules.refuse_wordless(wanted.why, profile))
    require(rules.refuse_end(wanted.kind, at, wanted.wanted_until, profile))
    require(rules.refuse_classification(opens_data(new), classification, profile))
    asked_administrator = people.Role.ALPR_ADMINISTRATOR in new
    require(rules.refuse_administrator(asked_administrator, classification, of_the_rtic, profile))


def _save_asked(
    made: AccessRequest, wanted: Wanted, new: tuple[str, ...], supervisor: User, record: ledger.Record,
    by: Asker, at: datetime,
) -> None:  # fmt: skip
    made.kind, made.roles, made.why, made.wanted_until = wanted.kind, list(new), wanted.why, wanted.wanted_until
    made.supervisor, made.asked_by, made.asked_at = supervisor, by.member, at
    made.save(force_insert=True)
    record.about("access request", made.pk, made.username)
    record.detail = {"roles": made.roles, "kind": made.kind, "supervisor": supervisor.username}
    record.detail |= {"until": wanted.wanted_until}
    _tell([supervisor], made, "asked", f"{by.name} asks for access for {made.username}: you decide.", at)


def _tell(told: "list[User] | set[User]", asked: AccessRequest, what: str, words: str, at: datetime) -> None:
    path = reverse("audit:access_request", args=[asked.pk])
    notices.tell(told, key=f"access:{asked.pk}:{what}", words=words[:300], path=path, at=at)
