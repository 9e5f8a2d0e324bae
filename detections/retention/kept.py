"""Which reads of a time a purge must leave: held, with an open hit, or come in after the purge was planned."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from detections.models import HeldRead, Hit, Latecomer, ReadRef


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


def kept_in(first: datetime, upto: datetime) -> Kept:
    """What must stay of the reads captured in ``[first, upto)``, as committed now. Three queries."""
    between = {"captured_at__gte": first, "captured_at__lt": upto}
    columns = ("detection_id", "camera_id", "captured_at")
    held = list(HeldRead.objects.filter(**between, hold__lifted_at=None).values_list(*columns, "hold_id"))
    waiting = Hit.objects.filter(**between).exclude(status=Hit.Status.CLOSED).values_list(*columns)
    late = Latecomer.objects.filter(**between).values_list(*columns)
    return Kept(
        held=frozenset(ReadRef(*row[:3]) for row in held),
        waiting=frozenset(ReadRef(*row) for row in waiting),
        late=frozenset(ReadRef(*row) for row in late),
        holds=dict(Counter(row[3] for row in held)),
    )
