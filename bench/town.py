"""A town's reads, made up: vehicles, cameras, trips, convoys and misreads, as rows of PostgreSQL's binary COPY.

Plain Python without Django, so that several processes can make different hours at once; the same seed gives the same
reads however the hours are divided. Every plate begins with 0, as no Californian one does; the rest of a plate is
distributed as in a Californian town, so a pattern is as selective as on the street.
"""

import math
import random
import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter

VEHICLES = 3_000_000  # that ever pass through; the first of them most often: weight 1 / (i + 3000) ** 0.72
READS_A_DAY = 222_222
FIXED, MOBILE = 500, 50
MOBILE_SHARE, MISREAD_SHARE = 0.10, 0.03
CONVOYS_A_DAY = 80
METRES_A_SECOND = 12
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CENTRE = (38.58, -121.49)
HOURS = (5, 3, 2, 2, 4, 9, 20, 38, 42, 34, 30, 31, 34, 34, 36, 42, 48, 50, 42, 32, 25, 19, 13, 8)  # of a local day
UTC_OFFSET = 8

COLUMNS = (
    "captured_at, id, camera_id, latitude, longitude, confidence, source, plate, state, as_read, image_reference, "
    "vehicle"
)
HEADER, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack("!h", -1)
_FIXED = struct.Struct("!hiqiQQiiiiihih")
_MOBILE = struct.Struct("!hiqiQQiiiiiiihih")
_LENGTH = struct.Struct("!i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_UNIX_TO_EPOCH_MS = 946_684_800_000
_MICROSECONDS = 1_000_000

_EXPONENT = 1 - 0.72
_LOW = 3000**_EXPONENT
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SWAPS = {a: b for pair in ("0O", "0D", "1I", "1L", "8B", "5S", "2Z", "6G", "0Q") for a, b in (pair, pair[::-1])}
_ALPHABET = _LETTERS + "0123456789"
_STATES = ("CA", "CA", "CA", "CA", "CA", "CA", "")  # one reader in seven tells no state
_ELSEWHERE = ("NV", "OR", "AZ", "WA", "UT", "")
_MAKES = ("white Ford F-150", "silver Toyota Camry", "black Honda Civic", "grey Tesla Model 3")


def mixed(number: int) -> int:
    """64 well mixed bits of a number, always the same (the finaliser of splitmix64)."""
    number = (number + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return number ^ (number >> 31)


def plate_of(vehicle: int) -> tuple[str, str]:
    """The vehicle's plate and state: 62 % like 0ABC123, 9 % commercial, 22 % from elsewhere, 7 % vanity."""
    bits = mixed(vehicle)
    kind, bits = bits % 100, bits // 100
    if kind < 62:  # a stride through all of them, so no two vehicles share one
        number = vehicle * 6_700_417 % 17_576_000
        return f"0{_word(number // 1000, 3)}{number % 1000:03d}", _STATES[bits % 7]
    if kind < 71:
        number = vehicle * 1_618_033 % 2_600_000
        return f"0{_LETTERS[number // 100_000]}{number % 100_000:05d}", _STATES[bits % 7]
    if kind < 93:
        form, bits = bits % 4, bits // 4
        word, digits, state = _word(bits // 10_000 % 17_576, 3), f"{bits % 10_000:04d}", _ELSEWHERE[bits % 6]
        forms = (
            f"0{word[:2]}{digits}",
            f"00{digits[0]}{word}",
            f"0{word}{digits[:2]}{word[0]}",
            f"0{digits}{word[:2]}",
        )
        return forms[form], state
    length = (7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 4)[bits % 20]
    if length == 4 and bits // 20 % 20 == 0:
        length = 3 if bits // 400 % 20 else 2
    return "0" + _word(bits // 8000, length - 1), _STATES[bits % 7]


def _word(number: int, length: int) -> str:
    letters = ""
    for _ in range(length):
        number, letter = divmod(number, 26)
        letters += _LETTERS[letter]
    return letters


@dataclass(slots=True)
class Town:
    """Cameras by place in the list: numbers as reads name them, positions, and where traffic goes next."""

    numbers: list[int]  # fixed ones first, then the mobile
    vehicles: int = VEHICLES
    reads_a_day: int = READS_A_DAY
    seed: int = 52
    places: list[tuple[float, float]] = field(default_factory=list)
    onward: list[list[tuple[int, float]]] = field(default_factory=list)  # (camera, seconds), eight for each
    busy: list[int] = field(default_factory=list)  # each camera as often as trips start there

    def __post_init__(self) -> None:
        self.places = camera_places(self.seed)
        for here in self.places:
            near = sorted((metres(here, there), number) for number, there in enumerate(self.places))[1:9]
            self.onward.append([(number, max(away, 150) / METRES_A_SECOND) for away, number in near])
        self.busy = [number for number in range(FIXED) for _ in range(1 + 40 // (1 + number // 10))]

    def pieces(self, first: datetime, upto: datetime) -> Iterator[bytes]:
        """All reads captured in [first, upto), whole hours, in order of capture, as COPY rows."""
        # A trip goes on into the next hour, so the hour before the first is made too and all but its end dropped.
        hour, late = first - timedelta(hours=1), []
        while hour < upto:
            rows = late + self._hour(hour)
            rows.sort(key=itemgetter(0))
            hour += timedelta(hours=1)
            cut = bisect_left(rows, _instant(hour), key=itemgetter(0))
            late = rows[cut:]
            if hour > first:
                yield b"".join([row for _, row in rows[:cut]])

    def _hour(self, hour: datetime) -> list[tuple[int, bytes]]:
        chance = random.Random(f"{self.seed} {hour:%Y%m%d%H}")
        share = HOURS[(hour.hour - UTC_OFFSET) % 24] / sum(HOURS)
        reads, start = self.reads_a_day * share, _instant(hour)
        rows: list[tuple[int, bytes]] = []
        for _ in range(_whole(CONVOYS_A_DAY * self.reads_a_day / READS_A_DAY * share, chance)):
            seed, at = chance.random(), start + int(chance.random() * 3600 * _MICROSECONDS)
            way, length = chance.randrange(1 << 30), chance.randrange(4, 9)
            for behind in (0, int((3 + 80 * seed) * _MICROSECONDS)):
                self._trip(rows, chance, random.Random(way), at + behind, length)
        wanted = _whole(reads * (1 - MOBILE_SHARE), chance)
        while len(rows) < wanted:
            self._trip(
                rows, chance, chance, start + int(chance.random() * 3600 * _MICROSECONDS), 1 + int(chance.random() * 8)
            )
        self._patrols(rows, chance, start, _whole(reads * MOBILE_SHARE, chance))
        return rows

    def _vehicle(self, chance: random.Random) -> int:
        high = (self.vehicles + 3000) ** _EXPONENT
        return int((_LOW + chance.random() * (high - _LOW)) ** (1 / _EXPONENT)) - 3000

    def _trip(
        self, rows: list[tuple[int, bytes]], chance: random.Random, way: random.Random, at: int, length: int
    ) -> None:
        """One vehicle past so many cameras, each a neighbour of the one before; ``way`` decides which."""
        vehicle = self._vehicle(chance)
        plate, state = plate_of(vehicle)
        written, more = _plate(plate, state), _more(vehicle)
        one, bits, numbers, pack = chance.random, chance.getrandbits, self.numbers, _FIXED.pack
        camera = self.busy[int(way.random() * len(self.busy))]
        for _ in range(length):
            high, low = _identifier(at, bits(74))
            sure = 9999 - int(2500 * one() ** 3)
            read = written if one() >= MISREAD_SHARE else _plate(_misread(plate, chance), state)
            row = pack(12, 8, at, 16, high, low, 4, numbers[camera], -1, -1, 2, sure, 2, 1)
            rows.append((at, b"%b%b\0\0\0\x0c%08x.jpg%b" % (row, read, low & 0xFFFFFFFF, more)))
            camera, seconds = self.onward[camera][int(way.random() * 8)]
            at += int(seconds * (0.8 + 0.6 * way.random()) * _MICROSECONDS)

    def _patrols(self, rows: list[tuple[int, bytes]], chance: random.Random, start: int, count: int) -> None:
        """Reads from cars on patrol, which tell their own position: each car circles in a beat of its own."""
        one = chance.random
        for _ in range(count):
            at, car, vehicle = start + int(one() * 3600 * _MICROSECONDS), int(one() * MOBILE), self._vehicle(chance)
            plate, state = plate_of(vehicle)
            if one() < MISREAD_SHARE:
                plate = _misread(plate, chance)
            latitude, longitude = patrol_place(car, at, self.places)
            high, low = _identifier(at, chance.getrandbits(74))
            sure = 9999 - int(2500 * one() ** 3)
            row = _MOBILE.pack(
                12, 8, at, 16, high, low, 4, self.numbers[FIXED + car],
                4, round(latitude * 1_000_000), 4, round(longitude * 1_000_000), 2, sure, 2, 1,
            )  # fmt: skip
            rows.append(
                (at, b"%b%b\0\0\0\x0c%08x.jpg%b" % (row, _plate(plate, state), low & 0xFFFFFFFF, _more(vehicle)))
            )


def camera_places(seed: int = 52) -> list[tuple[float, float]]:
    """Where the fixed cameras stand: thicker towards the centre, in a town of about 20 by 20 km."""
    chance = random.Random(f"places {seed}")
    return [
        (round(CENTRE[0] + 0.035 * chance.gauss(0, 1), 6), round(CENTRE[1] + 0.045 * chance.gauss(0, 1), 6))
        for _ in range(FIXED)
    ]


def patrol_place(car: int, at: int, places: list[tuple[float, float]]) -> tuple[float, float]:
    """Where a car on patrol is: about 1.5 km around a camera of its own, at about 12 m/s."""
    latitude, longitude = places[car * 7]
    turn = at / _MICROSECONDS / 125 + car
    return latitude + 0.0135 * math.sin(turn), longitude + 0.0170 * math.cos(turn * 0.9)


def _misread(plate: str, chance: random.Random) -> str:
    """As readers err: mostly one look-alike for another, sometimes a character lost or a wrong one."""
    kind, place = chance.random(), 1 + int(chance.random() * (len(plate) - 1))  # the zero stays
    if kind < 0.8:
        fit = [number for number, letter in enumerate(plate) if number and letter in _SWAPS]
        if fit:
            place = fit[int(chance.random() * len(fit))]
            return plate[:place] + _SWAPS[plate[place]] + plate[place + 1 :]
    if kind < 0.9 and len(plate) > 2:
        return plate[:place] + plate[place + 1 :]
    return plate[:place] + _ALPHABET[int(chance.random() * 36)] + plate[place + 1 :]


def _plate(plate: str, state: str) -> bytes:
    """The columns plate, state and as_read (blank: it was read so)."""
    return b"%b%b%b%b\0\0\0\0" % (
        _LENGTH.pack(len(plate)), plate.encode(), _LENGTH.pack(len(state)), state.encode(),
    )  # fmt: skip


def _more(vehicle: int) -> bytes:
    """The column vehicle: one reader in eight tells make and colour."""
    words = _MAKES[vehicle // 8 % 4].encode() if vehicle % 8 == 0 else b""
    return _LENGTH.pack(len(words)) + words


def _identifier(at: int, noise: int) -> tuple[int, int]:
    """A UUIDv7 of two seconds after the capture, in two halves."""
    milliseconds = at // 1000 + _UNIX_TO_EPOCH_MS + 2000
    return milliseconds << 16 | 0x7000 | noise >> 62, 0x8 << 60 | noise & 0x3FFFFFFFFFFFFFFF


def _whole(amount: float, chance: random.Random) -> int:
    return int(amount) + (chance.random() < amount % 1)


def _instant(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def metres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Near enough within a town."""
    north, east = here[0] - there[0], (here[1] - there[1]) * math.cos(math.radians(CENTRE[0]))
    return 111_195 * math.hypot(north, east)
