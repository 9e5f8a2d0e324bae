"""A file as lines, from any byte on, with never more of it in memory than a block and the longest line taken.

A CSV row that is quoted over several lines comes as one; a quote that is never closed costs its own line and no more.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import IO, NamedTuple

BLOCK = 1024 * 1024
LONGEST = 64 * 1024
MOST_JOINED = 100


class Line(NamedTuple):
    """A row's bytes without its line end; ``offset`` and ``length`` tell where they lie, ``number`` counts from 1.

    ``fault`` says why the row can be no read, whatever is in it; ``text`` is then only its beginning.
    """

    number: int
    offset: int
    length: int
    text: bytes
    fault: str = ""
    lines: int = 1


class Lines:
    """The lines of a binary file. ``offset`` and ``number`` are where the next one begins and how many came before."""

    def __init__(self, file: IO[bytes], *, offset: int = 0, number: int = 0, quoted: str = "") -> None:
        self._file = file
        self._file.seek(offset)
        self.offset, self.number = offset, number
        self._quoted = quoted
        self._waiting: deque[Line] = deque()
        self._raw = self._split()
        self.ends_open = False

    def __iter__(self) -> Iterator[Line]:
        raw, waiting, quoted = self._raw, self._waiting, bool(self._quoted)
        while True:
            line = waiting.popleft() if waiting else next(raw, None)
            if line is None:
                return
            if quoted and b'"' in line.text and line.text.count(b'"') % 2 and not line.fault and self._opens(line.text):
                line = self._joined(line)
            self.offset, self.number = line.offset + line.length, line.number + line.lines - 1
            yield line

    def _opens(self, text: bytes) -> bool:
        """Whether a quote is still open at the end."""
        try:
            # Latin-1 takes every byte; only the quotes and delimiters matter here.
            list(csv.reader([text.decode("latin-1")], delimiter=self._quoted, strict=True))
        except csv.Error as error:
            return "unexpected end of data" in str(error)
        return False

    def _joined(self, first: Line) -> Line:
        """The row with the lines that its quote reaches over; the others are put back where it never closes."""
        taken, size = [first], first.length
        while len(taken) < MOST_JOINED and size <= LONGEST:
            line = self._waiting.popleft() if self._waiting else next(self._raw, None)
            if line is None:
                break
            taken.append(line)
            size += line.length
            if line.fault:
                break
            if line.text.count(b'"') % 2:
                text = b"\n".join(one.text for one in taken)
                if not self._opens(text):
                    return Line(first.number, first.offset, size, text, lines=len(taken))
        self._waiting.extendleft(reversed(taken[1:]))
        return first._replace(fault="has a quote that is never closed.")

    def _split(self) -> Iterator[Line]:
        """The physical lines. One that is too long is read over without being kept."""
        offset, number, rest, dropped = self.offset, self.number, b"", 0
        while block := self._file.read(BLOCK):
            pieces = (rest + block).split(b"\n")
            rest = pieces.pop()
            for text in pieces:
                number += 1
                length = dropped + len(text) + 1
                yield _line(number, offset, length, text, dropped)
                offset, dropped = offset + length, 0
            if len(rest) > LONGEST:  # keep its beginning, which names it; count the others
                dropped += len(rest) - LONGEST
                rest = rest[:LONGEST]
        if rest or dropped:
            self.ends_open = True
            yield _line(number + 1, offset, dropped + len(rest), rest, dropped)


def _line(number: int, offset: int, length: int, text: bytes, dropped: int) -> Line:
    if dropped or len(text) > LONGEST:
        return Line(number, offset, length, text[:1000], f"is longer than {LONGEST // 1024} KB.")
    if text.endswith(b"\r"):
        text = text[:-1]
    return Line(number, offset, length, text)
