"""Who sits at the open desks, and what each may be told at this instant."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from audit import gate
from audit.abilities import Ability
from audit.asker import person
from audit.models import User
from audit.refusals import Refused
from audit.signin import sessions
from detections.live.desks import Desk
from detections.live.events import Event
from hotlists.access import NOTHING, Granted, granted, granted_among

# Role and training of a person are read again when this old. Session, account and the rights on special lists are
# read at the instant of every telling.
RIGHTS_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Rights:
    may_watch: bool
    granted: Granted
    read_at: float


class Audience:
    """Answers for one process's desks; remembers a person's role and training for ``RIGHTS_SECONDS``."""

    def __init__(self) -> None:
        self._rights: dict[int, _Rights] = {}
        self.sessions = Sessions()

    def present(self, desks: Iterable[Desk], at: datetime) -> dict[Desk, User]:
        """The desks whose session stands and whose person may still watch. Two queries, and a few for each person."""
        asked = list(desks)
        holders = self.sessions.holders({desk.session_key for desk in asked if desk.session_key}, at)
        people = User.objects.in_bulk({desk.user_id for desk in asked})
        found: dict[Desk, User] = {}
        for desk in asked:
            user = people.get(desk.user_id)
            if user is None or not user.is_active or holders.get(desk.session_key or "") != str(desk.user_id):
                continue
            if self._of(user, at).may_watch:
                found[desk] = user
        return found

    def granted(self, user: User, at: datetime) -> Granted:
        """What is open to the person, at most ``RIGHTS_SECONDS`` old: for numbers, never for cards."""
        return self._of(user, at).granted

    def _of(self, user: User, at: datetime) -> _Rights:
        kept = self._rights.get(user.pk)
        if kept is None or time.monotonic() - kept.read_at >= RIGHTS_SECONDS:
            may = may_watch(user, at)
            kept = _Rights(may, granted(user, at) if may else NOTHING, time.monotonic())
            self._rights[user.pk] = kept
        return kept


def may_watch(user: User, at: datetime) -> bool:
    """Whether role and training allow the desk at the instant."""
    try:
        gate.admit(person(user), Ability.WATCH_HITS, at=at)
    except Refused:
        return False
    return True


class Sessions:
    """Sessions as they stand in the database now; one that has not changed since the last time is not decoded again."""

    def __init__(self) -> None:
        self._decoded: dict[str, tuple[str, SessionStore]] = {}

    def holders(self, keys: Collection[str], at: datetime) -> dict[str, str]:
        """Those of them that stand at the instant, each with its person's id as the session spells it. One query."""
        rows = Session.objects.filter(session_key__in=keys, expire_date__gt=at)
        before, self._decoded = self._decoded, {}
        for key, data in rows.values_list("session_key", "session_data"):
            known = before.get(key)
            self._decoded[key] = known if known and known[0] == data else (data, _decoded(key, data))
        stand = {key: session for key, (_, session) in self._decoded.items() if not sessions.over(session, at=at)}
        return {key: str(session.get(SESSION_KEY)) for key, session in stand.items()}


def _decoded(key: str, data: str) -> SessionStore:
    session = SessionStore(key)
    session._session_cache = session.decode(data)  # type: ignore[attr-defined]
    return session


def heard_by(users: Collection[User], events: Collection[Event], at: datetime) -> Mapping[int, frozenset[Event]]:
    """Which of the events each person may be told of now, by user id: special lists by the rights of this instant.

    At most four queries, none where no event is of a special list.
    """
    special = {event.hot_plate: event.hot_list for event in events if event.special}
    told = granted_among(special, {user.pk for user in users}, at) if special else {}
    ordinary = frozenset(event for event in events if not event.special)
    heard = {}
    for user in users:
        own = frozenset() if user.organisation else ordinary
        heard[user.pk] = own | {event for event in events if event.special and user.pk in told[event.hot_plate]}
    return heard
