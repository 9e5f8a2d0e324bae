"""The publications' clockwork."""

from celery import shared_task
from django.utils import timezone

from audit.asker import system
from registry.publishing import counting


@shared_task
def count_months() -> int:
    """Count the months that have closed since the last night; also those that were missed."""
    return len(counting.count_due(by=system("transparency"), at=timezone.now()))
