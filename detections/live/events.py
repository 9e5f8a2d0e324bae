"""The outbox as the live desks read it: behind a mark, tolerant of ids that become visible out of order."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from detections.hits.outbox import NEW
from detections.models import OutboxEvent
from hotlists.models import HotList

# Ids are given before the commit, so a smaller one may appear after a greater one: this long we look back.
LOOK_BACK_SECONDS = 15
_LOOK_BACK_IDS = 100
_MOST_ROWS = 5000
_SPECIAL = HotList.Kind.SPECIAL


@dataclass(frozen=True, slots=True)
class Event:
    """One outbox row as the desks need it. ``hit`` is None where it is about a possible match: counts change only."""

    id: int
    hit: UUID | None
    new: bool
    hot_list: int
    hot_plate: UUID
    special: bool


class Outbox:
    """Reads the outbox behind its own mark."""

    def __init__(self) -> None:
        """Set the mark: what is committed by now is not fresh. Two queries."""
        self._floor = max(newest_id() - _LOOK_BACK_IDS, 0)
        self._seen = {event.id: time.monotonic() for event in events_after(self._floor)}

    def fresh(self) -> list[Event]:
        """Events not given out before. One query."""
        now = time.monotonic()
        events = [event for event in events_after(self._floor) if event.id not in self._seen]
        self._seen |= {event.id: now for event in events}
        old = [number for number, when in self._seen.items() if when < now - LOOK_BACK_SECONDS]
        if old:
            self._floor = max(self._floor, *old)
            self._seen = {number: when for number, when in self._seen.items() if number > self._floor}
        return events


def events_after(number: int) -> list[Event]:
    """Outbox events with a greater id, at most 5,000, in order. One query."""
    return _events(Q(pk__gt=number))


def missed_since(number: int, at: datetime) -> list[Event]:
    """What a line that broke off at ``number`` has not told: later ids, and younger ones that were committed late."""
    if number <= 0:
        return []
    late = Q(pk__gt=number - _LOOK_BACK_IDS, created_at__gt=at - timedelta(seconds=LOOK_BACK_SECONDS))
    return _events((Q(pk__gt=number) | late) & ~Q(pk=number))


def newest_id() -> int:
    """The id of the newest outbox row: the mark from which a page wants to hear. One query."""
    return OutboxEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _events(wanted: Q) -> list[Event]:
    rows = OutboxEvent.objects.filter(wanted).exclude(hit=None, possible=None).order_by("pk")
    named = rows.annotate(
        entry=Coalesce(F("hit__hot_plate"), F("possible__hot_plate")),
        of=Coalesce(F("hit__hot_plate__hot_list"), F("possible__hot_plate__hot_list")),
        kind=Coalesce(F("hit__hot_plate__hot_list__kind"), F("possible__hot_plate__hot_list__kind")),
        quiet=Coalesce(F("hit__informational"), F("possible__informational")),
    )
    fields = named.values_list("pk", "hit", "topic", "of", "entry", "kind", "quiet")
    return list(_made(fields[:_MOST_ROWS]))


def _made(rows: Iterable[tuple[int, UUID | None, str, int, UUID, str, bool]]) -> Iterable[Event]:
    for pk, hit, topic, hot_list, hot_plate, kind, informational in rows:
        yield Event(pk, hit, topic == NEW, hot_list, hot_plate, informational or kind == _SPECIAL)
