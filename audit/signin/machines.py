"""One session, two kinds of machine; one person, two open sessions: each a flag, on record, and told to the person."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.urls import reverse

from audit import devices, ledger, notices
from audit.actions import Action
from audit.asker import from_request
from audit.devices.rules import WORDS
from audit.models import User
from audit.signin import notes, sessions


def begin(request: HttpRequest) -> None:
    """Stamp a session that has just begun with the machine it began on."""
    sessions.mark_device(request.session, devices.device_class(request), devices.terminal_of(request))
    request.session.setdefault(sessions.DEVICE, devices.device_class(request))


def note_change(request: HttpRequest, *, at: datetime) -> None:
    """Record and tell where an open session goes on from another kind of machine. Rights follow the machine anyway.

    Raises LedgerUnavailable; then the change is noticed again with the next request.
    """
    now = devices.device_class(request)
    before = sessions.mark_device(request.session, now, devices.terminal_of(request))
    if not before or not isinstance(request.user, User):
        return
    by = from_request(request)
    try:
        with ledger.act(Action.SESSION_DEVICE_CHANGE, by=by, at=at, purpose=notes.PURPOSE) as record:
            record.about("session", by.session)
            record.detail = {"before": before, "now": now}
            words = f"Your session went on from a {WORDS[now]} at {by.address}; it was a {WORDS[before]}."
            key = f"session:{by.session}:{at:%Y%m%dT%H%M%S}"
            notices.tell([request.user], key=key, words=words, path=reverse("usersessions_list"), at=at, urgent=True)
    except ledger.LedgerUnavailable:
        request.session[sessions.DEVICE] = before
        raise


def elsewhere(request: HttpRequest, *, at: datetime) -> list[UserSession]:
    """The person's other sessions that are open at the instant, newest first. Two queries, where there are any."""
    if not isinstance(request.user, User):
        return []
    mine = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key or "")
    rows = {row.session_key: row for row in mine.order_by("-created_at")}
    if not rows:
        return []
    stored = Session.objects.filter(session_key__in=rows, expire_date__gt=at)
    open_now = {row.session_key for row in stored if _is_open(row, request.user, at)}
    return [row for key, row in rows.items() if key in open_now]


def tell_of_others(request: HttpRequest, others: list[UserSession], *, at: datetime) -> None:
    """Tell the person that they are signed in in two places; part of the caller's act."""
    if not others or not isinstance(request.user, User):
        return
    here, there = from_request(request), others[0]
    words = f"You signed in at {here.address} while you are also signed in at {there.ip}. If that is not you, act now."
    key = f"places:{here.session}:{at:%Y%m%dT%H%M%S}"
    urgent = any(row.ip != here.address for row in others)
    notices.tell([request.user], key=key, words=words, path=reverse("usersessions_list"), at=at, urgent=urgent)


def as_detail(others: list[UserSession]) -> list[dict[str, str]]:
    """As the record of the sign-in keeps them."""
    return [{"session": row.session_key[:8], "address": row.ip, "since": row.created_at.isoformat()} for row in others]


def _is_open(row: Session, user: User, at: datetime) -> bool:
    session: SessionBase = SessionStore(row.session_key)
    session._session_cache = row.get_decoded()  # type: ignore[attr-defined]
    return session.get(SESSION_KEY) == str(user.pk) and not sessions.over(session, at=at)
