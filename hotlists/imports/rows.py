"""A file as columns of raw cells, some thousand rows at a time. Never more of it in memory than two such parts."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain, compress, islice
from operator import itemgetter
from typing import IO, Any

from audit.text_files import Unfit, not_text
from hotlists.imports.head import LONGEST, Head
from hotlists.imports.layout import Layout

# Small enough for the cells of a block to stay in the cache of a processor.
BLOCK = 128 * 1024
MOST_ROWS = 10_000
# csv's own limit of a cell, which other code of the process may have changed.
LONGEST_CELL = 128 * 1024


@dataclass(slots=True)
class Part:
    """Rows as columns: the raw cells of each field, and the line each row begins on.

    ``bad`` are rows that could not be cut into cells: line, field, why. ``rows`` counts these too.
    """

    columns: dict[str, Sequence[str]]
    lines: Sequence[int]
    bad: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.lines) + len(self.bad)


class Blocks:
    """The file's text in pieces of whole lines. ``offset`` and ``line``: the bytes and lines before the next one."""

    def __init__(self, file: IO[bytes], encoding: str, head: Head) -> None:
        self._file, self._encoding = file, encoding
        self.offset, self.line = head.offset, head.line
        file.seek(head.offset)

    def __iter__(self) -> Iterator[str]:
        rest = b""
        while read := self._file.read(BLOCK):
            block = rest + read
            cut = block.rfind(b"\n") + 1
            if len(block) - cut > LONGEST:
                line = self.line + block.count(b"\n") + 1
                raise Unfit("long_line", f"Line {line:,} is longer than {LONGEST // 1024} KB.")
            rest = block[cut:]
            if cut:
                yield self._text(block[:cut])
        if rest:
            yield self._text(rest)

    def _text(self, block: bytes) -> str:
        if b"\0" in block:
            line = self.line + block.count(b"\n", 0, block.index(b"\0")) + 1
            raise Unfit("nul", f"Line {line:,} holds a NUL byte, so the file is no text.")
        try:
            text = block.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise not_text(self.line + block.count(b"\n", 0, error.start) + 1, self._encoding) from error
        self.offset += len(block)
        self.line += block.count(b"\n")
        return text


def parts(blocks: Blocks, layout: Layout, head: Head) -> Iterator[Part]:
    """The file's rows; raises Unfit where it can be read no further."""
    return _fixed(blocks, head) if layout.form == "fixed" else _csv(blocks, layout, head)


def _csv(blocks: Blocks, layout: Layout, head: Head) -> Iterator[Part]:
    """Block by block as long as every quoted cell ends in its block; row by row from there on."""
    csv.field_size_limit(LONGEST_CELL)
    before, each = head.line, iter(blocks)
    for text in each:
        part = _plain(text, before, layout, head) or _quoted(text, before, layout, head)
        if part is None:
            yield from _streamed(chain([text], each), before, layout, head)
            return
        yield part
        before = blocks.line


def _plain(text: str, before: int, layout: Layout, head: Head) -> Part | None:
    """A block without a quote, cut at once: no row becomes an object. None where it is not that simple.

    Line ends become cells of their own: every row has the right number of cells where each of them is in its place.
    """
    if '"' in text:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"
    stride, delimiter = head.width + 1, layout.delimiter
    cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    cells.pop()  # behind the last line end
    ends = cells[head.width :: stride]
    rows = text.count("\n")
    if "\r" in text or len(cells) != rows * stride or ends.count("\n") != rows or (stride == 2 and "" in cells):
        return None
    columns = {role: _together([cells[place::stride] for place in places]) for role, places in head.places.items()}
    return Part(columns, range(before + 1, before + 1 + rows))


