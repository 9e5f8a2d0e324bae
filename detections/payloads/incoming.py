"""The common shape of a read that came in, whoever sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IncomingRead:
    """One sighting of one plate, as its sender claims it.

    `client_key` is the same whenever the same read is sent again and never holds the plate. `plate` is as the
    sender wrote it: `plates.normalise` judges it later, so that a refusal can name the character. `state` is
    a US code or empty. `captured_at` is aware. Confidences are 0 to 1, or None where the sender gives none.
    `vehicle` has at most the keys make, model and color: nothing about people is taken over. `candidates` are
    normalised other readings, best first. `image_jpeg` is untrusted bytes: `images.inspect` judges them.
    """

    client_key: str
    plate: str
    captured_at: datetime
    state: str = ""
    confidence: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    vehicle: Mapping[str, str] = field(default_factory=dict)
    image_jpeg: bytes | None = field(default=None, repr=False)
    candidates: tuple[tuple[str, float | None], ...] = ()
