"""What a question means, in plain Python over a list of reads: slow, and what the engine's answers are held to.

``fits`` and ``companions`` take the place of a read as (latitude, longitude), None where it is not known; ``place``
says which that is.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from audit.plates import distance_one, fold
from detections.searching.question import Area, Circle, Companion, Kind, Match, Question

EARTH_RADIUS_M = 6_371_008.8

Place = tuple[float, float]


class Read(Protocol):
    """What of a read is compared; a ``Detection`` has it."""

    id: UUID
    plate: str
    state: str
    camera_id: int
    captured_at: datetime
    latitude: float | None
    longitude: float | None


class Stand(NamedTuple):
    """Where a camera stood in ``[from_at, to_at)``; ``to_at`` None: it stands there still."""

    camera: int
    latitude: float
    longitude: float
    from_at: datetime
    to_at: datetime | None


def place(read: Read, *, moves: bool, stands: Iterable[Stand]) -> Place | None:
    """Where a read was made. The read's own position counts if its camera moves, or stood nowhere that we know of.

    Where deployments overlap, the one that began last counts.
    """
    stood = [
        stand
        for stand in stands
        if stand.camera == read.camera_id
        and stand.from_at <= read.captured_at
        and (stand.to_at is None or read.captured_at < stand.to_at)
    ]
    if read.latitude is not None and read.longitude is not None and (moves or not stood):
        return read.latitude, read.longitude
    latest = max(stood, key=lambda stand: stand.from_at, default=None)
    return (latest.latitude, latest.longitude) if latest else None


def metres(here: Place, there: Place) -> float:
    """The great circle distance (haversine)."""
    north, east = math.radians(there[0] - here[0]), math.radians(there[1] - here[1])
    scale = math.cos(math.radians(here[0])) * math.cos(math.radians(there[0]))
    half = math.sin(north / 2) ** 2 + scale * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def inside(area: Area, spot: Place) -> bool:
    """Whether the area has the place; of a polygon's line the southern and western sides belong to it."""
    if isinstance(area, Circle):
        return metres((area.latitude, area.longitude), spot) <= area.metres
    y, x = spot
    crossed = 0
    for (a_y, a_x), (b_y, b_x) in zip(area.corners, (*area.corners[1:], area.corners[0]), strict=True):
        if (a_y > y) != (b_y > y) and x < (b_x - a_x) * (y - a_y) / (b_y - a_y) + a_x:
            crossed += 1
    return crossed % 2 == 1


def spelled(question: Question, plate: str) -> bool:
    """Whether the plate is one that the question asks for."""
    return (not question.plate or _matches(question, plate)) and _contains(question, plate)


def fits(question: Question, read: Read, spot: Place | None) -> bool:
    """Whether a read answers the question; of scenes: was near one of them; of a convoy: is of the plate itself."""
    return (
        spelled(question, read.plate)
        and question.from_at <= read.captured_at < question.to_at
        and (not question.state or read.state in ("", question.state))
        and (not question.cameras or read.camera_id in question.cameras)
        and (question.area is None or (spot is not None and inside(question.area, spot)))
        and (question.kind is not Kind.SCENES or bool(_scenes(question, read, spot)))
    )


def companions(question: Question, reads: Iterable[Read], place_of: Callable[[Read], Place | None]) -> list[Companion]:
    """The plates seen at enough scenes, or along with the plate at enough cameras: those seen at most places first."""
    reads = list(reads)
    sightings = (
        _at_scenes(question, reads, place_of) if question.kind is Kind.SCENES else _along(question, reads, place_of)
    )
    enough = question.at_least if question.kind is Kind.SCENES else question.cameras_together
    found = []
    for plate, seen in sightings.items():
        places = sorted({number for _, numbers in seen for number in numbers})
        if len(places) >= enough:
            times = [read.captured_at for read, _ in seen]
            first, last = min(times), max(times)
            found.append(
                Companion(
                    plate,
                    _state(plate, reads, first, last),
                    len(places),
                    tuple(places),
                    sum(len(numbers) for _, numbers in seen),
                    first,
                    last,
                )
            )
    return sorted(found, key=lambda companion: (-companion.count, companion.plate))


_Sightings = dict[str, list[tuple[Read, list[int]]]]


def _at_scenes(question: Question, reads: list[Read], place_of: Callable[[Read], Place | None]) -> _Sightings:
    """Of each plate the reads near a scene, each with the numbers of its scenes."""
    seen: _Sightings = defaultdict(list)
    for read in reads:
        spot = place_of(read)
        if fits(question, read, spot):
            seen[read.plate].append((read, _scenes(question, read, spot)))
    return seen


def _along(question: Question, reads: list[Read], place_of: Callable[[Read], Place | None]) -> _Sightings:
    """Of each other plate the reads close in time to one of the plate, at the same camera."""
    leads = [read for read in reads if fits(question, read, place_of(read))]
    apart = timedelta(seconds=question.within_s)
    seen: _Sightings = defaultdict(list)
    for read in reads:
        together = any(
            lead.camera_id == read.camera_id and abs(lead.captured_at - read.captured_at) <= apart for lead in leads
        )
        if together and question.from_at <= read.captured_at < question.to_at and not spelled(question, read.plate):
            seen[read.plate].append((read, [read.camera_id]))
    return seen


def _scenes(question: Question, read: Read, spot: Place | None) -> list[int]:
    """The numbers, from 0, of the scenes at which the read was made."""
    return [
        number
        for number, scene in enumerate(question.scenes)
        if spot is not None and scene.from_at <= read.captured_at < scene.to_at and inside(scene.area, spot)
    ]


def _state(plate: str, reads: list[Read], first: datetime, last: datetime) -> str:
    """The state that the plate's reads told last between two times."""
    told = [read for read in reads if read.plate == plate and first <= read.captured_at <= last and read.state]
    return max(told, key=lambda read: (read.captured_at, read.id)).state if told else ""


def _matches(question: Question, plate: str) -> bool:
    wanted = question.plate
    if question.match is Match.EXACT:
        return plate == wanted
    if question.match is Match.LOOKALIKE:
        return fold(plate) == fold(wanted)
    if question.match is Match.EDIT1:
        return plate == wanted or distance_one(plate, wanted)
    if question.folded:
        plate, wanted = fold(plate), fold(wanted)
    return re.fullmatch(wanted.replace("?", ".").replace("*", ".*"), plate) is not None


def _contains(question: Question, plate: str) -> bool:
    wanted = question.containing
    if question.folded:
        plate, wanted = fold(plate), fold(wanted)
    there = Counter(plate)
    return all(there[character] >= times for character, times in Counter(wanted).items())
