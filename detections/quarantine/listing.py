"""The quarantined reads that wait for a decision, and the decisions made lately."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from detections.models import QuarantinedRead

PURPOSE = "collection"
MOST_LISTED = 200
MOST_DECIDED = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A quarantined read as it is shown: what came, when the device said it was, and when it came."""

    row: QuarantinedRead

    @property
    def plate(self) -> str:
        return str(self.row.body.get("plate", ""))

    @property
    def state(self) -> str:
        return str(self.row.body.get("state", ""))

    @property
    def origin(self) -> Any:
        return getattr(self.row, "origin", None)

    @property
    def decision(self) -> Any:
        return getattr(self.row, "decision", None)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What waits (the first ``MOST_LISTED`` by camera and claimed time), how many wait by camera, what was decided."""

    waiting: list[Kept]
    by_camera: list[tuple[str, int]]
    decided: list[Kept]
    record_index: int | None

    @property
    def count(self) -> int:
        return sum(number for _, number in self.by_camera)


def list_quarantine(*, by: Asker, at: datetime, camera: str = "") -> Quarantine:
    """The reads of one camera, or of all. A look at plates: trained administrators only. Raises Refused."""
    query = {"camera": camera} if camera else {}
    with ledger.act(Action.QUARANTINE_LIST, by=by, at=at, purpose=PURPOSE, query=query) as record:
        admit(by, at)
        rows = QuarantinedRead.objects.select_related("camera", "origin__upload", "decision__decided_by")
        open_ = rows.filter(decision=None)
        by_camera = list(open_.values_list("camera__code").annotate(n=Count("pk")).order_by("camera__code"))
        chosen = open_.filter(camera__code=camera) if camera else open_
        waiting = [Kept(row) for row in chosen.order_by("camera__code", "claimed_at", "pk")[:MOST_LISTED]]
        decided = [Kept(row) for row in rows.exclude(decision=None).order_by("-decision__decided_at")[:MOST_DECIDED]]
        record.result_count = len(waiting) + len(decided)
    return Quarantine(waiting, by_camera, decided, record.index)


def count_waiting() -> int:
    """How many quarantined reads wait for a decision. One query, no plate data."""
    return QuarantinedRead.objects.filter(decision=None).count()


def admit(by: Asker, at: datetime) -> None:
    """Let through who may decide about quarantined reads and is trained to see reads; raises Refused."""
    gate.admit(by, Ability.UPLOAD_READS, at=at)
    gate.admit(by, Ability.VIEW_READS, at=at)


def ids_of(values: list[str]) -> list[UUID]:
    """The ids of ticked reads without doubles; raises ValueError for what is none."""
    return list(dict.fromkeys(UUID(value) for value in values))
