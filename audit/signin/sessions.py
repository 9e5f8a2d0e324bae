"""What a session knows of itself, in one place: when it began, was last used, and what has been proven in it."""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

STARTED = "pk_started"
SEEN = "pk_seen"
FACTOR = "pk_second_factor"
NOTICE = "pk_notice"


def mark_complete(session: SessionBase, *, at: datetime) -> None:
    """Stamp a session as begun now, with second factor used and notice accepted."""
    session[STARTED] = session[SEEN] = at.isoformat()
    session[FACTOR] = True
    session[NOTICE] = True
