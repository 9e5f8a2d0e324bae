"""The shapes of US plates, to settle which of two look-alikes a reader saw.

A reader cannot tell S from 5 by sight; the place in the plate often can. California's `1ABC123` never has a
letter in front. Only look-alikes are exchanged, and what was seen stays among the candidates.
"""

from typing import NamedTuple

# Letters and digits (L, D) of the common series, and how many look-alikes may be exchanged to get there: more for
# California, where the departments are. Of two that fit equally well the first wins.
SHAPES = {
    "DLLLDDD": 3,
    "DLDDDDD": 2,
    "LLLDDDD": 1,
    "LLLDDD": 1,
    "DDDLLL": 1,
    "LLDLDL": 1,
    "DDDDLL": 1,
    "LLDDDDD": 1,
    "LDDDDDD": 1,
}

_AS_DIGIT = dict(zip("OQDILBSZGAT", "00011852647", strict=True))
_AS_LETTER = dict(zip("0185264", "OIBSZGA", strict=True))


class Fit(NamedTuple):
    """A plate made to fit a shape by exchanging so many look-alikes."""

    plate: str
    exchanged: int


def fit(seen: str) -> Fit | None:
    """The known shape that takes the fewest exchanges; None where none fits.

    Texts of digits only or letters only are left alone: they are dates, words and personal plates.
    """
    if seen.isdigit() or seen.isalpha():
        return None
    fits = [made for shape in SHAPES if (made := _fit_to(seen, shape)) is not None]
    return min(fits, key=lambda made: made.exchanged, default=None)


def _fit_to(seen: str, shape: str) -> Fit | None:
    if len(seen) != len(shape):
        return None
    made = "".join(_as_kind(character, kind) for character, kind in zip(seen, shape, strict=True))
    exchanged = sum(a != b for a, b in zip(seen, made, strict=False))
    return Fit(made, exchanged) if len(made) == len(seen) and exchanged <= SHAPES[shape] else None


def _as_kind(character: str, kind: str) -> str:
    """The character as a digit or a letter; `""` where nothing of that kind looks like it."""
    if kind == "D":
        return character if character.isdigit() else _AS_DIGIT.get(character, "")
    return character if character.isalpha() else _AS_LETTER.get(character, "")
