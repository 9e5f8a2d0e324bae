"""Looks at requests for access: mine, those that wait for me, those I can open; and one with its road."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from audit import ledger, people
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import AccessRequest, Certificate, RoleGrant, User
from audit.roster import opening, rules, supervision
from audit.roster.requests import PURPOSE, answers_for_people, known, require, state_of, supervises

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page of access shows one person."""

    mine: list[AccessRequest]
    to_decide: list[AccessRequest]
    to_open: list[AccessRequest]
    may_ask_for_others: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One request with what the one looking may do about it now."""

    asked: AccessRequest
    state: str
    roles: list[str]
    missing: list[str]
    wants_certificates: bool
    may_decide: bool
    may_open: bool
    may_withdraw: bool


def desk(*, by: Asker, at: datetime) -> Desk:
    """The person's own requests, and those that wait for them. Anyone with an account may look."""
    with ledger.act(Action.ROSTER_LIST, by=by, at=at, purpose=PURPOSE, subject=("access requests", "", "")) as record:
        me = by.member
        rows = AccessRequest.objects.select_related("person", "asked_by", "supervisor", "division")
        mine = list(rows.filter(Q(asked_by=me) | Q(person=me)).order_by("-asked_at")[:SHOWN])
        to_decide, to_open = _to_decide(me, at), _to_open(me, at)
        record.result_count = len({row.pk for row in (*mine, *to_decide, *to_open)})
        return Desk(mine, to_decide, to_open, answers_for_people(me, at))


def open_request(request_id: UUID, *, by: Asker, at: datetime) -> Opened:
    """One request, for those it concerns. Raises Refused for others, or AccessRequest.DoesNotExist."""
    with ledger.act(Action.ROSTER_VIEW, by=by, at=at, purpose=PURPOSE) as record:
        profile = known(record.profile)
        rows = AccessRequest.objects.select_related(
            "person", "asked_by", "supervisor", "division", "decided_by", "activated_by"
        )
        asked = rows.get(pk=request_id)
        record.about("access request", asked.pk, asked.username)
        me = by.member
        held = abilities_of(me, at)
        manages, decides = Ability.MANAGE_PEOPLE in held, supervises(me, asked, at)
        concerned = me.pk in (asked.asked_by_id, asked.person_id, asked.decided_by_id) or decides
        require(rules.refuse_roster(concerned or manages or Ability.READ_LEDGER in held, profile))
        state = state_of(asked)
        involved = [asked.asked_by, *([asked.person] if asked.person else [])]
        missing = opening.missing_today(asked, profile, at) if state in ("waiting", "approved") else []
        record.result_count = 1
        return Opened(
            asked=asked,
            state=state,
            roles=[str(RoleGrant.Role(role).label) for role in asked.roles],
            missing=missing,
            wants_certificates=bool(missing),
            may_decide=state == "waiting" and decides and not any(people.same_person(me, one) for one in involved),
            may_open=state == "approved" and manages and me.pk != asked.person_id,
            may_withdraw=state in ("waiting", "approved") and me.pk in (asked.asked_by_id, asked.person_id),
        )


def count_waiting(user: User, at: datetime) -> int:
    """How many requests wait for the person, to decide or to open: for the menu."""
    return len(_to_decide(user, at)) + len(_to_open(user, at))


def certificates_of(asked: AccessRequest) -> list[Certificate]:
    """What is on file for the person the request is for, newest first."""
    return list(Certificate.objects.filter(user=asked.person).order_by("-expires_on")) if asked.person else []


def _to_decide(me: User, at: datetime) -> list[AccessRequest]:
    waiting = AccessRequest.objects.filter(decision="", withdrawn_at=None).exclude(asked_by=me).exclude(person=me)
    mine = Q(supervisor=me)
    if supervision.supervisors(at).filter(pk=me.pk).exists():
        below = supervision.supervised_by(me, at)
        mine |= Q(person__in=below) | Q(person=None, division__commands__commander=me)
    rows = waiting.filter(mine).select_related("person", "asked_by", "supervisor", "division").distinct()
    return [row for row in rows.order_by("asked_at")[:SHOWN] if supervises(me, row, at)]


def _to_open(me: User, at: datetime) -> list[AccessRequest]:
    if Ability.MANAGE_PEOPLE not in abilities_of(me, at):
        return []
    rows = AccessRequest.objects.filter(decision="approved", activated_at=None, withdrawn_at=None).exclude(person=me)
    return list(rows.select_related("person", "asked_by", "supervisor", "division").order_by("decided_at")[:SHOWN])
