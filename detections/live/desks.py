"""An open desk as the feed of its process knows it."""

from dataclasses import dataclass, field
from queue import SimpleQueue

from detections.live.events import Event
from hotlists.access import NOTHING, Granted


@dataclass(eq=False, slots=True)
class Desk:
    """One open desk: whose session it is, what it has not been told yet, and the bytes that wait for its line.

    None in ``wanted`` ends the line. ``granted`` is what its person could see when that was last asked.
    """

    session_key: str | None
    user_id: int
    granted: Granted = NOTHING
    pending: dict[int, Event] = field(default_factory=dict)
    wanted: "SimpleQueue[bytes | None]" = field(default_factory=SimpleQueue)
