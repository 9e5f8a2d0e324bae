"""From boxes of text to plates: which boxes belong together, and which text in a street scene is a plate.

A photograph also holds the date stamp, shop signs and the dealer's frame. Each text is scored by length, the
mix of letters and digits, the shape of its box and the engine's own confidence; several readings of one spot
vote.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from audit.plates import ALPHABET, MAX_LENGTH
from detections.readers.formats import fit
from detections.readers.reading import Box, Reading

MOST_READINGS = 5
# Below this a text is not offered as a plate at all: words without digits, stamps, noise.
LEAST_SCORE = 0.1
# And one far below the best is part of the street, not a second vehicle.
LEAST_SHARE = 0.35
# A guess that a plate follows a known shape is worth this much more; each exchanged look-alike costs a tenth.
SHAPE_BONUS = 1.5
EXCHANGE_COST = 0.9

_LENGTH_SCORE = {2: 0.05, 3: 0.1, 4: 0.35, 5: 0.7, 6: 1.0, 7: 1.0, 8: 0.6}
# 2014-06-17, 08:42.14, 05-01, 2014: what cameras print into their pictures.
_STAMP = re.compile(r"\d[.:,;*+]\d|\d\d\W\d\d\W\d\d|^\d\d\W\d\d$|(19|20)\d\d(\W|$)")


@dataclass(frozen=True, slots=True)
class Seen:
    """One text that the engine read at one spot, with its confidence from 0 to 1."""

    box: Box
    text: str
    confidence: float


@dataclass(slots=True)
class _Spot:
    """Overlapping boxes: one place in the photograph, and what was read there."""

    box: Box
    votes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    best: dict[str, tuple[float, Seen]] = field(default_factory=dict)


def with_neighbours(boxes: Sequence[Box]) -> list[Box]:
    """The boxes, and each pair on one line with a gap of at most about a character, joined: plates come in halves."""
    return [*boxes, *(_joined(a, b) for a in boxes for b in boxes if a is not b and _follows(a, b))]


def grown(box: Box, across: float, down: float, width: int, height: int) -> Box:
    """The box with margins in parts of its height, kept inside a picture of that width and height."""
    x, y, w, h = box
    left, top = max(0, int(x - across * h)), max(0, int(y - down * h))
    right, bottom = min(width, int(x + w + across * h)), min(height, int(y + h + down * h))
    return left, top, max(0, right - left), max(0, bottom - top)


def likelihood(seen: Seen) -> float:
    """How much this text in this box looks like a plate: 0 for not at all, 1 for very."""
    return _text_score(seen.text) * _box_score(seen.box) * max(seen.confidence, 0.01) ** 0.5


def rank(everything: Iterable[Seen]) -> list[Reading]:
    """The plates among all that was read, at most `MOST_READINGS`, the likeliest first."""
    spots: list[_Spot] = []
    for seen in sorted(everything, key=likelihood, reverse=True):
        spot = next((spot for spot in spots if _overlap(spot.box, seen.box)), None)
        if spot is None:
            spot = _Spot(seen.box)
            spots.append(spot)
        _vote(spot, seen)
    spots.sort(key=_score, reverse=True)
    least = max(LEAST_SCORE, LEAST_SHARE * _score(spots[0])) if spots else 0
    return [_reading(spot) for spot in spots[:MOST_READINGS] if _score(spot) >= least]


def stripped(text: str) -> str:
    """The letters and digits of a text, in upper case."""
    return "".join(c for c in text.upper() if c in ALPHABET)


def _score(spot: _Spot) -> float:
    return max(spot.votes.values(), default=0.0)


def _vote(spot: _Spot, seen: Seen) -> None:
    plate = stripped(seen.text)
    weight = likelihood(seen)
    if not weight:
        return
    fitted = fit(plate)
    if fitted is None:
        _count(spot, plate, weight, seen.confidence, seen)
        return
    worth = EXCHANGE_COST**fitted.exchanged
    _count(spot, fitted.plate, weight * SHAPE_BONUS * worth, seen.confidence * worth, seen)
    if fitted.exchanged:
        spot.best.setdefault(plate, (seen.confidence * (1 - worth), seen))


def _count(spot: _Spot, plate: str, weight: float, confidence: float, seen: Seen) -> None:
    spot.votes[plate] += weight
    if plate not in spot.best or confidence > spot.best[plate][0]:
        spot.best[plate] = (confidence, seen)


def _reading(spot: _Spot) -> Reading:
    plate = max(spot.votes, key=lambda voted: spot.votes[voted])
    confidence, seen = spot.best[plate]
    order = sorted(spot.best, key=lambda p: (p != plate, -spot.votes.get(p, 0), -spot.best[p][0]))
    return Reading(
        text=seen.text,
        plate=plate,
        confidence=round(confidence, 4),
        box=seen.box,
        candidates=tuple((p, round(spot.best[p][0], 4)) for p in order),
    )


def _text_score(text: str) -> float:
    plate = stripped(text)
    score = _LENGTH_SCORE.get(len(plate), 0.0) if len(plate) <= MAX_LENGTH else 0.0
    digits = sum(character.isdigit() for character in plate)
    if digits == 0:
        score *= 0.25
    elif digits == len(plate):
        score *= 0.3
    if _STAMP.search(text):
        score *= 0.1
    return score * 0.85 ** sum(not c.isalnum() and c not in " -.\u00b7" for c in text)


def _box_score(box: Box) -> float:
    """A line of plate text is two to six times as wide as it is high."""
    aspect = box[2] / max(box[3], 1)
    if 2 <= aspect <= 6.5:
        return 1.0
    return 0.5 if 1.3 <= aspect <= 8 else 0.1


def _follows(first: Box, second: Box) -> bool:
    """Whether the second box goes on where the first ends: same line, like height, small gap."""
    tall, short = max(first[3], second[3]), min(first[3], second[3])
    level = abs((first[1] + first[3] / 2) - (second[1] + second[3] / 2)) < 0.5 * tall
    gap = second[0] - (first[0] + first[2])
    return level and short > 0.5 * tall and second[0] >= first[0] and -0.3 * tall < gap < 1.2 * tall


def _joined(first: Box, second: Box) -> Box:
    x, y = min(first[0], second[0]), min(first[1], second[1])
    right = max(first[0] + first[2], second[0] + second[2])
    bottom = max(first[1] + first[3], second[1] + second[3])
    return x, y, right - x, bottom - y


def _overlap(first: Box, second: Box) -> bool:
    """Whether half of the smaller box lies in the other."""
    across = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    down = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    smaller = min(first[2] * first[3], second[2] * second[3])
    return across > 0 and down > 0 and across * down >= 0.5 * smaller
