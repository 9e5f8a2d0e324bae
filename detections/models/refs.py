"""What finds a read. A module of its own: mypy's Django plugin does not come to an end beside the models."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class ReadRef(NamedTuple):
    """What finds a read in the partitioned store at once. Holds no plate, so it may stand in a signed cursor."""

    id: UUID
    camera: int
    captured_at: datetime

    def as_list(self) -> list[Any]:
        """For JSON: tokens, cursors, task arguments."""
        return [str(self.id), self.camera, self.captured_at.isoformat()]

    @classmethod
    def from_list(cls, parts: list[Any]) -> "ReadRef":
        """Raises ValueError for anything that ``as_list`` did not make."""
        try:
            identifier, camera, captured_at = parts
            return cls(UUID(identifier), int(camera), datetime.fromisoformat(captured_at))
        except (TypeError, AttributeError) as error:
            raise ValueError("no reference to a read") from error
