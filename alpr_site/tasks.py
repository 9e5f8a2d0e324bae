"""The product's own pulse: beat sends it, a worker answers it, /readyz reads it."""

from celery import shared_task
from django.utils import timezone

from alpr_site import health


@shared_task(ignore_result=True, expires=60)
def pulse(**_: object) -> None:
    """Stamp both pulses: that this runs at all means beat sent it and a worker took it."""
    now = timezone.now().isoformat()
    client = health.broker()
    client.set(health.WORKER_PULSE, now, ex=600)
    client.set(health.BEAT_PULSE, now, ex=600)
