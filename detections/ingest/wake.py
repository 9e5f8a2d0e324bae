"""The wake-up after a commit: whoever waits for outbox rows looks at once instead of at the next turn."""

import logging
from functools import cache

import redis
from django.conf import settings

log = logging.getLogger(__name__)

CHANNEL = "pk:outbox"


@cache
def _client() -> "redis.Redis":
    """One client a process; it holds its own pool and reconnects after a fork."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3)


def wake_desk() -> None:
    """Tell the live desk that there are new outbox rows. To be called after the commit.

    Nothing is lost when Valkey is away: the rows are in PostgreSQL, and the desk looks there anyway every few seconds.
    """
    try:
        _client().publish(CHANNEL, "1")
    except redis.RedisError as error:
        log.warning("the live desk could not be woken: %s", type(error).__name__)
