"""Reads onto the table by binary COPY: one statement a batch, no SQL text with plates in it."""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cameras.models import Camera
from detections.ingest.reads import NewRead
from detections.ingest.wire import server_cursor

_COPY = """
    COPY detections_detection (id, captured_at, received_at, camera_id, latitude, longitude, confidence, photo_id,
                               plate, plate_read, state, source, image_reference, vehicle)
    FROM STDIN (FORMAT BINARY)
"""
# PostgreSQL's binary COPY: a header, then each row as its number of fields and each field as its length and bytes.
# Written by hand because psycopg's row writer, which finds a dumper for every value anew, takes three times as long.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = struct.pack("!h", -1)
_FIXED = struct.Struct("!hi16siqiqi16s")
_NUMBER, _NULL, _UUID = struct.Struct("!id"), struct.pack("!i", -1), struct.Struct("!i16s")
_LENGTH = struct.Struct("!i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PIECE = 200


def copy_reads(
    reads: Iterable[tuple[UUID, NewRead]], *, camera: Camera, at: datetime, photo_id: UUID | None = None
) -> None:
    """Insert the reads under their ids. Raises django.db.IntegrityError where a constraint of the table says no."""
    rows = list(reads)
    if not rows:
        return
    with server_cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_HEADER)
        # In pieces, so that PostgreSQL stores the first while the next is written.
        for start in range(0, len(rows), _PIECE):
            copy.write(_encoded(rows[start : start + _PIECE], camera, at, photo_id))
        copy.write(_END)


def _encoded(rows: Iterable[tuple[UUID, NewRead]], camera: Camera, at: datetime, photo_id: UUID | None) -> bytes:
    received, camera_id, photo = _instant(at), camera.pk.bytes, _uuid(photo_id)
    pack, length = _FIXED.pack, _LENGTH.pack
    pieces: list[bytes] = []
    for id_, read in rows:
        plate, written, state = read.plate.encode(), read.plate_read.encode(), read.state.encode()
        source, image, vehicle = read.source.encode(), read.image_reference.encode(), read.vehicle.encode()
        pieces += (
            pack(14, 16, id_.bytes, 8, _instant(read.captured_at), 8, received, 16, camera_id),
            _number(read.latitude), _number(read.longitude), _number(read.confidence), photo,
            length(len(plate)), plate, length(len(written)), written, length(len(state)), state,
            length(len(source)), source, length(len(image)), image, length(len(vehicle)), vehicle,
        )  # fmt: skip
    return b"".join(pieces)


def _instant(at: datetime) -> int:
    """Microseconds since 2000, as PostgreSQL keeps a timestamptz."""
    return (at - _EPOCH) // _MICROSECOND


def _number(value: float | None) -> bytes:
    return _NULL if value is None else _NUMBER.pack(8, value)


def _uuid(value: UUID | None) -> bytes:
    return _NULL if value is None else _UUID.pack(16, value.bytes)
