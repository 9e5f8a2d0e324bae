"""The frame as a work paper: every query of the period, so that anyone can draw the sample again.

``<id>-frame.csv.gz`` (source, ref, leaf hash or digest of the row, strata) and ``<id>-sample.json`` (seed, sizes, what
was drawn) in the folder of work papers. Its SHA-256 is of the CSV itself, since packing differs between programs.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

HEAD = b"source,ref,hash,strata\n"
_MANY = 1 << 18


def folder() -> Path:
    """The folder of work papers, made when missing; nobody else's on the machine."""
    path = Path(settings.WORK_PAPERS or Path(settings.STATE_DIR) / "work-papers")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def name_of(inspection_id: UUID, kind: str) -> str:
    """``frame.csv.gz`` or ``sample.json`` of an inspection."""
    return f"{inspection_id}-{kind}"


class FrameWriter:
    """Lines of the frame; ``sha256`` is of all written so far."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file, self._hash, self._waiting, self._bytes = file, hashlib.sha256(), [HEAD], 0

    def write(self, line: bytes) -> None:
        """One query: ``source,ref,hash,strata`` with its line feed."""
        self._waiting.append(line)
        self._bytes += len(line)
        if self._bytes > _MANY:
            self.flush()

    def flush(self) -> None:
        """What waits goes to the file."""
        data = b"".join(self._waiting)
        self._hash.update(data)
        self._file.write(data)
        self._waiting, self._bytes = [], 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def writing(name: str) -> Iterator[FrameWriter]:
    """Write a frame under a name of its own until it is whole and on disk. An earlier try is replaced."""
    path = folder() / name
    part = path.with_name(f".{name}.{os.getpid()}")
    try:
        with open(part, "wb", opener=_private) as raw:
            with gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file:
                writer = FrameWriter(file)
                yield writer
                writer.flush()
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_sample(name: str, told: dict[str, Any]) -> None:
    """What was drawn, for whoever draws again."""
    path = folder() / name
    part = path.with_name(f".{name}.{os.getpid()}")
    with open(part, "w", encoding="utf-8", opener=_private) as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
