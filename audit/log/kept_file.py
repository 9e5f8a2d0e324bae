"""The file of checkpoints outside the database: one signed note after the other, each followed by an empty line.

It is only ever added to, and flushed to the disk before a checkpoint counts as kept in it. What it holds is also the
log's own memory of what it signed, should the database be set back.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from audit.log.notes import DASH, BadNote, Note, parse

TAIL_BYTES = 64 * 1024


def append(path: Path, note: str) -> None:
    """Add a note and flush it to the disk. Raises OSError."""
    torn = path.exists() and path.stat().st_size > 0 and not _tail(path, 2).endswith(b"\n\n")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        data = (("\n\n" if torn else "") + note + "\n").encode()
        if os.write(descriptor, data) != len(data):
            raise OSError("the file took only a part of the checkpoint")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def last(path: Path) -> Note | None:
    """The last whole note of the file; None if there is none. Raises OSError."""
    if not path.exists():
        return None
    whole = list(notes_in(_tail(path, TAIL_BYTES).decode("utf-8", "replace").split("\n")))
    return whole[-1] if whole else None


def every(path: Path) -> Iterator[Note]:
    """All whole notes of the file, in order, without holding the file in memory. Raises OSError."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        yield from notes_in(line.rstrip("\n") for line in lines)


def notes_in(lines: Iterable[str]) -> Iterator[Note]:
    """Whole notes among the lines; a torn one is passed over."""
    block: list[str] = []
    before: list[str] = []
    for line in lines:
        if line:
            block.append(line)
            continue
        if block and block[0].startswith(f"{DASH} ") and before:
            with contextlib.suppress(BadNote):  # torn when the machine stopped: it was never counted as kept
                yield parse("\n".join([*before, "", *block, ""]))
            block = []
        before, block = block, []


def _tail(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - most))
        return file.read()
