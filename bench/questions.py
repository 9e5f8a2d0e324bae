"""Two hundred random questions of every form a search has, about plates, places and times that occur in the data."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench import town
from bench.reads_at_scale import Filling

if TYPE_CHECKING:
    from detections.searching.question import Circle, Question

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SWAPS = {"0": "O", "O": "0", "1": "I", "I": "1", "8": "B", "B": "8", "5": "S", "S": "5", "2": "Z", "Z": "2", "D": "0"}
RADIUS_M = 500
# With how much the design's figures were measured, and what the issue asks for at twenty million, in milliseconds.
FORMS = {
    "exact": 5,
    "prefix": 5,
    "suffix": 8,
    "wildcard": 12,
    "substring": 50,
    "two_scattered": 5,
    "lookalike": 5,
    "edit1": 8,
    "canvass": 5,
    "scenes": 5,
    "convoy": 5,
}
# Their own windows bound these: hours, not the time for which reads are kept.
SHORT = ("two_scattered", "canvass", "scenes")


@dataclass(frozen=True, slots=True)
class Known:
    """A read of the data, and where its camera stands."""

    plate: str
    captured_at: datetime
    camera: int
    latitude: float
    longitude: float


def known_reads(filling: Filling, *, days: float, count: int = 1000) -> list[Known]:
    """Reads of fixed cameras from all over the last days, so that often seen vehicles are asked for often."""
    from django.db import connection

    since = filling.upto - timedelta(days=days)
    share = min(100.0, 100 * 20 * count / filling.reads)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.plate, d.captured_at, d.camera_id, s.latitude, s.longitude"
            " FROM (SELECT * FROM detections_detection TABLESAMPLE SYSTEM (%s) REPEATABLE (52)) d"
            " JOIN cameras_camera c ON c.number = d.camera_id AND c.kind = 'fixed'"
            " JOIN cameras_deployment p ON p.camera_id = c.id JOIN cameras_site s ON s.id = p.site_id"
            " WHERE d.captured_at >= %s AND d.captured_at < %s ORDER BY md5(d.id::text) LIMIT %s",
            [share, since + timedelta(hours=3), filling.upto - timedelta(hours=3), count],
        )
        return [Known(*row) for row in cursor]


class Maker:
    """Makes questions with a window of the last so many days; the same seed makes the same ones."""

    def __init__(self, filling: Filling, *, days: float, seed: int = 52) -> None:
        self.days = min(days, filling.days)
        self.from_at, self.to_at = filling.upto - timedelta(days=self.days), filling.upto
        self.known = known_reads(filling, days=self.days)
        self.chance = random.Random(seed)
        self.near = _neighbours()

    def make(self, form: str, count: int = 200) -> list["Question"]:
        """So many questions of the form."""
        make: Callable[[Known], Question] = getattr(self, f"_{form}")
        return [make(one) for one in self._fit(form, count)]

    def _fit(self, form: str, count: int) -> Iterator[Known]:
        """Known reads whose plate has enough characters for the form, again from the start where they run out."""
        least = {"wildcard": 7, "two_scattered": 7, "substring": 6, "suffix": 6, "prefix": 6}.get(form, 2)
        fit = [one for one in self.known if len(one.plate) >= least]
        for _ in range(count):
            yield self.chance.choice(fit)

    def _plate(self, plate: str, match: str = "exact", *, folded: bool = False) -> "Question":
        from detections.searching.question import Kind, Match, Question

        return Question(
            kind=Kind.PLATE, from_at=self.from_at, to_at=self.to_at, plate=plate, match=Match(match), folded=folded
        )

    def _exact(self, one: Known) -> "Question":
        return self._plate(one.plate)

    def _prefix(self, one: Known) -> "Question":
        return self._plate(one.plate[:4] + "*", "pattern")

    def _suffix(self, one: Known) -> "Question":
        return self._plate("*" + one.plate[-4:], "pattern")

    def _wildcard(self, one: Known) -> "Question":
        p = one.plate
        return self._plate(f"{p[0]}?{p[2]}?{p[4]}{p[5]}" + "?" * (len(p) - 6), "pattern")

    def _substring(self, one: Known) -> "Question":
        start = self.chance.randrange(1, len(one.plate) - 2)
        return self._plate(f"*{one.plate[start : start + 3]}*", "pattern")

    def _two_scattered(self, one: Known) -> "Question":
        """Two characters known by place, ten cameras around, six hours."""
        from detections.searching.question import Kind, Match, Question

        known = self.chance.sample(range(1, len(one.plate)), 2)
        pattern = "".join(letter if place in known else "?" for place, letter in enumerate(one.plate))
        return Question(
            kind=Kind.PLATE,
            from_at=one.captured_at - timedelta(hours=3),
            to_at=one.captured_at + timedelta(hours=3),
            plate=pattern,
            match=Match.PATTERN,
            cameras=self.near[one.camera],
        )

    def _lookalike(self, one: Known) -> "Question":
        return self._plate("".join(SWAPS.get(letter, letter) for letter in one.plate), "lookalike")

    def _edit1(self, one: Known) -> "Question":
        """The plate with one character wrong."""
        place = self.chance.randrange(len(one.plate))
        return self._plate(one.plate[:place] + self.chance.choice(ALPHABET) + one.plate[place + 1 :], "edit1")

    def _canvass(self, one: Known) -> "Question":
        from detections.searching.question import Kind, Question

        half = timedelta(minutes=15)
        return Question(
            kind=Kind.CANVASS, from_at=one.captured_at - half, to_at=one.captured_at + half, area=_around(one)
        )

    def _scenes(self, one: Known) -> "Question":
        """At all of three scenes: around this read and two others, an hour each."""
        from detections.searching.question import Kind, Question, Scene

        others = [self.chance.choice(self.known) for _ in range(2)]
        half = timedelta(minutes=30)
        scenes = tuple(
            Scene(_around(place), place.captured_at - half, place.captured_at + half) for place in (one, *others)
        )
        return Question(
            kind=Kind.SCENES,
            from_at=min(scene.from_at for scene in scenes),
            to_at=max(scene.to_at for scene in scenes),
            scenes=scenes,
            at_least=3,
        )

    def _convoy(self, one: Known) -> "Question":
        """Who travelled with this one within two minutes at three cameras or more, in a week."""
        from detections.searching.question import Kind, Question

        return Question(
            kind=Kind.CONVOY,
            from_at=max(self.from_at, one.captured_at - timedelta(days=3.5)),
            to_at=one.captured_at + timedelta(days=3.5),
            plate=one.plate,
        )


def _around(one: Known) -> "Circle":
    from detections.searching.question import Circle

    return Circle(one.latitude, one.longitude, RADIUS_M)


def _neighbours() -> dict[int, frozenset[int]]:
    """For each fixed camera, by number, itself and the nine nearest."""
    from cameras.models import Camera

    fixed = list(
        Camera.objects.filter(kind=Camera.Kind.FIXED).values_list(
            "number", "deployments__site__latitude", "deployments__site__longitude"
        )
    )
    return {
        number: frozenset(
            other
            for _, other in sorted(
                (town.metres((latitude, longitude), (north, east)), other) for other, north, east in fixed
            )[:10]
        )
        for number, latitude, longitude in fixed
    }
