"""Which reads of a time a purge must leave: held, with something open, or come in after the purge was planned.

Open are a hit that nobody has closed and the reads counted to it. A possible match is a lead for eyes only and keeps no
read past its ceiling, whether anyone has decided about it or not: it goes with its read.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from detections.models import Hit, ReadRef


@dataclass(frozen=True, slots=True)
class Kept:
    """References to the reads, by reason; ``holds`` counts them by hold, and a read under two holds in both."""

    held: frozenset[ReadRef]
    waiting: frozenset[ReadRef]
    late: frozenset[ReadRef]
    holds: dict[UUID, int]

    @property
    def refs(self) -> frozenset[ReadRef]:
        """All of them, each once."""
        return self.held | self.waiting | self.late


# In one statement: a purge has a moment for it, and every way to the server and back costs one.
_KEPT = """
    SELECT 'held', h.detection_id, h.camera_id, h.captured_at, h.hold_id FROM detections_heldread h
    JOIN detections_hold o ON o.id = h.hold_id
    WHERE h.captured_at >= %(first)s AND h.captured_at < %(upto)s AND o.lifted_at IS NULL
    UNION ALL
    SELECT 'waiting', t.detection_id, t.camera_id, t.captured_at, NULL FROM detections_hit t
    WHERE t.captured_at >= %(first)s AND t.captured_at < %(upto)s AND t.status <> %(closed)s
    UNION ALL
    SELECT 'waiting', r.detection_id, r.camera_id, r.captured_at, NULL FROM detections_hitrepeat r
    JOIN detections_hit t ON t.id = r.hit_id
    WHERE r.captured_at >= %(first)s AND r.captured_at < %(upto)s AND t.status <> %(closed)s
    UNION ALL
    SELECT 'late', l.detection_id, l.camera_id, l.captured_at, NULL FROM detections_latecomer l
    WHERE l.captured_at >= %(first)s AND l.captured_at < %(upto)s
"""


def kept_in(first: datetime, upto: datetime) -> Kept:
    """What must stay of the reads captured in ``[first, upto)``, as committed now. One query."""
    found: dict[str, set[ReadRef]] = {"held": set(), "waiting": set(), "late": set()}
    holds: Counter[UUID] = Counter()
    values: dict[str, datetime | str] = {"first": first, "upto": upto, "closed": Hit.Status.CLOSED}
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, values)
        for why, read, camera, captured_at, hold in cursor:
            found[why].add(ReadRef(read, camera, captured_at))
            if hold:
                holds[hold] += 1
    held, waiting, late = (frozenset(found[why]) for why in ("held", "waiting", "late"))
    return Kept(held=held, waiting=waiting, late=late, holds=dict(holds))
