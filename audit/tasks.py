"""Nightly verification of the ledger, and the mails of notices."""

import logging
from uuid import UUID

from celery import Task, shared_task
from django.utils import timezone

from audit import notices, patience, verify
from audit.elsewhere import tasks as elsewhere_tasks  # noqa: F401 - the worker finds tasks here
from audit.log import export_tasks  # noqa: F401 - the worker finds tasks here
from audit.log import tasks as log_tasks  # noqa: F401 - the worker finds tasks here
from audit.review import tasks as review_tasks  # noqa: F401 - the worker finds tasks here
from audit.roster import tasks as roster_tasks  # noqa: F401 - the worker finds tasks here

log = logging.getLogger(__name__)

MAIL_AGAIN_SECONDS = 60
MAIL_TRIES = 5


@shared_task(ignore_result=True)
def verify_ledger(**_: object) -> None:
    """Verify the whole log and record the verdict; an unsound log is an alarm that stands until a sound one."""
    with patience.bounded(patience.TASK_SECONDS):
        verify.verify_and_record(by_name="verify_ledger", at=timezone.now())


@shared_task(bind=True, ignore_result=True, acks_late=True, max_retries=MAIL_TRIES)
def mail_notices(self: Task, *, notice_ids: list[str], **_: object) -> None:
    """Mail notices; those the server did not take are tried again, each time after a longer pause."""
    failed = notices.send_mails([UUID(key) for key in notice_ids])
    if not failed:
        return
    if self.request.retries >= MAIL_TRIES:
        log.error("%s notices were not mailed; they stand on the page of notices", len(failed))
        return
    pause = MAIL_AGAIN_SECONDS * 2**self.request.retries
    raise self.retry(kwargs={"notice_ids": [str(key) for key in failed]}, countdown=pause)
