"""Where roster and accounts differ, said with figures. Arithmetic over dated rows: it holds without any job."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from audit import people, policy
from audit.abilities import ABILITIES, Ability, Role
from audit.gate import TRAINED
from audit.models import (
    AccessRequest,
    Certificate,
    DivisionAssignment,
    DivisionCommand,
    Employment,
    RoleGrant,
    Supervision,
    User,
)
from audit.policy import Profile
from audit.roster import rules
from audit.roster.holdings import today

KINDS = {
    "left": "Open accounts of people whose employment ended",
    "no_employment": "Open accounts without employment on the roster",
    "no_role": "Open accounts without any role",
    "no_certificate": "Roles that open plate data without a valid certificate",
    "no_supervisor": "Open accounts without a supervisor",
    "no_force": "ALPR administrators whose rank or assignment gives the role no force",
    "unasked": "Roles given in administration without a request that a supervisor approved",
    "role_closed": "Roles of closed accounts that were not ended",
    "staff_flag": "Way into administration without a role for it",
    "superuser": "Accounts with all of Django's rights",
    "shared_number": "Employee numbers with more than one open account",
    "unused": "Accounts not used for too long",
    "run_out": "Open accounts whose time is over",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: which kind, whose account, and the words with their figures."""

    kind: str
    user: User
    words: str

    def as_detail(self) -> dict[str, str]:
        """As a review keeps it."""
        return {"kind": self.kind, "user": self.user.username, "words": self.words}


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences at an instant, over how many accounts."""

    accounts: int
    open_accounts: int
    differences: list[Difference]

    @property
    def figures(self) -> list[tuple[str, str, int]]:
        """(kind, words, how many) of every kind, also those with none."""
        counted = Counter(one.kind for one in self.differences)
        return [(kind, words, counted[kind]) for kind, words in KINDS.items()]


def find(at: datetime) -> Drift:
    """Compare accounts and roster at the instant. Ten queries, however many accounts."""
    facts = _Facts.read(at)
    found = [difference for user in facts.users for difference in _of(user, facts)]
    found += [*_shared(facts), *_unasked(at)]
    order = list(KINDS)
    found.sort(key=lambda one: (order.index(one.kind), one.user.last_name, one.user.username))
    return Drift(len(facts.users), sum(user.is_active for user in facts.users), found)


@dataclass(frozen=True, slots=True)
class _Facts:
    at: datetime
    profile: Profile
    users: list[User]
    employed: set[int]
    ever_employed: dict[int, datetime | None]
    roles: dict[int, set[str]]
    certificates: dict[int, set[str]]
    supervised: set[int]
    in_rtic: set[int]

    @classmethod
    def read(cls, at: datetime) -> "_Facts":
        day = today(at)
        roles: dict[int, set[str]] = defaultdict(set)
        for user_id, role in RoleGrant.objects.at(at).values_list("user_id", "role"):
            roles[user_id].add(role)
        held: dict[int, set[str]] = defaultdict(set)
        valid = Certificate.objects.filter(issued_on__lte=day, expires_on__gt=day)
        for user_id, kind in valid.values_list("user_id", "kind"):
            held[user_id].add(kind)
        commanded = dict(DivisionCommand.objects.at(at).values_list("division_id", "commander_id"))
        supervised = set(Supervision.objects.at(at).values_list("user_id", flat=True))
        in_rtic = set()
        for user_id, division_id, rtic in DivisionAssignment.objects.at(at).values_list(
            "user_id", "division_id", "division__is_rtic"
        ):
            if commanded.get(division_id, user_id) != user_id:
                supervised.add(user_id)
            if rtic:
                in_rtic.add(user_id)
        return cls(
            at=at,
            profile=policy.in_force(at),
            users=list(User.objects.order_by("last_name", "username")),
            employed=set(Employment.objects.at(at).values_list("user_id", flat=True)),
            ever_employed=dict(Employment.objects.order_by("ends_at").values_list("user_id", "ends_at")),
            roles=roles,
            certificates=held,
            supervised=supervised,
            in_rtic=in_rtic,
        )


def _of(user: User, facts: _Facts) -> Iterator[Difference]:
    roles = facts.roles.get(user.pk, set())
    if not user.is_active:
        if roles:
            since = f" since {user.suspended_at:%B %-d, %Y}" if user.suspended_at else ""
            yield Difference("role_closed", user, f"{_named(roles)}; the account is closed{since}.")
        return
    yield from _account(user, roles, facts)
    if not user.organisation:
        yield from _employment(user, facts)
        if user.pk not in facts.supervised and user.classification != User.Classification.CHIEF:
            yield Difference("no_supervisor", user, "Nobody supervises this person or commands their division.")
    yield from _rights(user, roles, facts)


def _account(user: User, roles: set[str], facts: _Facts) -> Iterator[Difference]:
    if user.has_run_out(facts.at) and user.expires_at:
        yield Difference("run_out", user, f"Its time was over on {user.expires_at:%B %-d, %Y}.")
    idle = facts.at - user.in_use_since
    if idle >= rules.idle_limit(facts.profile):
        signed = f"last on {user.last_login:%B %-d, %Y}" if user.last_login else "never signed in"
        yield Difference("unused", user, f"Not used for {idle.days} days: {signed}.")
    if user.is_superuser:
        yield Difference("superuser", user, "No role gives this; take the flag away.")
    if user.is_staff and not any(Ability.ENTER_ADMIN in ABILITIES[role] for role in roles):
        yield Difference("staff_flag", user, f"Marked for administration, with {_named(roles) or 'no role'}.")
    if not roles:
        yield Difference("no_role", user, "The account is open and holds no role.")


def _employment(user: User, facts: _Facts) -> Iterator[Difference]:
    if user.pk in facts.employed:
        return
    ended = facts.ever_employed.get(user.pk)
    if ended is not None and ended <= facts.at:
        days = (facts.at - ended).days
        yield Difference("left", user, f"Employment ended on {ended:%B %-d, %Y}, {days} days ago (AC-2(h): one day).")
    else:
        yield Difference("no_employment", user, "No employment is on the roster for today.")


def _rights(user: User, roles: set[str], facts: _Facts) -> Iterator[Difference]:
    if any(ABILITIES[role] & TRAINED for role in roles):
        asked = facts.profile["train.gate"].value
        missing = [kind for kind in asked if kind not in facts.certificates.get(user.pk, set())]
        if missing:
            yield Difference("no_certificate", user, f"{_named(roles)}; not valid today: {', '.join(missing).upper()}.")
    needs = facts.profile.get("administrator.needs")
    if Role.ALPR_ADMINISTRATOR in roles and needs is not None:
        fits = user.classification in needs and ("rtic" not in needs or user.pk in facts.in_rtic)
        if not fits:
            where = "in the RTIC" if user.pk in facts.in_rtic else "not in the RTIC"
            words = f"{user.get_classification_display()}, {where}: the role has no force."
            yield Difference("no_force", user, words)


def _shared(facts: _Facts) -> Iterator[Difference]:
    active = [user for user in facts.users if user.is_active]
    numbers = Counter(user.employee_number.strip().casefold() for user in active if user.employee_number.strip())
    for user in active:
        count = numbers[user.employee_number.strip().casefold()]
        if count > 1:
            others = [one.username for one in active if one.pk != user.pk and people.same_person(one, user)]
            yield Difference("shared_number", user, f"{count} open accounts, also {', '.join(others)}.")


def _unasked(at: datetime) -> Iterator[Difference]:
    """Grants by a person's hand that no opened request stands behind. One query."""
    opened = AccessRequest.objects.filter(person=OuterRef("user"), activated_at=OuterRef("starts_at"))
    grants = RoleGrant.objects.at(at).exclude(granted_by=None).filter(~Exists(opened), user__is_active=True)
    for row in grants.select_related("user", "granted_by").order_by("user", "role"):
        giver = row.granted_by.username if row.granted_by else ""
        words = f"{row}, given by {giver} on {row.starts_at:%B %-d, %Y}; no approved request stands behind it."
        yield Difference("unasked", row.user, words)


def _named(roles: set[str]) -> str:
    return ", ".join(str(Role(role).label) for role in sorted(roles))
