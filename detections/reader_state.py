"""How the plate reader of this installation is doing, from the file its installer keeps."""

import json
from dataclasses import dataclass

from django.conf import settings

_WORDS = {
    "off": "The plate reader is switched off here: photographs are read by a person.",
    "waiting": "The plate reader will be installed in a moment: photographs wait in their queue.",
    "installing": "The plate reader is still being installed: photographs wait in their queue.",
    "failed": "The plate reader could not be installed: photographs are read by a person.",
}


@dataclass(frozen=True, slots=True)
class ReaderState:
    """``state`` is off, waiting, installing, failed, ready or unknown; ``words`` are empty where all is well."""

    state: str
    words: str
    message: str = ""

    @property
    def will_read(self) -> bool:
        """Whether photographs are, or soon will be, read by the machine."""
        return self.state in ("ready", "unknown", "waiting", "installing")

    @property
    def reads_by_eye(self) -> bool:
        """Whether people read what waits, since no machine will."""
        return not self.will_read


def reader_state() -> ReaderState:
    """The state now. One small file read; a missing or damaged file is "unknown"."""
    if not settings.OCR_ENABLED:
        return ReaderState("off", _WORDS["off"])
    try:
        found = json.loads((settings.STATE_DIR / "ocr-install.json").read_text())
        state, message = str(found["state"]), str(found.get("message", ""))
    except (OSError, ValueError, KeyError, TypeError):
        return ReaderState("unknown", "")
    return ReaderState(state, _WORDS.get(state, ""), message)
