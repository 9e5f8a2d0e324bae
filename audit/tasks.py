"""Nightly verification of the ledger."""

import logging

from celery import shared_task
from django.utils import timezone

from audit import verify

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def verify_ledger(**_: object) -> None:
    """Verify the whole log and record the verdict; an unsound log is an alarm in the log at level CRITICAL."""
    verdict = verify.verify_and_record(by_name="verify_ledger", at=timezone.now())
    if verdict.fault:
        log.critical("the ledger does not verify: record %s: %s", verdict.fault.index, verdict.fault.reason)
