"""The shapes of ingest: a read as it will be recorded, one that cannot be, and the answer each of them gets."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from detections.models import Detection

RECORDED, DUPLICATE, QUARANTINED, REFUSED = "recorded", "duplicate", "quarantined", "refused"


@dataclass(slots=True)
class NewRead:
    """A read whose every field has been judged. ``plate`` is normalised, ``plate_read`` as it was sent.

    Positions are decimal degrees or None; ``confidence`` is 0 to 1; ``captured_at`` is aware.
    """

    client_key: str
    plate: str
    plate_read: str
    captured_at: datetime
    state: str = ""
    latitude: float | None = None
    longitude: float | None = None
    confidence: float | None = None
    image_reference: str = ""
    vehicle: str = ""
    source: int = Detection.Source.DEVICE.value


@dataclass(slots=True)
class BadRead:
    """A read that cannot be recorded: which field is at fault and why. ``client_key`` is kept where it was sound."""

    client_key: str | None
    field: str
    reason: str
    code: str = "read.invalid"


@dataclass(slots=True)
class Answer:
    """What became of one read. ``id`` is the read's (or the quarantined read's), None where nothing was kept.

    ``hits`` counts hits on ordinary hot lists; those on special lists are told to nobody but the people granted them.
    ``code`` names why a read was refused; ``more`` holds the field or the clause at fault.
    """

    client_key: str | None
    id: UUID | None
    status: str
    reason: str = ""
    hits: int = 0
    code: str = ""
    more: dict[str, Any] | None = None

    def again(self) -> "Answer":
        """The answer to the same read sent once more."""
        return replace(self, status=DUPLICATE) if self.status == RECORDED else self

    def as_dict(self) -> dict[str, Any]:
        """The answer for machines; ``code`` and its details only where the read was refused."""
        answer = {
            "client_key": self.client_key,
            "id": None if self.id is None else str(self.id),
            "status": self.status,
            "reason": self.reason,
            "hits": self.hits,
        }
        if self.code:
            answer |= {"code": self.code} | (self.more or {})
        return answer


def refused(bad: BadRead) -> Answer:
    """The answer to a read that cannot be recorded; the reason names its field."""
    reason = f"{bad.field}: {bad.reason}" if bad.field else bad.reason
    return Answer(bad.client_key, None, REFUSED, reason, code=bad.code, more={"field": bad.field})


def conflict(client_key: str) -> Answer:
    """The answer to a key that already stands for another read: nothing was changed."""
    reason = "conflict: this client_key was used before for a read with other contents. Send a new key."
    return Answer(client_key, None, REFUSED, reason, code="read.conflict", more={"field": "client_key"})
