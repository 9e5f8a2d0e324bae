"""The quick start's mailbox: messages that the file backend wrote, so that a visitor can follow their own links."""

from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from django.conf import settings

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
_SEPARATOR = b"\n" + b"-" * 79


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was sent."""

    to: str
    subject: str
    body: str


def is_open() -> bool:
    """Only in the quick start, and only while messages go to files."""
    return bool(getattr(settings, "DEMO", False)) and settings.EMAIL_BACKEND == FILE_BACKEND


def folder() -> Path:
    """Where the messages lie."""
    return Path(settings.EMAIL_FILE_PATH)


def newest(most: int = 5) -> list[Message]:
    """The last messages, newest first."""
    files = sorted(folder().glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:most]
    return [_read(path) for path in files]


def _read(path: Path) -> Message:
    parsed = message_from_bytes(path.read_bytes().split(_SEPARATOR)[0], policy=default)
    body = parsed.get_body(("plain",))
    return Message(str(parsed["To"]), str(parsed["Subject"]), body.get_content() if body else "")
