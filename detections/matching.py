"""Reads against hot plates: a hit is the same plate, on an entry live when the read was made and now.

The rule stands twice: ``matches`` in Python, for one pair, and ``_PAIRS`` in SQL, for whole batches.
tests/detections/test_matching.py asserts that they agree; change one, change the other.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from detections.ingest.wake import wake_desk
from detections.models import Hit, OutboxEvent
from hotlists.models import HotPlate

NEW_HIT = "hit.new"

# Two steps, because almost no read of a batch is on a hot list: the first is one index probe for each plate.
_PAIRS = """
    SELECT d.id, d.plate, d.captured_at, h.id, l.kind = 'special'
    FROM detections_detection d
    JOIN hotlists_hotplate h ON h.plate = d.plate AND (h.state = '' OR d.state = '' OR h.state = d.state)
    JOIN hotlists_hotlist l ON l.id = h.hot_list_id
    WHERE d.id = ANY(%(ids)s)
      AND h.withdrawn_at IS NULL
      AND h.effective_from <= least(d.captured_at, %(at)s)
      AND (h.expires_at IS NULL OR h.expires_at > greatest(d.captured_at, %(at)s))
      AND NOT EXISTS (SELECT FROM detections_hit t WHERE t.detection_id = d.id AND t.hot_plate_id = h.id)
    ORDER BY d.captured_at, d.id, h.id
"""


@dataclass(frozen=True, slots=True)
class Matched:
    """A hit just made. Informational ones are on a special list: never a basis for a stop (I.1)."""

    hit_id: UUID
    hot_plate_id: UUID
    informational: bool


def matches(plate: str, state: str, captured_at: datetime, hot_plate: HotPlate, at: datetime) -> bool:
    """Whether a read is a hit on this entry: exact normalised plate, no other state, live at capture and now."""
    return (
        hot_plate.plate == plate
        and (not state or not hot_plate.state or hot_plate.state == state)
        and hot_plate.withdrawn_at is None
        and hot_plate.effective_from <= min(captured_at, at)
        and (hot_plate.expires_at is None or hot_plate.expires_at > max(captured_at, at))
    )


def match_detections(ids: Sequence[UUID], *, at: datetime) -> dict[UUID, list[Matched]]:
    """Match stored reads against the hot plates live at ``at``; hits and their outbox rows are inserted.

    Returns the new hits by read; a pair that is a hit already makes none. Runs inside the act that made or changed
    the reads; when that is committed, the people who wait at the live desk are told.
    """
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"ids": list(ids), "at": at})
        pairs = cursor.fetchall()
    hits = [
        Hit(
            detection_id=detection,
            hot_plate_id=hot_plate,
            plate=plate,
            captured_at=captured_at,
            created_at=at,
            informational=special,
        )
        for detection, plate, captured_at, hot_plate, special in pairs
    ]
    return _insert(hits, at)


def _insert(hits: list[Hit], at: datetime) -> dict[UUID, list[Matched]]:
    """Insert what no other transaction has inserted meanwhile, with its history and its outbox row."""
    found: dict[UUID, list[Matched]] = defaultdict(list)
    if not hits:
        return found
    Hit.objects.bulk_create(hits, ignore_conflicts=True)
    ours = set(Hit.objects.filter(pk__in=[hit.pk for hit in hits]).values_list("pk", flat=True))
    made = [hit for hit in hits if hit.pk in ours]
    Hit.history.bulk_history_create(made, default_date=at)  # type: ignore[attr-defined] - simple-history's manager
    OutboxEvent.objects.bulk_create(OutboxEvent(created_at=at, topic=NEW_HIT, hit=hit) for hit in made)
    transaction.on_commit(wake_desk, robust=True)
    for hit in made:
        found[hit.detection_id].append(Matched(hit.pk, hit.hot_plate_id, hit.informational))
    return found
