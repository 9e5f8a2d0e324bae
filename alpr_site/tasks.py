"""The product's own tasks: the pulse that /readyz reads, and the alarms of the store."""

from celery import shared_task
from django.utils import timezone

from alpr_site import health, store


@shared_task(ignore_result=True, expires=60)
def pulse(**_: object) -> None:
    """Stamp both pulses: that this runs at all means beat sent it and a worker took it."""
    now = timezone.now().isoformat()
    client = health.broker()
    client.set(health.WORKER_PULSE, now, ex=600)
    client.set(health.BEAT_PULSE, now, ex=600)


@shared_task(ignore_result=True, expires=600)
def raise_alarms(**_: object) -> None:
    """Log what is wrong with the store of reads."""
    store.raise_alarms(at=timezone.now())
