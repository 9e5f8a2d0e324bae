"""Drawing by button: at once where the period is small, by the workers where it is not."""

import logging
from datetime import datetime
from uuid import UUID

from celery import current_app
from kombu.exceptions import OperationalError

from audit.abilities import Ability, abilities_of
from audit.asker import Asker
from audit.models import Inspection, LedgerEntry
from audit.review.draw import draw

TASK = "audit.review.tasks.draw_sample"
# Records of the period up to which a person waits for the draw: about a second.
AT_ONCE = 100_000

log = logging.getLogger(__name__)


def draw_or_send(inspection_id: UUID, *, by: Asker, at: datetime) -> bool:
    """Draw now and say True, or hand it to the workers and say False. Raises Refused, InspectionNotFound."""
    inspection = Inspection.objects.filter(pk=inspection_id, drawn_at=None).only("starts_at", "ends_at").first()
    may = Ability.REVIEW_QUERIES in abilities_of(by.member, at)  # who may not is refused by the act, on record
    if inspection is not None and may and _is_large(inspection) and _send(inspection_id, by):
        return False
    draw(inspection_id, by=by, at=at)
    return True


def _is_large(inspection: Inspection) -> bool:
    """By the numbers of the first and last record of the period: they have no gaps. Two look-ups by an index."""
    rows = LedgerEntry.objects.filter(recorded_at__gte=inspection.starts_at, recorded_at__lt=inspection.ends_at)
    numbers = rows.values_list("index", flat=True)
    first, last = numbers.order_by("recorded_at").first(), numbers.order_by("-recorded_at").first()
    return first is not None and last is not None and last - first > AT_ONCE


def _send(inspection_id: UUID, by: Asker) -> bool:
    """Hand it over for the person, whose right is checked again by the worker; False without a broker."""
    values = {"inspection_id": str(inspection_id), "user_id": by.member.pk}
    try:
        current_app.send_task(TASK, kwargs=values | {"address": by.address, "session": by.session}, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("a draw was not queued: %s", type(error).__name__)
        return False
    return True
