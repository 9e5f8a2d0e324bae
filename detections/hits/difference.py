"""Where a read differs from a hot plate, character by character, in signs to mark and in words. Pure."""

from dataclasses import dataclass
from itertools import pairwise

_ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")
GAP = "–"


@dataclass(frozen=True, slots=True)
class Sign:
    """One place of a plate as it is shown; ``marked`` where the two differ, or where the hot plate says ``?``."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """Both plates, place by place (a missing character is a dash), and the same in words, one sentence each."""

    hot: tuple[Sign, ...]
    read: tuple[Sign, ...]
    words: tuple[str, ...]


def difference(hot: str, read: str) -> Difference:
    """Compare a hot plate, which may hold ``?`` for one unknown character, with the plate of a read."""
    places = _align(hot, read)
    marked = [one != other for one, other in places]
    return Difference(
        hot=tuple(Sign(one or GAP, mark) for (one, _), mark in zip(places, marked, strict=True)),
        read=tuple(Sign(other or GAP, mark) for (_, other), mark in zip(places, marked, strict=True)),
        words=tuple(_words(places)),
    )


def _words(places: list[tuple[str, str]]) -> list[str]:
    said, in_hot, in_read = [], 0, 0
    for one, other in places:
        in_hot, in_read = in_hot + bool(one), in_read + bool(other)
        if one == other:
            continue
        if one == "?":
            said.append(f"{_ORDINALS[in_hot]} character: not known, {other or 'nothing'} in the read.")
        elif not other:
            said.append(f"{_ORDINALS[in_hot]} character of the hot plate: {one}, missing in the read.")
        elif not one:
            said.append(f"{_ORDINALS[in_read]} character of the read: {other}, not in the hot plate.")
        else:
            said.append(f"{_ORDINALS[in_hot]} character: {one} in the hot plate, {other} in the read.")
    return said


def _align(hot: str, read: str) -> list[tuple[str, str]]:
    """Pairs of characters by the fewest edits, "" where one side has none; ``?`` costs nothing against any."""
    costs = _costs(hot, read)
    row, column = len(hot), len(read)
    places: list[tuple[str, str]] = []
    while row or column:
        here = costs[row][column]
        if row and column and here == costs[row - 1][column - 1] + _cost(hot[row - 1], read[column - 1]):
            row, column = row - 1, column - 1
            places.append((hot[row], read[column]))
        elif row and here == costs[row - 1][column] + 1:
            row -= 1
            places.append((hot[row], ""))
        else:
            column -= 1
            places.append(("", read[column]))
    return places[::-1]


def _costs(hot: str, read: str) -> list[list[int]]:
    rows = [list(range(len(read) + 1))]
    for number, one in enumerate(hot, start=1):
        row = [number]
        for column, (slant, above) in enumerate(pairwise(rows[-1])):
            row.append(min(slant + _cost(one, read[column]), above + 1, row[-1] + 1))
        rows.append(row)
    return rows


def _cost(one: str, other: str) -> int:
    return 0 if one in ("?", other) else 1
