"""An open desk as the feed of its process knows it."""

from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from detections.live.events import Event
from hotlists.access import NOTHING, Granted

# A desk that takes nothing any more is not kept for: its line ends, and the page looks again when it comes back.
MOST_WAITING = 50


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

    def tell(self, message: bytes) -> None:
        """Hand the line a message; end it where nothing was taken for long."""
        if self.wanted.qsize() < MOST_WAITING:
            self.wanted.put(message)
            return
        with suppress(Empty):
            while True:
                self.wanted.get_nowait()
        self.wanted.put(None)
