"""Stand-ins for the slow parts of the product."""

from collections.abc import Sequence

from detections import images
from detections.ocr import Reading


class FakePlateReader:
    """A plate reader that answers what it was told, one list per photograph, the last one over and over.

    It opens every photograph as a real reader does, so damaged ones raise `PhotoError`; `seen` keeps what it
    was given and `closed` whether it was closed. An exception among the answers is raised.
    """

    name = "fake"

    def __init__(self, *answers: Sequence[Reading] | Exception) -> None:
        self.answers = list(answers) or [[]]
        self.seen: list[bytes] = []
        self.closed = False

    def read(self, image: bytes) -> list[Reading]:
        images.upright(image)
        self.seen.append(image)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def close(self) -> None:
        self.closed = True


def reading(plate: str = "0DEM123", confidence: float = 0.9, **kwargs: object) -> Reading:
    """A reading of one plate, for `FakePlateReader`."""
    values = {"text": plate, "box": (60, 40, 120, 40), "candidates": ((plate, confidence),)} | kwargs
    return Reading(plate=plate, confidence=confidence, **values)  # type: ignore[arg-type]
