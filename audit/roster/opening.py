"""The last step of access: the account or the roles, in one act, when the certificates are on file (A.3, 462.3(d))."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from audit import gate, ledger, notices, people
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import (
    AccessRequest,
    Certificate,
    DivisionAssignment,
    Employment,
    RoleGrant,
    Supervision,
    User,
)
from audit.policy import Profile
from audit.roster import accounts, names, rules
from audit.roster.requests import PURPOSE, lock, opens_data, require, state_of, state_words


@dataclass(frozen=True, slots=True)
class Course:
    """A certificate to put on file with the opening: for a newcomer there is no account to file it under before."""

    kind: str
    issued_on: date
    expires_on: date
    reference: str = ""

    def holds_on(self, day: date) -> bool:
        return self.issued_on <= day < self.expires_on


def activate(
    *, request_id: UUID, courses: tuple[Course, ...] = (), by: Asker, at: datetime
) -> tuple[AccessRequest, User]:
    """Open what the supervisor approved: make the account, or add the roles. All of it or nothing.

    Raises Refused: before the approval, twice, before the certificates that the policy asks for hold today, for
    oneself, after the time asked for. Raises AccessRequest.DoesNotExist.
    """
    with ledger.act(Action.ACCESS_ACTIVATE, by=by, at=at, purpose=PURPOSE) as record:
        profile = gate.admit(by, Ability.MANAGE_PEOPLE, at=at)
        asked = lock(request_id, record)
        require(rules.refuse_step(state_of(asked) == "approved", state_words(asked), profile))
        _check_who(asked, courses, by, at)
        require(rules.refuse_end(asked.kind, at, asked.wanted_until, profile))
        require(rules.refuse_untrained(_missing(asked, courses, profile, at), profile))
        user = _reopened(asked, at) if asked.person else _made(asked, profile, at)
        _file(user, courses)
        new = _grant(asked, user, by, at)
        asked.person, asked.activated_by, asked.activated_at = user, by.member, at
        asked.save(update_fields=["person", "activated_by", "activated_at"])
        record.detail = {"user": user.username, "roles": new, "kind": asked.kind, "ends": user.expires_at}
        record.detail |= {"certificates": [course.kind for course in courses]}
        path = reverse("audit:access_request", args=[asked.pk])
        told = {asked.asked_by, user}
        notices.tell(
            told, key=f"access:{asked.pk}:open", words=f"Access for {user.username} is open.", path=path, at=at
        )
    return asked, user


def missing_today(asked: AccessRequest, profile: Profile, at: datetime) -> list[str]:
    """Kinds of certificates that are still to be put on file before this can be opened. One query at most."""
    return _missing(asked, (), profile, at)


def ends_at(asked: AccessRequest, at: datetime) -> datetime | None:
    """When an account opened at the instant would end: as asked, and temporary ones after 72 hours of a clock."""
    if asked.kind == AccessRequest.Kind.STANDING:
        return asked.wanted_until
    return asked.wanted_until or at + rules.TEMPORARY_LIFE


def _check_who(asked: AccessRequest, courses: tuple[Course, ...], by: Asker, at: datetime) -> None:
    if asked.person is not None:
        people.check_not_own_rights(by, [asked.person], what="account", at=at)
        if not asked.person.is_active or asked.person.has_run_out(at):
            people.check_may_reopen(by, asked.person, at=at)
    if courses or set(asked.roles) & people.DATA_ROLES:
        people.check_may_open_data(by, what="access", at=at)


def _missing(asked: AccessRequest, courses: tuple[Course, ...], profile: Profile, at: datetime) -> list[str]:
    if not opens_data(asked.roles):
        return []
    today = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
    there = {course.kind for course in courses if course.holds_on(today)}
    if asked.person is not None:
        held = gate.training_of(asked.person, at)
        there |= {kind for kind in ("clets", "alpr") if getattr(held, kind)}
    names_of = dict(Certificate.Kind.choices)
    return [str(names_of[kind]) for kind in profile["train.gate"].value if kind not in there]


def _made(asked: AccessRequest, profile: Profile, at: datetime) -> User:
    """A new account with employment, assignment and supervision from now on. It has no password yet."""
    require(rules.refuse_name(names.was_used(asked.username, but_request=asked.pk), asked.username, profile))
    copied = ("username", "first_name", "last_name", "email", "badge", "employee_number", "classification")
    user = User(**{name: getattr(asked, name) for name in copied}, date_joined=at)
    user.account_kind, user.opened_at, user.expires_at = asked.kind, at, ends_at(asked, at)
    user.set_unusable_password()
    user.is_staff = _enters_admin(asked)
    user.save()
    Employment.objects.create(user=user, starts_at=at)
    DivisionAssignment.objects.create(user=user, division=asked.division, starts_at=at)
    Supervision.objects.create(user=user, supervisor=asked.supervisor, starts_at=at)
    return user


def _reopened(asked: AccessRequest, at: datetime) -> User:
    """The account there is, under its lock; where it is closed, or must end, it opens anew with what was asked."""
    user = User.objects.select_for_update(of=("self",)).get(pk=asked.person_id or 0)
    over = not user.is_active or user.has_run_out(at)
    if over or asked.kind != AccessRequest.Kind.STANDING and user.account_kind != User.Kind.STANDING:
        user.account_kind, user.expires_at = asked.kind, ends_at(asked, at)
        user.opened_at = at
        user.save(update_fields=["account_kind", "expires_at", "opened_at"])
        accounts.open_again(user, at)
    if _enters_admin(asked) and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return user


def _enters_admin(asked: AccessRequest) -> bool:
    return any(Ability.ENTER_ADMIN in people.ABILITIES[role] for role in asked.roles)


def _file(user: User, courses: tuple[Course, ...]) -> None:
    for course in courses:
        Certificate.objects.create(
            user=user,
            kind=course.kind,
            issued_on=course.issued_on,
            expires_on=course.expires_on,
            reference=course.reference,
        )


def _grant(asked: AccessRequest, user: User, by: Asker, at: datetime) -> list[str]:
    """Grant the roles asked for that are not held; for an existing account they end when the wish does."""
    held = set(RoleGrant.objects.at(at).filter(user=user).values_list("role", flat=True))
    new = [role for role in asked.roles if role not in held]
    ends = ends_at(asked, at)
    for role in new:
        RoleGrant.objects.create(user=user, role=role, starts_at=at, ends_at=ends, granted_by=by.member)
    return new
