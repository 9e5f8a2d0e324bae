"""Periodic work of lists and their sources; each task is one call, safe to run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from audit import asker
from hotlists.lists import folder, stale


@shared_task(ignore_result=True, expires=60)
def pick_up(**_: object) -> None:
    """Hand in what lies ready in the sources' folders."""
    folder.pick_up(clock=timezone.now)


@shared_task(ignore_result=True, expires=300)
def raise_stale(**_: object) -> None:
    """Raise the alarm over lists that have become out of date."""
    stale.raise_alarms(at=timezone.now(), by=asker.system("look for lists that are out of date"))
