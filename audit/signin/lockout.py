"""The lock-out (CJIS AC-7), counted in PostgreSQL under a lock; why it has these tiers: docs/adr/0004-sign-in.md.

A guess is counted as failed *before* the password is looked at, and taken back when it was right: so no number of
guesses at once gets past the limit. A row with ``blocked`` is a lock; the others are failures of the last minutes.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from audit.models import SignInAttempt
from audit.refusals import Refused
from audit.signin import rules

ANYWHERE = "*"
IN_SESSION = "session "
UNKNOWN = "unknown:"
_LOCK_CLASS = 1798907
_KEEP_UNKNOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """Failures allowed within the window: per account and address, per account from anywhere, per address."""

    here: int
    anywhere: int
    address: int
    window: timedelta
    needs_release: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """One attempt under way; it counts as failed until it is taken back."""

    who: str
    where: str
    pk: int


def limits() -> Limits:
    """The limits in force (settings LOCKOUT_*)."""
    return Limits(
        here=getattr(settings, "LOCKOUT_FAILURES", 5),
        anywhere=getattr(settings, "LOCKOUT_FAILURES_ANYWHERE", 25),
        address=getattr(settings, "LOCKOUT_FAILURES_ADDRESS", 50),
        window=timedelta(seconds=getattr(settings, "LOCKOUT_WINDOW_SECONDS", 15 * 60)),
        needs_release=getattr(settings, "LOCKOUT_NEEDS_RELEASE", True),
    )


def key_of_unknown(typed: str) -> str:
    """The key under which guesses at a name that no account has are counted: never the typed text itself."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), typed.casefold().encode(errors="replace"), "sha256")
    return UNKNOWN + digest.hex()[:40]


def begin(who: str, where: str, *, at: datetime) -> Guess:
    """Count a guess at an account from an address. Raises Refused when no further guess is allowed."""
    allowed = limits()
    with transaction.atomic():
        _serialise(who)
        refusal = _held(who, where, at, allowed) or _exhausted(who, where, at, allowed)
        if refusal is None:
            made = SignInAttempt.objects.create(username=who, address=where, at=at)
            return Guess(who, where, made.pk)
    raise Refused(refusal)


def take_back(guess: Guess) -> None:
    """The guess was right: it no longer counts. Earlier failures do, until the person is signed in altogether."""
    SignInAttempt.objects.filter(pk=guess.pk).delete()


def settle(guess: Guess, *, at: datetime) -> bool:
    """The guess was wrong: close what it exhausted. Returns whether a lock was set."""
    allowed = limits()
    with transaction.atomic():
        _serialise(guess.who)
        here, anywhere, _ = _counts(guess.who, guess.where, at, allowed)
        shut = [guess.where] if here >= allowed.here else []
        if anywhere >= allowed.anywhere:
            shut.append(ANYWHERE)
        SignInAttempt.objects.bulk_create(
            SignInAttempt(username=guess.who, address=where, at=at, blocked=True) for where in shut
        )
        _forget(at, allowed)
    return bool(shut)


def forgive(who: str, where: str) -> None:
    """A complete sign-in ends the row of consecutive failures at this address. Locks stay."""
    SignInAttempt.objects.filter(username=who, address=where, blocked=False).delete()


def release(who: str) -> int:
    """Take every lock and every counted failure off an account. Returns the number of locks. The caller records it."""
    with transaction.atomic():
        _serialise(who)
        mine = SignInAttempt.objects.filter(username=who)
        locks = mine.filter(blocked=True).count()
        mine.delete()
    return locks


def locks(*, at: datetime) -> QuerySet[SignInAttempt]:
    """Locks of known accounts in force, newest first."""
    return _in_force(at, limits()).exclude(username__startswith=UNKNOWN).order_by("-at")


def _serialise(who: str) -> None:
    """One guess at an account at a time, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, who])


def _counts(who: str, where: str, at: datetime, allowed: Limits) -> tuple[int, int, int]:
    """Failures within the window: on the account here, on the account anywhere, and here on any account. One query."""
    fresh = SignInAttempt.objects.filter(blocked=False, at__gt=at - allowed.window)
    mine, here = Q(username=who), Q(address=where)
    counted = fresh.filter(mine | here).aggregate(
        here=Count("pk", filter=mine & here),
        anywhere=Count("pk", filter=mine & ~Q(address__startswith=IN_SESSION)),
        address=Count("pk", filter=here),
    )
    return counted["here"], counted["anywhere"], counted["address"]


def _exhausted(who: str, where: str, at: datetime, allowed: Limits) -> rules.Refusal | None:
    """Guesses under way count too. An open session asks only for its own."""
    here, anywhere, address = _counts(who, where, at, allowed)
    if where.startswith(IN_SESSION):
        anywhere = address = 0
    return (
        _refusal(here, allowed.here, allowed)
        or _refusal(anywhere, allowed.anywhere, allowed)
        or _refusal(address, allowed.address, allowed, timed=True)
    )


def _in_force(at: datetime, allowed: Limits) -> QuerySet[SignInAttempt]:
    """Locks that hold now. The lock of one open session and, without needs_release, any lock ends with the window."""
    found = SignInAttempt.objects.filter(blocked=True)
    fresh = Q(at__gt=at - allowed.window)
    if allowed.needs_release:
        return found.filter(fresh | ~Q(address__startswith=IN_SESSION))
    return found.filter(fresh | Q(address=ANYWHERE))


def _held(who: str, where: str, at: datetime, allowed: Limits) -> rules.Refusal | None:
    places = [where] if where.startswith(IN_SESSION) else [where, ANYWHERE]
    held = _in_force(at, allowed).filter(username=who, address__in=places).exists()
    return _refusal(allowed.here, allowed.here, allowed) if held else None


def _refusal(failures: int, limit: int, allowed: Limits, *, timed: bool = False) -> rules.Refusal | None:
    minutes = round(allowed.window.total_seconds() / 60)
    return rules.refuse_guess(failures, limit, minutes=minutes, needs_release=allowed.needs_release and not timed)


def _forget(at: datetime, allowed: Limits) -> None:
    """Drop what no longer counts, so that guessing cannot fill the table."""
    SignInAttempt.objects.filter(blocked=False, at__lte=at - 2 * allowed.window).delete()
    SignInAttempt.objects.filter(blocked=True, username__startswith=UNKNOWN, at__lte=at - _KEEP_UNKNOWN).delete()
