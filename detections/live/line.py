"""The bytes of one open desk's stream. Its thread waits on the desk's own queue and holds no database connection."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from queue import Empty

from django.db import connection

from detections.live.desks import Desk
from detections.live.events import missed_since
from detections.live.feed import Feed, feed

# A line ends by itself after this long, give or take a tenth, so that desks opened together do not come back together.
LASTS_SECONDS = 30 * 60
HEARTBEAT_SECONDS = 15
RETRY_MILLISECONDS = 3000
# EventSource shows no comment to the page, so the heartbeat is an event too: the page knows that the line lives.
HEARTBEAT = b": the line is open\n\nevent: ping\ndata: {}\n\n"


def _always() -> bool:
    return True


_alive: Callable[[], bool] = _always


def keep_while(alive: Callable[[], bool]) -> None:
    """Let the server say when to end: streams stop within a second of ``alive()`` turning false."""
    global _alive
    _alive = alive


class Line:
    """What the desk missed since ``after``, then what is told it, until its time is over or its right to hear is.

    ``close`` gives the place back, also where nobody ever read from it. Raises TooManyDesks when made.
    """

    def __init__(self, desk: Desk, *, after: int, at: datetime, joined: Feed = feed) -> None:
        self._feed, self._desk = joined, desk
        joined.join(desk)
        joined.catch_up(desk, missed_since(after, at))

    def close(self) -> None:
        """Give the place back."""
        self._feed.leave(self._desk)

    def __iter__(self) -> Iterator[bytes]:
        ends = time.monotonic() + LASTS_SECONDS * (0.9 + secrets.randbelow(200) / 1000)
        beat = time.monotonic() + HEARTBEAT_SECONDS
        _give_back_connection()
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n".encode() + HEARTBEAT
            while _alive() and time.monotonic() < ends:
                with suppress(Empty):
                    if (message := self._desk.wanted.get(timeout=1)) is None:
                        return
                    yield message
                if time.monotonic() >= beat:
                    beat = time.monotonic() + HEARTBEAT_SECONDS
                    yield HEARTBEAT
        finally:
            self.close()


def _give_back_connection() -> None:
    """Close this thread's database connection, unless a test's transaction holds it."""
    if not connection.in_atomic_block:
        connection.close()
