"""What the clock does about accounts: writes down which are over, and tells people what runs out soon.

Nothing waits for it: an account that is over is refused at the door, and a certificate that ran out opens nothing.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse

from audit import asker, ledger, notices, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.models import Certificate, User
from audit.policy import Profile
from audit.roster import accounts, holdings, rules
from audit.roster.telling import holders

NAME = "keep_accounts"


@dataclass(frozen=True, slots=True)
class Ending:
    """Something of a person that runs out: what, on which day, and the key under which they are told once."""

    user: User
    what: str
    on: date
    key: str


def close_over(at: datetime) -> int:
    """Close every account that has run out or lain unused, each with its record; returns how many."""
    closed = 0
    for user in _over(at):
        closed += accounts.close_if_over(user, at=at, found_by=NAME) is not None
    return closed


def warn(at: datetime) -> int:
    """Tell people what of theirs runs out, once for each of the policy's distances, and administrators that they were
    told; returns how many people were told something new."""
    profile = policy.in_force(at)
    endings = soon_over(at, profile)
    if not endings:
        return 0
    by = asker.system(NAME)
    with ledger.act(Action.ACCESS_WARN, by=by, at=at, purpose=accounts.PURPOSE) as record:
        told: Counter[str] = Counter()
        for ending in endings:
            path = reverse("audit:roster_person", args=[ending.user.pk])
            words = f"{ending.what} ends on {ending.on:%B %-d, %Y}."
            told[ending.user.username] += notices.tell([ending.user], key=ending.key, words=words, path=path, at=at)
        new = {name: count for name, count in told.items() if count}
        if new:
            words = f"{sum(new.values())} certificates or accounts of {len(new)} people run out soon."
            keepers, key = holders(Ability.MANAGE_PEOPLE, at), f"run-out:{holdings.today(at)}"
            notices.tell(keepers, key=key, words=words, path=reverse("audit:roster_drift"), at=at)
        record.result_count, record.detail = len(new), {"told": new}
    return len(new)


def soon_over(at: datetime, profile: Profile) -> list[Ending]:
    """Certificates, accounts with an end, and unused accounts that are over within the policy's longest distance;
    soonest first. Three queries."""
    found = [*_certificates(at, profile), *_ends(at, profile), *_unused(at, profile)]
    return sorted(found, key=lambda one: (one.on, one.user.username))


def distances(profile: Profile) -> list[timedelta]:
    """How long before the end people are told, shortest first."""
    return sorted(policy.duration(text) for text in profile["access.warn_before"].value)


def _over(at: datetime) -> list[User]:
    limit = rules.idle_limit(policy.in_force(at))
    used = Coalesce(Greatest("last_login", "opened_at"), F("last_login"), F("opened_at"), F("date_joined"))
    people = User.objects.filter(is_active=True).annotate(used=used)
    return list(people.filter(Q(expires_at__lte=at) | Q(used__lte=at - limit)).order_by("pk"))


def _reached(left: timedelta, marks: list[timedelta]) -> timedelta | None:
    """The shortest distance already reached; None while even the longest is ahead."""
    return next((mark for mark in marks if left <= mark), None)


def _certificates(at: datetime, profile: Profile) -> list[Ending]:
    marks, day = distances(profile), holdings.today(at)
    rows = Certificate.objects.filter(user__is_active=True, expires_on__gt=day, expires_on__lte=day + marks[-1])
    later = set(Certificate.objects.filter(expires_on__gt=day + marks[-1]).values_list("user_id", "kind"))
    found = []
    for row in rows.select_related("user"):
        mark = _reached(row.expires_on - day, marks)
        if mark is not None and (row.user_id, row.kind) not in later:
            what = f"Your certificate “{row.get_kind_display()}”"
            found.append(Ending(row.user, what, row.expires_on, f"certificate:{row.pk}:{mark.days}"))
    return found


def _ends(at: datetime, profile: Profile) -> list[Ending]:
    marks = distances(profile)
    rows = User.objects.filter(is_active=True, expires_at__gt=at, expires_at__lte=at + marks[-1])
    found = []
    for user in rows:
        mark = _reached(rules.elapsed(at, user.expires_at), marks) if user.expires_at else None
        if mark is not None and user.expires_at is not None:
            key = f"account:{user.expires_at.timestamp():.0f}:{mark.days}"
            found.append(Ending(user, "Your account", holdings.today(user.expires_at), key))
    return found


def _unused(at: datetime, profile: Profile) -> list[Ending]:
    """Accounts that close for want of use. Told in the last half of the time: who signs in monthly hears nothing."""
    limit = rules.idle_limit(profile)
    marks = [mark for mark in distances(profile) if mark * 2 <= limit]
    if not marks:
        return []
    rows = User.objects.filter(Q(last_login__lte=at - (limit - marks[-1])) | Q(last_login=None), is_active=True)
    found = []
    for user in rows:
        ends = user.in_use_since + limit
        mark = _reached(ends - at, marks) if ends > at else None
        if mark is not None:
            key = f"unused:{user.in_use_since.timestamp():.0f}:{mark.days}"
            found.append(Ending(user, "Your account, if you do not sign in,", holdings.today(ends), key))
    return found
