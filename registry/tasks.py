"""The registry's clockwork."""

from celery import shared_task
from django.utils import timezone

from audit.asker import system
from registry import operations
from registry.publishing.tasks import count_months

__all__ = ["count_months", "remove_unconfirmed"]


@shared_task
def remove_unconfirmed() -> int:
    """Remove registrations that nobody confirmed within 48 hours."""
    return operations.remove_unconfirmed(by=system("registry"), at=timezone.now())
