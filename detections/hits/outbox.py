"""Telling the other desks: a row in the transaction that made it true, a wake-up after it."""

import functools
import logging
from datetime import datetime

import redis
from django.conf import settings

from detections.models import Hit, OutboxEvent

CHANNEL = "pk:outbox"
NEW = "hit.new"
CHANGED = "hit.changed"

log = logging.getLogger(__name__)


def announce(hit: Hit, topic: str, *, at: datetime) -> OutboxEvent:
    """Write the event; call inside the act that changed the hit, and ``wake`` after it."""
    return OutboxEvent.objects.create(hit=hit, topic=topic, created_at=at)


def wake() -> None:
    """Wake the desks' listeners. Without Valkey they look by themselves every two seconds."""
    try:
        client().publish(CHANNEL, "1")
    except (redis.RedisError, OSError) as error:
        log.warning("desks were not woken: %s", type(error).__name__)


@functools.cache
def client() -> redis.Redis:
    """This process's Valkey connections, with limits so that a dead server costs a second at most."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
