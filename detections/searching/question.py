"""What a search asks, as a value: checked when it is made, kept as JSON, answered by ``searching.engine``.

Whether it may be asked is for the rules; a question that has no meaning raises ``QuestionError`` here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self
from uuid import UUID

from audit.plates import MAX_LENGTH

MOST_SCENES = 10
MOST_CORNERS = 50
LARGEST_RADIUS_M = 100_000
LONGEST_TOGETHER_S = 3600
_LITERAL = re.compile(rf"[A-Z0-9]{{1,{MAX_LENGTH}}}")
_PATTERN = re.compile(r"[A-Z0-9?*]{1,20}")
_STATE = re.compile(r"[A-Z]{2}")


class QuestionError(ValueError):
    """A question that has no meaning. ``field`` names the part to mend, the text says what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class Match(StrEnum):
    """How a plate is compared. In a PATTERN ``?`` is one character and ``*`` any run, also an empty one."""

    EXACT = "exact"
    PATTERN = "pattern"
    LOOKALIKE = "lookalike"
    EDIT1 = "edit1"


class Kind(StrEnum):
    """What is asked for: reads (of a plate, or near a scene), or plates (at several scenes, or along with one)."""

    PLATE = "plate"
    CANVASS = "canvass"
    SCENES = "scenes"
    CONVOY = "convoy"


@dataclass(frozen=True, slots=True)
class Circle:
    """All places at most so many metres from a point in degrees (WGS 84)."""

    latitude: float
    longitude: float
    metres: float

    def __post_init__(self) -> None:
        _check_position(self.latitude, self.longitude)
        if not 0 < self.metres <= LARGEST_RADIUS_M:
            raise QuestionError("area", f"A radius is more than 0 and at most {LARGEST_RADIUS_M // 1000} km.")


@dataclass(frozen=True, slots=True)
class Polygon:
    """The places inside a line through the corners, (latitude, longitude), which does not cross itself."""

    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.corners) <= MOST_CORNERS:
            raise QuestionError("area", f"A drawn area has 3 to {MOST_CORNERS} corners.")
        for latitude, longitude in self.corners:
            _check_position(latitude, longitude)
        if len(set(self.corners)) < len(self.corners) or _crosses_itself(self.corners):
            raise QuestionError("area", "The line around a drawn area may not cross or touch itself.")


Area = Circle | Polygon


@dataclass(frozen=True, slots=True)
class Scene:
    """A place and a time, ``from_at <= captured < to_at``."""

    area: Area
    from_at: datetime
    to_at: datetime

    def __post_init__(self) -> None:
        _check_window("scenes", self.from_at, self.to_at)


class Bounds(NamedTuple):
    """What may be seen at all: reads captured since ``seen_from`` (None: all), and those held under a case."""

    seen_from: datetime | None
    held_case: str = ""


class After(NamedTuple):
    """The last read of the page before: a page begins with the next older one."""

    captured_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Companion:
    """A plate seen at several scenes (``places``: their numbers from 0) or along with another (camera numbers)."""

    plate: str
    state: str
    """As told last between its first and last sighting; "" where none was told."""
    count: int
    places: tuple[int, ...]
    reads: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One search. The window is half open, ``from_at <= captured < to_at``, and bounds scenes too."""

    kind: Kind
    from_at: datetime
    to_at: datetime
    plate: str = ""
    """As normalised; "" for any. In a convoy the plate that the others travel with."""
    match: Match = Match.EXACT
    folded: bool = False
    """Whether a PATTERN takes look-alikes for each other (0 and O, 8 and B ...)."""
    containing: str = ""
    """Characters that the plate has somewhere, in any order, each as often as it stands here; ``folded`` applies."""
    state: str = ""
    """Reads whose state was not told fit any. In a convoy the state of ``plate``."""
    cameras: frozenset[int] = field(default=frozenset())
    """Camera numbers; empty for any."""
    area: Area | None = None
    scenes: tuple[Scene, ...] = ()
    at_least: int = 2
    """SCENES: plates read at this many of the scenes or more."""
    within_s: int = 120
    """CONVOY: how many seconds before or after ``plate``, at the same camera, count as together."""
    cameras_together: int = 3
    """CONVOY: at how many different cameras or more."""

    def __post_init__(self) -> None:
        _check_window("from_at", self.from_at, self.to_at)
        self._check_plate()
        if self.state and not _STATE.fullmatch(self.state):
            raise QuestionError("state", "A state is a two-letter code such as CA.")
        if self.kind is Kind.PLATE and not self.plate.strip("*") and not self.containing:
            raise QuestionError("plate", "Type at least one character of the plate.")
        if self.kind is Kind.CANVASS and self.area is None:
            raise QuestionError("area", "A canvass needs an area.")
        if self.kind is Kind.SCENES and not 2 <= len(self.scenes) <= MOST_SCENES:
            raise QuestionError("scenes", f"Name 2 to {MOST_SCENES} scenes.")
        if self.kind is Kind.SCENES and not 2 <= self.at_least <= len(self.scenes):
            raise QuestionError("at_least", "At least 2, and at most as many as there are scenes.")
        if self.kind is Kind.SCENES and self.area is not None:
            raise QuestionError("area", "Each scene has an area of its own.")
        if self.kind is Kind.CONVOY:
            self._check_convoy()

    def known_characters(self) -> int:
        """How many characters of the plate are known."""
        return sum(character not in "?*" for character in self.plate) + len(self.containing)

    def as_json(self) -> dict[str, Any]:
        """For ``Search.question``; parts that say nothing are left out."""
        told: dict[str, Any] = {"kind": self.kind.value, "window": _window_json(self.from_at, self.to_at)}
        for name in ("plate", "folded", "containing", "state"):
            if value := getattr(self, name):
                told[name] = value
        if self.match is not Match.EXACT:
            told["match"] = self.match.value
        if self.cameras:
            told["cameras"] = sorted(self.cameras)
        if self.area:
            told["area"] = _area_json(self.area)
        if self.kind is Kind.SCENES:
            told["scenes"] = [
                {"area": _area_json(s.area), "window": _window_json(s.from_at, s.to_at)} for s in self.scenes
            ]
            told["at_least"] = self.at_least
        if self.kind is Kind.CONVOY:
            told |= {"within_s": self.within_s, "cameras_together": self.cameras_together}
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The question ``as_json`` was made from; raises ``QuestionError`` for anything else."""
        try:
            return cls(**_parts(told))
        except QuestionError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise QuestionError("question", "This is no question as it was stored.") from error

    def _check_plate(self) -> None:
        if self.match is Match.PATTERN:
            if self.plate and not _PATTERN.fullmatch(self.plate):
                raise QuestionError("plate", "A pattern has letters, digits, ? and *, at most 20 of them.")
            if len(self.plate.replace("*", "")) > MAX_LENGTH:
                raise QuestionError("plate", f"A plate has at most {MAX_LENGTH} characters.")
        elif self.plate and not _LITERAL.fullmatch(self.plate):
            raise QuestionError("plate", f"A plate has 1 to {MAX_LENGTH} letters and digits.")
        elif self.folded:
            raise QuestionError("folded", "Look-alikes are a choice for patterns.")
        if self.containing and not _LITERAL.fullmatch(self.containing):
            raise QuestionError("containing", f"At most {MAX_LENGTH} letters and digits.")

    def _check_convoy(self) -> None:
        if not self.plate or self.containing or self.match not in (Match.EXACT, Match.LOOKALIKE):
            raise QuestionError("plate", "A convoy needs the whole plate that the others travelled with.")
        if not 1 <= self.within_s <= LONGEST_TOGETHER_S:
            raise QuestionError("within_s", f"Between 1 and {LONGEST_TOGETHER_S} seconds.")
        if self.cameras_together < 1:
            raise QuestionError("cameras_together", "At least one camera.")


