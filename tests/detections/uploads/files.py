"""Builders of files and uploads: CSV by the generic layout unless said otherwise, nothing random."""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from audit import asker
from audit.models import User
from cameras.models import Camera
from detections.models import Upload
from detections.uploads.hand_in import Received, start_upload
from detections.uploads.run import take_in
from tests import make

NOON = make.NOON
HEAD = "plate,captured_at,camera,state\n"


def plate(number: int) -> str:
    """Plates of a test begin with a zero, as none in California does."""
    return f"0{number % 10_000_000:07d}"


def csv_rows(count: int, *, camera: str = "CAM-01", first: int = 0, before: datetime = NOON) -> Iterator[str]:
    """Rows of the generic layout, one a second up to ``before``, the newest first."""
    for number in range(first, first + count):
        at = before - timedelta(seconds=number)
        yield f"{plate(number)},{at.isoformat()},{camera},CA\n"


def csv_file(count: int, **facts: Any) -> bytes:
    return (HEAD + "".join(csv_rows(count, **facts))).encode()


def json_file(reads: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(read) + "\n" for read in reads).encode()


def received(content: bytes, name: str = "export.csv") -> Received:
    return Received(io.BytesIO(content), name, len(content), hashlib.sha256(content).hexdigest())


def hand_in(
    content: bytes, by: User | asker.Asker, *, layout: str = "generic_csv", camera: Camera | None = None, at=NOON
) -> Upload:
    who = by if isinstance(by, asker.Asker) else make.by(by)
    return start_upload(by=who, at=at, received=received(content), layout=layout, camera=camera)


def taken(content: bytes, by: User | asker.Asker, *, at: datetime = NOON, **facts: Any) -> Upload:
    """A file handed in and taken in to its end."""
    upload = hand_in(content, by, at=at, **facts)
    done = take_in(upload_id=upload.pk, clock=clock(at))
    assert done is not None
    return done


def clock(at: datetime = NOON):
    """A clock that goes on by a millisecond at every look."""
    ticks = iter(range(10**9))
    return lambda: at + timedelta(milliseconds=next(ticks))
