"""What a plate reader is and what it answers. Two methods, so that another engine is one small file."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

Box = tuple[int, int, int, int]


class OcrUnavailable(RuntimeError):
    """No plate reader is installed here: photographs wait until one is."""


class WeightsError(RuntimeError):
    """The reader's weights are missing or not the ones that were reviewed. Nothing of them has been loaded."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One plate seen in a photograph: a machine's claim, never acted on without a person.

    `text` is what the engine saw, `plate` that text in its stored form. `confidence` is 0 to 1. `box` is x,
    y, width and height in pixels of the upright photograph. `candidates` are other plates the same spot may
    show, each with its confidence, the likeliest first; `plate` itself is the first of them.
    """

    text: str
    plate: str
    confidence: float
    box: Box
    candidates: tuple[tuple[str, float], ...] = ()


@runtime_checkable
class PlateReader(Protocol):
    """An engine that finds and reads plates. It may be slow to make and is used by one thread at a time."""

    name: str

    def read(self, image: bytes) -> list[Reading]:
        """The plates in a JPEG or PNG, the likeliest first; raises `images.PhotoError` for any other file."""
        ...

    def close(self) -> None:
        """Give back the memory; the reader is not used afterwards."""
        ...
