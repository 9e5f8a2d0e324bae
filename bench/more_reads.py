"""Further reads of the same town for the ingest benches, as the verb takes them; and the hot plates they meet."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import town

if TYPE_CHECKING:
    from detections.ingest.reads import NewRead

HOT_PLATES = 300_000
HOT_VEHICLES = 9_000  # of three million; the other hot plates never pass
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HOT = """
    INSERT INTO hotlists_hotplate ({columns})
    SELECT {values} FROM hotlists_hotplate h,
           unnest(string_to_array(%(plates)s, ' ')) WITH ORDINALITY AS new (plate, n) WHERE h.id = %(like)s
"""


def more_reads(first: datetime, count: int, *, seed: int) -> list["NewRead"]:
    """So many reads captured from a full hour on, in order of capture: other ones than the database holds."""
    made: list[NewRead] = []
    people = town.Town(list(range(town.FIXED + town.MOBILE)), seed=seed)
    hour = first
    while len(made) < count:
        for piece in people.pieces(hour, hour + timedelta(hours=1)):
            made += _decoded(piece, seed)
        hour += timedelta(hours=1)
    return made[:count]


def _decoded(piece: bytes, seed: int) -> Iterator["NewRead"]:
    """COPY rows back to reads."""
    from detections.ingest.reads import NewRead

    at = 0
    while at < len(piece):
        values, at = _row(piece, at)
        captured, latitude, longitude = (_number(values[place]) for place in (0, 3, 4))
        plate = values[7].decode()
        yield NewRead(
            client_key=f"{seed}-{values[1].hex()}",
            plate=plate,
            plate_read=plate,
            captured_at=_EPOCH + timedelta(microseconds=captured),
            state=values[8].decode(),
            latitude=latitude / 1_000_000 if values[3] else None,
            longitude=longitude / 1_000_000 if values[4] else None,
            confidence=_number(values[5]) / 10_000,
            image_reference=values[10].decode(),
            vehicle=values[11].decode(),
        )


def _row(piece: bytes, at: int) -> tuple[list[bytes], int]:
    (fields,) = struct.unpack_from("!h", piece, at)
    at += 2
    values = []
    for _ in range(fields):
        (length,) = struct.unpack_from("!i", piece, at)
        at += 4
        values.append(piece[at : at + max(length, 0)])
        at += max(length, 0)
    return values, at


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def enter_hot_plates(at: datetime) -> dict[str, Any]:
    """300,000 live entries, of which every 333rd vehicle of the town has one; ids of the entries by plate.

    By hand on a list that looks for nothing but the very plate: with possible matches each would have 400 near keys.
    """
    from django.db import connection

    from hotlists.models import HotPlate
    from tests import make

    forever = {"expires_at": None, "max_ttl_applies": False, "effective_from": town.LONG_AGO}
    first = make.hot_plate("0HOT000", at=at, hot_list=make.hot_list("The very plates", near="exact"), **forever)
    driven, plates = hot_plates()
    columns = [field.column for field in HotPlate._meta.concrete_fields]
    values = {"id": "md5('hot ' || n)::uuid", "plate": "new.plate"}
    with connection.cursor() as cursor:
        statement = _HOT.format(columns=", ".join(columns), values=", ".join(values.get(c, f"h.{c}") for c in columns))
        cursor.execute(statement, {"plates": " ".join(plates), "like": first.pk})
        cursor.execute("VACUUM ANALYZE hotlists_hotplate")
        cursor.execute("VACUUM ANALYZE hotlists_nearkey")
    return dict(HotPlate.objects.filter(plate__in=driven).values_list("plate", "pk"))


def hot_plates() -> tuple[set[str], list[str]]:
    """The plates of every 333rd vehicle of the town, and 300,000 with those that never pass."""
    driven = {town.plate_of(vehicle)[0] for vehicle in range(0, town.VEHICLES, town.VEHICLES // HOT_VEHICLES)}
    never = [f"1{number:06d}" for number in range(HOT_PLATES - len(driven))]
    return driven, [*sorted(driven), *never]
