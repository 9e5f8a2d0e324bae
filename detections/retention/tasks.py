"""Tasks of purges: plans made ahead, approved ones carried out, files and forgotten plates taken away afterwards.

Each is safe to run twice, late or never. A refusal is on record by the act itself with its clause; the night goes on.
"""

import logging
from contextlib import suppress
from uuid import UUID

from celery import current_app, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit import asker
from audit.models import User
from audit.refusals import Refused
from detections.retention import certificates, execute, forget, photos, plan, purge, store

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def plan_purges(**_: object) -> None:
    """Plan what is due in the next weeks."""
    now = timezone.now()
    with suppress(Refused):
        plan.ask(by=asker.system("nightly plan"), at=now)
    make_plans()


@shared_task(ignore_result=True)
def make_plans(**_: object) -> None:
    """Make the plans that were asked for; one whose partition is in use waits for the next run."""
    try:
        plan.make_waiting(at=timezone.now())
    except store.Busy as busy:
        log.warning("a purge plan waits: its partition was in use at %s", busy)


@shared_task(ignore_result=True, name="detections.tasks.purge_expired")
def purge_expired(**_: object) -> None:
    """Carry out the approved plans that are due, and destroy single expired reads."""
    now = timezone.now()
    execute.carry_out_due(at=now)
    with suppress(Refused):
        purge.purge_expired(at=now)
    clean_up()


@shared_task(ignore_result=True)
def carry_out(*, plan_id: str, user_id: int, address: str, session: str, **_: object) -> None:
    """Carry out one plan for the person who asked for it."""
    by = asker.person(User.objects.get(pk=user_id), address=address, session=session)
    with suppress(Refused):
        execute.carry_out(plan_id=UUID(plan_id), by=by, at=timezone.now())
    clean_up()


@shared_task(ignore_result=True)
def clean_up(**_: object) -> None:
    """After purges: number their records, remove the files of photographs, forget plates that no read has any more."""
    now = timezone.now()
    certificates.number_records()
    photos.remove_all_listed(at=now)
    if forget.due(now):
        forget.forget_plates(at=now)


def send(name: str, **values: str | int) -> bool:
    """Hand a task to the workers; False where the broker is away (the nightly run does it then)."""
    try:
        current_app.send_task(f"{__name__}.{name}", kwargs=values, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("%s not queued: %s", name, type(error).__name__)
        return False
    return True
