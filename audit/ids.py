"""Identifiers made by the client, ordered by time: UUID version 7 (RFC 9562), opaque in every URL."""

import os
import time
import uuid
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7() -> uuid.UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then random. Python 3.11 has none of its own."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def made_at(identifier: uuid.UUID) -> datetime:
    """The instant (to the millisecond, UTC) at which a UUIDv7 was made, which its first 48 bits tell.

    Raises OverflowError for an id that is none, whose bits name a year after 9999.
    """
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)


def first_of(at: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of an instant: those made before it sort before it, and the others after."""
    return uuid.UUID(int=(at - _EPOCH) // timedelta(milliseconds=1) << 80 | 0x7 << 76 | 0x2 << 62)