def _quoted(text: str, before: int, layout: Layout, head: Head) -> Part | None:
    """A block by csv; None where a row is not sound, or reaches into the next block."""
    reader = csv.reader(_lines_of(text), delimiter=layout.delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        return None
    return _cut(rows, _numbers(rows, before + 1, before + reader.line_num, exact=True), head)


def _streamed(texts: Iterable[str], before: int, layout: Layout, head: Head) -> Iterator[Part]:
    # With newline="\n" a line ends at LF and nowhere else; csv takes the CR of a CRLF.
    lines = chain.from_iterable(map(_lines_of, texts))
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    while True:
        rows: list[list[str]] = []
        first, error = before + reader.line_num, ""
        try:
            rows.extend(islice(reader, MOST_ROWS))
        except csv.Error as wrong:
            error = str(wrong)
        numbers = _numbers(rows, first + 1, before + reader.line_num, exact=not error)
        part = _cut(rows, numbers, head)
        if error:
            _judge(error, part, numbers[-1] + _lines_in(rows[-1]) if rows else first + 1)
        elif not rows:
            return
        yield part


def _lines_of(text: str) -> StringIO:
    return StringIO(text, newline="\n")


def _numbers(rows: list[list[str]], first: int, last: int, *, exact: bool) -> Sequence[int]:
    """The line that each row begins on: one after the other, unless quoted cells reach over lines."""
    if exact and last - first + 1 == len(rows):
        return range(first, first + len(rows))
    numbers = []
    for row in rows:
        numbers.append(first)
        first += _lines_in(row)
    return numbers


def _lines_in(row: list[str]) -> int:
    return 1 + sum(cell.count("\n") for cell in row)


def _judge(error: str, part: Part, line: int) -> None:
    """A row that csv could not read: named, where the rows after it can be read; else the end."""
    if "unexpected end" in error:
        raise Unfit("open_quote", f"On line {line:,} a quote is opened and never closed.")
    if "field limit" in error:
        words = f"A cell on line {line:,} is longer than {LONGEST_CELL // 1024} KB, or its quote is never closed."
        raise Unfit("long_cell", words)
    why = "has a carriage return (CR) inside." if "new-line character" in error else "has a quote in the wrong place."
    part.bad.append((line, "", why))


def _cut(rows: list[list[str]], numbers: Sequence[int], head: Head) -> Part:
    """Rows turned into columns; those with another number of cells are bad, and empty lines are nothing."""
    width, bad = head.width, []
    if set(map(len, rows)) - {width}:
        whole = [len(row) == width for row in rows]
        bad = [
            (number, "", f"has {len(row)} columns where the file has {width}.")
            for row, number in zip(rows, numbers, strict=True)
            if row and len(row) != width
        ]
        rows, numbers = list(compress(rows, whole)), list(compress(numbers, whole))
    cells: list[Sequence[str]] = list(zip(*rows, strict=True)) if rows else [()] * width
    columns = {role: _together([cells[place] for place in places]) for role, places in head.places.items()}
    return Part(columns, numbers, bad)


def _together(columns: Sequence[Sequence[str]]) -> Sequence[str]:
    return columns[0] if len(columns) == 1 else list(map(" ".join, zip(*columns, strict=True)))


def _fixed(blocks: Blocks, head: Head) -> Iterator[Part]:
    spans = [slice(first - 1, last) for several in head.spans.values() for first, last in several]
    least: int = max(span.stop for span in spans)
    # One that takes nothing, so that there is always a tuple.
    cut: Callable[[str], tuple[str, ...]] = itemgetter(*spans, slice(0, 0))
    first = head.line + 1
    for text in blocks:
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        stray = False
        if "\r" in text:
            stray = text.count("\r") != text.count("\r\n")
            lines = [line.removesuffix("\r") for line in lines]
        numbers: Sequence[int] = range(first, first + len(lines))
        first += len(lines)
        lengths, bad = list(map(len, lines)), []
        if stray or min(lengths) < least or max(lengths) > head.width:
            faults = [_fault(line, least, head.width) for line in lines]
            bad = [(number, "", fault) for number, fault in zip(numbers, faults, strict=True) if fault]
            whole = [not fault and bool(line.strip()) for line, fault in zip(lines, faults, strict=True)]
            lines, numbers = list(compress(lines, whole)), list(compress(numbers, whole))
        yield _fixed_part(list(map(cut, lines)), numbers, bad, head)


def _fixed_part(rows: list[Any], numbers: Sequence[int], bad: list[tuple[int, str, str]], head: Head) -> Part:
    cells: Iterator[Sequence[str]] = iter(zip(*rows, strict=True) if rows else ())
    none: Sequence[str] = ()
    columns = {role: _together([next(cells, none) for _ in several]) for role, several in head.spans.items()}
    return Part(columns, numbers, bad)


def _fault(line: str, least: int, length: int) -> str:
    """Why a fixed-width line is bad; an empty one is nothing."""
    if not line.strip():
        return ""
    if "\r" in line:
        return "has a carriage return (CR) inside."
    if len(line) < least:
        return f"has {len(line)} characters where the layout needs {least}."
    return f"has more than the {length} characters of the layout." if line[length:].strip() else ""
