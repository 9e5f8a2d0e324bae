"""The live line of the hit desk: server-sent events that say "look again", never what there is to see.

One thread a process listens to Valkey and reads the outbox; each open desk waits on its own flag and holds no database
connection meanwhile. Events carry an id and whether a hit is new: no plate, no camera, no person. What the desk then
fetches is a recorded look like any other.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from uuid import UUID

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from detections.hits.outbox import NEW
from detections.ingest.wake import CHANNEL
from detections.models import OutboxEvent
from hotlists.access import Granted
from hotlists.models import HotList

MOST_STREAMS = 48
LASTS_SECONDS = 5 * 60
HEARTBEAT_SECONDS = 15
# With Valkey the table is still read this often, in case a wake-up was lost; without it, at the second pace.
LOOK_SECONDS = 10
LOOK_ALONE_SECONDS = 2
LOOK_APART_SECONDS = 0.2
# Ids are given before the commit, so a smaller one may appear after a greater one: this long we look back.
LOOK_BACK_SECONDS = 15
RETRY_MILLISECONDS = 3000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """One outbox row as the desks need it: its hot plate, the list of that, and whether it is special."""

    id: int
    new: bool
    hot_list: int
    hot_plate: UUID
    special: bool


class TooManyStreams(Exception):
    """This process serves as many live desks as it can; the page looks again by itself every 15 seconds."""


@dataclass(eq=False)
class Desk:
    """One open desk: what it may hear of, and what it has not been told yet."""

    granted: Granted
    wanted: SimpleQueue[Event] = field(default_factory=SimpleQueue)

    def may_hear(self, event: Event) -> bool:
        return self.granted.covers(hot_list=event.hot_list, hot_plate=event.hot_plate, special=event.special)


class Feed:
    """The process's one listener, which runs while a desk is open, and its open desks."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self.most = most
        self._desks: set[Desk] = set()
        self._lock = threading.Lock()
        self._listens = False

    def join(self, granted: Granted) -> Desk:
        """A place for one more desk, which hears of every event committed from now on; raises TooManyStreams."""
        desk = Desk(granted)
        with self._lock:
            if len(self._desks) >= self.most:
                raise TooManyStreams
            if not self._listens:
                outbox = Outbox()
                threading.Thread(target=self._listen, args=(outbox,), name="hit desk feed", daemon=True).start()
                self._listens = True
            self._desks.add(desk)
        return desk

    def leave(self, desk: Desk) -> None:
        with self._lock:
            self._desks.discard(desk)

    def __len__(self) -> int:
        return len(self._desks)

    def tell(self, events: Iterable[Event]) -> None:
        """Hand events to the desks that may hear of them."""
        with self._lock:
            desks = list(self._desks)
        for event in events:
            for desk in desks:
                if desk.may_hear(event):
                    desk.wanted.put(event)

    def _listen(self, outbox: "Outbox") -> None:
        line = WakeUps()
        try:
            while self._goes_on():
                try:
                    self.tell(outbox.fresh())
                except DatabaseError as error:
                    log.warning("the hit desk feed cannot read the outbox: %s", type(error).__name__)
                finally:
                    connection.close()
                line.wait()
        finally:
            line.close()

    def _goes_on(self) -> bool:
        """Whether a desk is still open; decided under the lock, so that a new desk never finds a dying listener."""
        with self._lock:
            self._listens = bool(self._desks)
            return self._listens


class Outbox:
    """Reads the outbox behind its own mark, tolerant of ids that become visible out of order."""

    def __init__(self) -> None:
        """Set the mark: what is committed by now is not fresh. One query."""
        self._floor = max(newest_id() - 100, 0)
        self._seen = {event.id: time.monotonic() for event in events_after(self._floor)}

    def fresh(self) -> list[Event]:
        """Events not given out before. One query."""
        now = time.monotonic()
        events = [event for event in events_after(self._floor) if event.id not in self._seen]
        self._seen |= {event.id: now for event in events}
        old = [number for number, when in self._seen.items() if when < now - LOOK_BACK_SECONDS]
        if old:
            self._floor = max(self._floor, *old)
            self._seen = {number: when for number, when in self._seen.items() if number > self._floor}
        return events


