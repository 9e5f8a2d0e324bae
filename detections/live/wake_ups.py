"""Waiting for Valkey's word that the outbox has new rows."""

import logging
import threading
import time
from contextlib import suppress

import redis
from django.conf import settings

from detections.ingest.wake import CHANNEL

# With Valkey the table is still read this often, in case a wake-up was lost; without it, at the second pace.
LOOK_SECONDS = 10
LOOK_ALONE_SECONDS = 2
# What comes within this time goes out together: one record, one card a hit.
LOOK_APART_SECONDS = 0.2

log = logging.getLogger(__name__)


class WakeUps:
    """Waits for Valkey's word, for ``nudged``, or for its time to pass where Valkey is away."""

    def __init__(self, nudged: threading.Event) -> None:
        self._line: redis.client.PubSub | None = None
        self._valkey: redis.Redis | None = None
        self._nudged = nudged

    def wait(self) -> None:
        """Return when it is time to look at the outbox again; ``nudged`` is cleared then."""
        try:
            if self._line is None:
                # Kept: a client that nobody holds any more hangs up all its connections, our subscription's among them.
                self._valkey = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=5)
                self._line = self._valkey.pubsub(ignore_subscribe_messages=True)
                self._line.subscribe(CHANNEL)
                self._line.get_message(timeout=1)  # Valkey's word that it counts us in; before it, wake-ups pass us by
                return  # what came between the last look and the subscription is looked for at once
            time.sleep(LOOK_APART_SECONDS)
            self._listen(self._line)
        except (redis.RedisError, OSError) as error:
            log.warning("the hit desk feed hears nothing from Valkey: %s", type(error).__name__)
            self.close()
            self._nudged.wait(LOOK_ALONE_SECONDS)
        finally:
            self._nudged.clear()

    def _listen(self, line: redis.client.PubSub) -> None:
        until = time.monotonic() + LOOK_SECONDS
        while time.monotonic() < until and not self._nudged.is_set():
            if line.get_message(timeout=0.5) is not None:
                while line.get_message() is not None:  # one look serves all that was said meanwhile
                    continue
                return

    def close(self) -> None:
        """Give Valkey's connection back."""
        if self._line is not None:
            with suppress(redis.RedisError, OSError):
                self._line.close()
            self._line = self._valkey = None
