"""The nightly work about accounts."""

from celery import shared_task
from django.utils import timezone

from audit.roster import nightly


@shared_task(ignore_result=True)
def keep_accounts(**_: object) -> None:
    """Close what is over, then warn of what runs out. Safe to run twice, late or never."""
    nightly.close_over(timezone.now())
    nightly.warn(timezone.now())
