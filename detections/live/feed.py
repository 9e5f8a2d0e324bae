"""The one listener of a process: reads the outbox while a desk is open, and has every desk told what it may see."""

import logging
import threading
import time

from django.db import DatabaseError, connection
from django.utils import timezone

from detections.live.audience import Audience
from detections.live.desks import Desk
from detections.live.events import Event, Outbox
from detections.live.telling import LOOK_AGAIN, tell
from detections.live.wake_ups import WakeUps

# Where no server says how many threads it has (gunicorn.conf.py does).
MOST_DESKS = 48
# Of one session: a person may have some windows open, and takes no places from all the others.
MOST_OF_A_SESSION = 8
# So often every desk's session and right to watch are asked about, also where nothing is told.
REVIEW_SECONDS = 15

log = logging.getLogger(__name__)


class TooManyDesks(Exception):
    """This process serves as many live desks as it can, of one session or of all; the page looks again by itself."""


class Feed:
    """The process's listener, which runs while a desk is open, and its open desks."""

    def __init__(self, most: int = MOST_DESKS) -> None:
        self.most = most
        self._desks: set[Desk] = set()
        self._lock = threading.Lock()
        self._listens = False
        self._nudged = threading.Event()

    def join(self, desk: Desk) -> None:
        """A place for one more desk, which hears of every event committed from now on; raises TooManyDesks."""
        with self._lock:
            own = sum(one.session_key == desk.session_key for one in self._desks)
            if len(self._desks) >= self.most or own >= MOST_OF_A_SESSION:
                raise TooManyDesks
            if not self._listens:
                outbox = Outbox()
                threading.Thread(target=self._listen, args=(outbox,), name="hit desk feed", daemon=True).start()
                self._listens = True
            self._desks.add(desk)

    def catch_up(self, desk: Desk, missed: list[Event]) -> None:
        """Have the desk told what it missed, within a second."""
        if missed:
            with self._lock:
                desk.pending |= {event.id: event for event in missed}
            self._nudged.set()

    def leave(self, desk: Desk) -> None:
        """The desk is closed; its place is free."""
        with self._lock:
            self._desks.discard(desk)

    def __len__(self) -> int:
        return len(self._desks)

    @property
    def is_idle(self) -> bool:
        """Whether no desk is open and the listener has ended."""
        return not self._desks and not self._listens

    def _listen(self, outbox: Outbox) -> None:
        line, audience = WakeUps(self._nudged), Audience()
        reviewed = time.monotonic()
        try:
            while self._goes_on():
                try:
                    self._tell(outbox.fresh(), audience)
                    if time.monotonic() >= reviewed + REVIEW_SECONDS:
                        reviewed = time.monotonic()
                        self._review(audience)
                except DatabaseError as error:
                    log.warning("the hit desk feed cannot read the outbox: %s", type(error).__name__)
                    self._end_all()  # a page must not believe that its line lives
                finally:
                    connection.close()
                line.wait()
        finally:
            line.close()

    def _tell(self, events: list[Event], audience: Audience) -> None:
        fresh = {event.id: event for event in events}
        pending = {}
        with self._lock:
            for desk in self._desks:
                if told := desk.pending | fresh:
                    pending[desk] = frozenset(told.values())
                    desk.pending = {}
        if pending:
            tell(pending, audience, timezone.now())

    def _review(self, audience: Audience) -> None:
        """End the lines of desks whose session or right to watch has ended; have those look again that show cards of
        a special list which is not open to them any more."""
        with self._lock:
            desks = set(self._desks)
        now = timezone.now()
        present = audience.present(desks, now)
        for desk in desks - present.keys():
            desk.wanted.put(None)
        for desk, user in present.items():
            before, desk.granted = desk.granted, audience.granted(user, now)
            if before.loses(desk.granted):
                desk.tell(LOOK_AGAIN)

    def _end_all(self) -> None:
        with self._lock:
            for desk in self._desks:
                desk.wanted.put(None)

    def _goes_on(self) -> bool:
        """Whether a desk is still open; decided under the lock, so that a new desk never finds a dying listener."""
        with self._lock:
            self._listens = bool(self._desks)
            return self._listens


feed = Feed()
