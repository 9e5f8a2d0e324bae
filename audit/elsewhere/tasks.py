"""Background work of audit exports; each task is one call."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit.elsewhere import run


@shared_task(acks_late=True, ignore_result=True)
def take_in_export(*, import_id: str, **_: object) -> None:
    """Take an audit export in."""
    run.take_in(UUID(import_id), timezone.now)


@shared_task(ignore_result=True)
def requeue_exports(**_: object) -> None:
    """Go on with audit exports whose worker is gone."""
    run.requeue(timezone.now())
