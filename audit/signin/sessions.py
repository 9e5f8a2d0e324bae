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
from audit.models import LedgerEntry, Terminal, User

STARTED = "pk_started"
SEEN = "pk_seen"
FACTOR = "pk_second_factor"
NOTICE = "pk_notice"
# The kind of machine the session was last used from, and the enrolled machine it was (never what decides a right).
DEVICE = "pk_device"
TERMINAL = "pk_terminal"
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
    for stamp in (NOTICE, FACTOR, DEVICE, TERMINAL):
        session.pop(stamp, None)
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


def mark_device(session: SessionBase, device: str, terminal: Terminal | None) -> str:
    """Note from which kind of machine the session is used; returns the kind it was used from before, if another."""
    before, known = session.get(DEVICE), str(terminal.pk) if terminal is not None else ""
    if session.get(TERMINAL, "") != known:
        session[TERMINAL] = known
    if before == device:
        return ""
    if before is not None or device != Terminal.DeviceClass.DESK:
        session[DEVICE] = device
    return str(before or "")


def over(session: SessionBase, *, at: datetime, exempt: bool | None = None) -> str:
    """Why the session has ended, in words for the person; empty while it lasts.

    ``exempt`` says whether the machine asking is exempt from the idle limit (AC-11); None where no machine is asking
    (a live line): then the machine the session was last used from counts, as its row stands now. One query then.
    """
    started, seen = _instant(session, STARTED), _instant(session, SEEN)
    if started is None or seen is None:
        return "Your session could not be checked."
    idle = at - seen >= timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    if idle and not (_last_machine_exempt(session) if exempt is None else exempt):
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


def _last_machine_exempt(session: SessionBase) -> bool:
    known = str(session.get(TERMINAL) or "")
    return known != "" and Terminal.objects.filter(pk=known, retired_at=None, idle_exempt=True).exists()


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
