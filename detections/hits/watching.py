"""Opening the live line of the desk, and asking at each heartbeat whether it may stay open."""

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from audit import gate
from audit.abilities import Ability
from audit.asker import Asker, person
from audit.models import User
from audit.refusals import Refused
from audit.signin import sessions
from hotlists.access import NOTHING, Granted, granted


def admit_watcher(*, by: Asker, at: datetime) -> Granted:
    """What the person may hear of. Raises Refused. The line itself shows no plate data."""
    gate.admit(by, Ability.WATCH_HITS, at=at)
    return granted(by.user, at) if by.user else NOTHING


def may_go_on(*, session_key: str | None, user_id: int, at: datetime) -> bool:
    """Whether the session still stands for this person, who may still watch. Reads the session afresh."""
    session = SessionStore(session_key)
    if session.get(SESSION_KEY) != str(user_id) or sessions.over(session, at=at):
        return False
    watcher = User.objects.filter(pk=user_id, is_active=True).first()
    try:
        if watcher is not None:
            gate.admit(person(watcher), Ability.WATCH_HITS, at=at)
    except Refused:
        return False
    return watcher is not None
