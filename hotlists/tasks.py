"""Periodic work of hot lists; each task is one call."""

from celery import shared_task
from django.utils import timezone

from audit import asker
from hotlists import operations
from hotlists.imports import run as imports
from hotlists.imports import tidy
from hotlists.lists import tasks as list_tasks  # noqa: F401 - the worker finds tasks here


@shared_task(acks_late=True, ignore_result=True)
def expire_hot_plates() -> int:
    """Record which hot plates reached their end. Safe to run twice, late or never."""
    return operations.expire_hot_plates(at=timezone.now(), by=asker.system("expire hot plates"))


@shared_task(acks_late=True, ignore_result=True)
def warn_of_ends() -> int:
    """Tell people that hot plates they entered end soon. Safe to run twice, late or never."""
    return operations.warn_of_ends(at=timezone.now(), by=asker.system("warn of ends"))


@shared_task(acks_late=True, ignore_result=True)
def take_in_import(*, import_id: int, **_: object) -> None:
    """Take a hot list's file in."""
    imports.take_in(import_id, timezone.now)


@shared_task(ignore_result=True)
def requeue_imports(**_: object) -> None:
    """Go on with files of hot lists whose worker is gone."""
    imports.requeue(timezone.now())


@shared_task(ignore_result=True)
def drop_superseded_lists(**_: object) -> None:
    """Destroy the rows of lists that were superseded long enough ago."""
    tidy.drop_superseded(timezone.now())
