"""Files on their way into storage, whoever hands them in."""

import hashlib
from collections.abc import Iterator
from typing import IO

from django.core.files.base import File

_PIECE = 1024 * 1024


class TooLarge(Exception):
    """The stream brings more than a file may have."""


class Hashed(File):
    """A stream counted and hashed (SHA-256) while it is stored, and cut off by TooLarge beyond ``most`` bytes."""

    def __init__(self, stream: IO[bytes], *, most: int) -> None:
        super().__init__(stream)
        self._stream, self._most = stream, most
        self.hash, self.count = hashlib.sha256(), 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The stream from where it stands, piece by piece."""
        while piece := self._stream.read(chunk_size or _PIECE):
            self.count += len(piece)
            if self.count > self._most:
                raise TooLarge
            self.hash.update(piece)
            yield piece


def shown_name(name: str) -> str:
    """A file's name as it is shown: without its folders and what cannot be printed, at most 200 characters."""
    return "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())[:200]
