"""Telling the other desks: a row in the transaction that made it true, a wake-up after its commit."""

from datetime import datetime

from django.db import transaction

from detections.ingest.wake import wake_desk
from detections.models import Hit, OutboxEvent

NEW = "hit.new"
CHANGED = "hit.changed"


def announce(hit: Hit, topic: str, *, at: datetime) -> OutboxEvent:
    """Write the event inside the act that changed the hit; the desks are woken when it is committed."""
    event = OutboxEvent.objects.create(hit=hit, topic=topic, created_at=at)
    transaction.on_commit(wake_desk, robust=True)
    return event