class WakeUps:
    """Waits for Valkey's word, or for its time to pass where Valkey is away."""

    def __init__(self) -> None:
        self._line: redis.client.PubSub | None = None

    def wait(self) -> None:
        try:
            if self._line is None:
                valkey = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=5)
                self._line = valkey.pubsub(ignore_subscribe_messages=True)
                self._line.subscribe(CHANNEL)
                return  # what came between the last look and the subscription is looked for at once
            time.sleep(LOOK_APART_SECONDS)
            until = time.monotonic() + LOOK_SECONDS
            while time.monotonic() < until:
                if self._line.get_message(timeout=1) is not None:
                    return
        except (redis.RedisError, OSError) as error:
            log.warning("the hit desk feed hears nothing from Valkey: %s", type(error).__name__)
            self.close()
            time.sleep(LOOK_ALONE_SECONDS)

    def close(self) -> None:
        if self._line is not None:
            with suppress(redis.RedisError, OSError):
                self._line.close()
            self._line = None


def events_after(number: int) -> list[Event]:
    """Outbox events with a greater id, at most 5,000, in order. One query."""
    rows = OutboxEvent.objects.filter(pk__gt=number, hit__isnull=False).order_by("pk")
    fields = rows.values_list(
        "pk",
        "topic",
        "hit__hot_plate__hot_list",
        "hit__hot_plate",
        "hit__informational",
        "hit__hot_plate__hot_list__kind",
    )
    return [
        Event(pk, topic == NEW, hot_list, hot_plate, special=informational or kind == HotList.Kind.SPECIAL)
        for pk, topic, hot_list, hot_plate, informational, kind in fields[:5000]
    ]


def newest_id() -> int:
    """The id of the newest outbox row: the mark from which a page wants to hear. One query."""
    return OutboxEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _always() -> bool:
    return True


feed = Feed()
_alive: Callable[[], bool] = _always


def keep_while(alive: Callable[[], bool]) -> None:
    """Let the server say when to end: streams stop within a second of ``alive()`` turning false."""
    global _alive
    _alive = alive


class Line:
    """The bytes of one stream: what was missed since ``after``, then events as they come, for five minutes.

    ``allowed`` is asked at each heartbeat whether the session may go on; a no ends the stream. ``close`` gives the
    place back, also where nobody ever read from it. Raises TooManyStreams when made.
    """

    def __init__(self, granted: Granted, *, after: int, allowed: Callable[[], bool], joined: Feed = feed) -> None:
        self._feed, self._allowed = joined, allowed
        self._desk = joined.join(granted)
        self._missed = [event for event in events_after(after) if self._desk.may_hear(event)]

    def close(self) -> None:
        self._feed.leave(self._desk)

    def __iter__(self) -> Iterator[bytes]:
        started = time.monotonic()
        beat = started + HEARTBEAT_SECONDS
        _give_back_connection()
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n".encode() + HEARTBEAT + as_bytes(self._missed)
            while _alive() and time.monotonic() < started + LASTS_SECONDS:
                if chunk := as_bytes(_drain(self._desk.wanted)):
                    yield chunk
                if time.monotonic() >= beat:
                    beat = time.monotonic() + HEARTBEAT_SECONDS
                    if not self._goes_on():
                        return
                    yield HEARTBEAT
        finally:
            self.close()

    def _goes_on(self) -> bool:
        try:
            return self._allowed()
        except DatabaseError:
            return False
        finally:
            _give_back_connection()


# EventSource shows no comment to the page, so the heartbeat is an event too: the page knows that the line lives.
HEARTBEAT = b": the line is open\n\nevent: ping\ndata: {}\n\n"


def as_bytes(events: list[Event]) -> bytes:
    """Events that came together as one, since the page looks once: ``hit`` where one is new, else ``refresh``.

    The data is the outbox id alone.
    """
    if not events:
        return b""
    newest = max(event.id for event in events)
    name = "hit" if any(event.new for event in events) else "refresh"
    return f'id: {newest}\nevent: {name}\ndata: {{"id": {newest}}}\n\n'.encode()


def _drain(wanted: SimpleQueue[Event]) -> list[Event]:
    """All that is waiting; waits a second at most for the first."""
    events = []
    with suppress(Empty):
        events.append(wanted.get(timeout=1))
        while True:
            events.append(wanted.get_nowait())
    return events


def _give_back_connection() -> None:
    """Close this thread's database connection, unless a test's transaction holds it."""
    if not connection.in_atomic_block:
        connection.close()
