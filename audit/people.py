"""Verbs about people: suspending one at once, and what nobody may do to whom."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from audit import gate, ledger, policy, rules
from audit.abilities import ABILITIES, Ability, Role, roles_of
from audit.actions import Action, Outcome
from audit.asker import Asker
from audit.models import LedgerEntry, RoleGrant, User
from audit.refusals import Refusal, Refused

DAY = timedelta(hours=24)
# C-09: these open plate data, or let their holder open it to others; a system administrator hands out none of them.
GRANTORS = frozenset(
    role
    for role, abilities in ABILITIES.items()
    if Ability.MANAGE_PEOPLE in abilities and role != Role.SYSTEM_ADMINISTRATOR
)
DATA_ROLES = GRANTORS | {role for role, abilities in ABILITIES.items() if abilities & gate.TRAINED}
# The act on a person's password, and the act on a person's second factor.
CREDENTIAL_ACTS = (Action.USER_CHANGE, Action.FACTOR_CHANGE)


def suspend_user(*, user_id: int, reason: str, by: Asker, at: datetime) -> User:
    """Close an account at once: their next request is refused, their sessions are gone (AC-2(13), C-07)."""
    with ledger.act(
        Action.USER_SUSPEND, by=by, at=at, purpose="administration", reason=reason, subject=("user", user_id, "")
    ) as record:
        gate.admit(by, Ability.MANAGE_PEOPLE, at=at)
        user = User.objects.select_for_update().get(pk=user_id)
        record.subject_label = user.username
        check_not_own(by, [user], what="account", at=at)
        user.is_active, user.suspended_at, user.suspended_reason = False, at, reason
        user.save(update_fields=["is_active", "suspended_at", "suspended_reason"])
        end_sessions(user)
    return user


def end_sessions(user: User) -> int:
    """Delete all stored sessions of the person; returns how many. Only those not yet over by themselves are read.

    Keys of cameras and of sources belong to the machines and stay: no key of this house is a person's.
    """
    live = Session.objects.filter(expire_date__gt=timezone.now())
    mine = [row.pk for row in live.iterator() if row.get_decoded().get("_auth_user_id") == str(user.pk)]
    return Session.objects.filter(pk__in=mine).delete()[0]


def same_person(one: User, other: User) -> bool:
    """Whether two accounts are one person's: the same account, or the same employee number."""
    number = one.employee_number.strip().casefold()
    return one.pk == other.pk or (number != "" and number == other.employee_number.strip().casefold())


def check_not_own(by: Asker, people: list[User], *, what: str, at: datetime) -> None:
    """Raise Refused where the asker is one of the people a record is about."""
    own = by.user is not None and any(same_person(by.user, person) for person in people)
    _raise(rules.refuse_own_record(own, what, policy.in_force(at)))


def check_not_own_rights(by: Asker, people: list[User], *, what: str, at: datetime) -> None:
    """Raise Refused where the asker is among those who would be given rights on a thing."""
    own = by.user is not None and any(same_person(by.user, person) for person in people)
    _raise(rules.refuse_own_rights(own, what, policy.in_force(at)))


def check_may_open_data(by: Asker, *, what: str, at: datetime) -> None:
    """Raise Refused unless the asker may give people roles or certificates that open plate data."""
    may = by.user is not None and bool(roles_of(by.user, at) & GRANTORS)
    _raise(rules.refuse_data_role(may, what, policy.in_force(at)))


def check_may_reopen(by: Asker, person: User, *, at: datetime) -> None:
    """Raise Refused where opening the person's closed account would open plate data, and the asker may not do that."""
    held = set(RoleGrant.objects.at(at).filter(user=person).values_list("role", flat=True))
    if held & DATA_ROLES:
        check_may_open_data(by, what="account", at=at)


def check_name(username: str, *, at: datetime) -> None:
    """Raise Refused for a user name that anybody has or had. Part of the caller's open transaction."""
    from audit.roster import names  # the roster stands above this module
    from audit.roster import rules as roster_rules

    _raise(roster_rules.refuse_name(names.was_used(username), username, policy.in_force(at)))


def check_credential(by: Asker, person: User, act: Action, *, at: datetime) -> None:
    """Raise Refused where the asker may not set the person's password (USER_CHANGE) or take a factor off them
    (FACTOR_CHANGE): an auditor's, or both within a day. Locks the person, so that the two acts follow one another."""
    User.objects.select_for_update().get(pk=person.pk)
    profile = policy.in_force(at)
    of_auditor = RoleGrant.objects.at(at).filter(user=person, role=Role.AUDITOR).exists()
    held = roles_of(by.user, at) if by.user else frozenset()
    may = Role.SYSTEM_ADMINISTRATOR in held and Role.ALPR_ADMINISTRATOR not in held
    _raise(rules.refuse_auditor_account(of_auditor, may, profile))
    others = [other for other in CREDENTIAL_ACTS if other != act]
    done = LedgerEntry.objects.about("user", str(person.pk)).filter(
        actor=by.user, action__in=others, outcome=Outcome.ALLOWED, at__gt=at - DAY
    )
    _raise(rules.refuse_second_factor_today(done.exists(), profile))


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
