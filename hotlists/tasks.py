"""Periodic work of hot lists; each task is one call."""

from celery import shared_task
from django.utils import timezone

from audit import asker
from hotlists import operations
from hotlists.lists import tasks as list_tasks  # noqa: F401 - the worker finds tasks here


@shared_task(acks_late=True, ignore_result=True)
def expire_hot_plates() -> int:
    """Record which hot plates reached their end. Safe to run twice, late or never."""
    return operations.expire_hot_plates(at=timezone.now(), by=asker.system("expire hot plates"))