def _parts(told: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(told)
    values["from_at"], values["to_at"] = _window_of(values.pop("window"))
    values["kind"] = Kind(values["kind"])
    if "match" in values:
        values["match"] = Match(values["match"])
    if "cameras" in values:
        values["cameras"] = frozenset(int(number) for number in values["cameras"])
    if "area" in values:
        values["area"] = _area_of(values["area"])
    if "scenes" in values:
        values["scenes"] = tuple(Scene(_area_of(s["area"]), *_window_of(s["window"])) for s in values["scenes"])
    if unknown := values.keys() - {part.name for part in fields(Question)}:
        raise KeyError(*unknown)
    return values


def _area_json(area: Area) -> dict[str, Any]:
    if isinstance(area, Circle):
        return {"circle": [area.latitude, area.longitude, area.metres]}
    return {"polygon": [list(corner) for corner in area.corners]}


def _area_of(told: Mapping[str, Any]) -> Area:
    if "circle" in told:
        latitude, longitude, metres = map(float, told["circle"])
        return Circle(latitude, longitude, metres)
    return Polygon(tuple((float(latitude), float(longitude)) for latitude, longitude in told["polygon"]))


def _window_json(from_at: datetime, to_at: datetime) -> list[str]:
    return [from_at.isoformat(), to_at.isoformat()]


def _window_of(told: list[str]) -> tuple[datetime, datetime]:
    from_at, to_at = map(datetime.fromisoformat, told)
    return from_at, to_at


def _check_window(field: str, from_at: datetime, to_at: datetime) -> None:
    if from_at.tzinfo is None or to_at.tzinfo is None:
        raise QuestionError(field, "A time needs its zone.")
    if from_at >= to_at:
        raise QuestionError(field, "The end must come after the start.")


def _check_position(latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise QuestionError("area", "Latitude is -90 to 90, longitude -180 to 180.")


def _crosses_itself(corners: tuple[tuple[float, float], ...]) -> bool:
    """Whether two sides that are no neighbours meet, or two neighbours lie on each other."""
    count = len(corners)
    sides = [(corners[i], corners[(i + 1) % count]) for i in range(count)]
    for first in range(count):
        (a, b), (_, c) = sides[first], sides[(first + 1) % count]
        if _turn(a, b, c) == 0 and _between(a, c, b) is False:
            return True
        for second in range(first + 2, count - (first == 0)):
            if _meet(*sides[first], *sides[second]):
                return True
    return False


_Point = tuple[float, float]


def _turn(a: _Point, b: _Point, c: _Point) -> int:
    """The side of the line from a to b on which c lies: 1, -1, or 0 on the line."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _between(a: _Point, b: _Point, c: _Point) -> bool:
    """Whether c, on the line through a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    ends = zip(turns, ((a, b, c), (a, b, d), (c, d, a), (c, d, b)), strict=True)
    return any(turn == 0 and _between(*points) for turn, points in ends)
