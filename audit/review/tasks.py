"""Tasks of inspections: due ones opened, people reminded, large samples drawn. Each is safe to run twice or late."""

from contextlib import suppress
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import asker
from audit.models import User
from audit.refusals import Refused
from audit.review import periods, reminders
from audit.review.draw import InspectionNotFound, draw


@shared_task(ignore_result=True)
def open_and_remind(**_: object) -> None:
    """Open the inspections whose period has ended, and remind of what is due or overdue."""
    now = timezone.now()
    periods.open_due(now)
    reminders.remind(now)


@shared_task(ignore_result=True)
def draw_sample(*, inspection_id: str, user_id: int, address: str, session: str, **_: object) -> None:
    """Draw for the person who asked for it; a refusal is on record by the act itself."""
    by = asker.person(User.objects.get(pk=user_id), address=address, session=session)
    with suppress(Refused, InspectionNotFound):
        draw(UUID(inspection_id), by=by, at=timezone.now())
