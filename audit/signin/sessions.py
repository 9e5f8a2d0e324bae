"""What a session knows of itself, in one place: when it began, was last used, and what has been proven in it.

Every stamp lies in the session row on the server, is written afresh by ``begin`` at each sign-in (which also rotates
the session key), and the second factor is bound to the account that proved it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from audit.actions import Action
from audit.models import LedgerEntry, User

STARTED = "pk_started"
SEEN = "pk_seen"
FACTOR = "pk_second_factor"
NOTICE = "pk_notice"
# Last use is written at most this often: a session may end up to a minute early, never late.
SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in of the past."""

    at: datetime
    address: str


def begin(session: SessionBase, *, at: datetime, second_factor: bool) -> None:
    """Stamp a session at sign-in: it begins now, and nothing proven before counts."""
    session[STARTED] = session[SEEN] = at.isoformat()
    session.pop(NOTICE, None)
    session.pop(FACTOR, None)
    if second_factor:
        mark_factor(session)


def mark_factor(session: SessionBase) -> None:
    """The account of this session has used its second factor."""
    session[FACTOR] = session.get(SESSION_KEY)


def mark_notice(session: SessionBase) -> None:
    """The notice was acknowledged in this session."""
    session[NOTICE] = session.get(SESSION_KEY)


def mark_complete(session: SessionBase, *, at: datetime) -> None:
    """Stamp a session as begun now, with second factor used and notice accepted."""
    begin(session, at=at, second_factor=True)
    mark_notice(session)


def has_factor(session: SessionBase) -> bool:
    """Whether this account has used its second factor in this session."""
    return _is_own(session, FACTOR)


def has_notice(session: SessionBase) -> bool:
    """Whether this account has acknowledged the notice in this session."""
    return _is_own(session, NOTICE)


def started_at(session: SessionBase) -> datetime | None:
    """When the session began; None for one that was never stamped."""
    return _instant(session, STARTED)


def over(session: SessionBase, *, at: datetime) -> str:
    """Why the session has ended, in words for the person; empty while it lasts."""
    started, seen = _instant(session, STARTED), _instant(session, SEEN)
    if started is None or seen is None:
        return "Your session could not be checked."
    if at - seen >= timedelta(seconds=settings.SESSION_IDLE_SECONDS):
        return f"You were signed out after {_words(settings.SESSION_IDLE_SECONDS)} without activity."
    if at - started >= timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS):
        return f"You were signed out after {_words(settings.SESSION_ABSOLUTE_SECONDS)}. Please sign in again."
    return ""


def ends_at(session: SessionBase) -> datetime | None:
    """When the session ends if nothing more is done in it; None for one that was never stamped."""
    started, seen = _instant(session, STARTED), _instant(session, SEEN)
    if started is None or seen is None:
        return None
    return min(
        seen + timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        started + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS),
    )


def touch(session: SessionBase, *, at: datetime) -> None:
    """Note that the session was used, at most once a minute."""
    seen = _instant(session, SEEN)
    if seen is None or at - seen >= SEEN_EVERY:
        session[SEEN] = at.isoformat()


def last_sign_in(user: User, *, but_not: str = "") -> SignIn | None:
    """The person's latest sign-in on the ledger, except the session whose key begins with ``but_not``. One query."""
    found = LedgerEntry.objects.filter(
        username=user.get_username(), action__in=(Action.SIGN_IN, Action.QUICK_LINK), outcome="allowed"
    ).order_by("-index")
    if but_not:
        found = found.exclude(session=but_not[:8])
    entry = found.only("at", "address").first()
    return SignIn(entry.at, entry.address) if entry else None


def _is_own(session: SessionBase, stamp: str) -> bool:
    owner = session.get(SESSION_KEY)
    return owner is not None and session.get(stamp) == owner


def _instant(session: SessionBase, stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(session[stamp])
    except (KeyError, TypeError, ValueError):
        return None


def _words(seconds: int) -> str:
    return f"{seconds // 3600} hours" if seconds >= 7200 else f"{seconds // 60} minutes"
