"""Reads onto the table by binary COPY: one statement a batch, no SQL text with plates in it.

The statement's trigger adds the plates that no read had before to the dictionary (migration 0008).
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cameras.models import Camera
from detections.ingest.reads import NewRead
from detections.ingest.wire import server_cursor
from detections.models.reads import MILLIONTHS, TEN_THOUSANDTHS

_COPY = """
    COPY detections_detection (captured_at, id, camera_id, latitude, longitude, confidence, source,
                               plate, state, as_read, image_reference, vehicle, photo_id)
    FROM STDIN (FORMAT BINARY)
"""
# PostgreSQL's binary COPY: a header, then each row as its number of fields and each field as its length and bytes.
# Written by hand because psycopg's row writer, which finds a dumper for every value anew, takes three times as long.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = struct.pack("!h", -1)
_FIXED = struct.Struct("!hiqi16sii")
_INTEGER, _SMALL, _SOURCE = struct.Struct("!ii"), struct.Struct("!ih"), struct.Struct("!ihi")
_NULL, _UUID, _LENGTH = struct.pack("!i", -1), struct.Struct("!i16s"), struct.Struct("!i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PIECE = 200


def copy_reads(reads: Iterable[tuple[UUID, NewRead]], *, camera: Camera, photo_id: UUID | None = None) -> None:
    """Insert the reads under their ids. Raises django.db.IntegrityError where a constraint of the table says no."""
    rows = list(reads)
    if not rows:
        return
    with server_cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_HEADER)
        # In pieces, so that PostgreSQL stores the first while the next is written.
        for start in range(0, len(rows), _PIECE):
            copy.write(_encoded(rows[start : start + _PIECE], camera.number, _uuid(photo_id)))
        copy.write(_END)


def _encoded(rows: Iterable[tuple[UUID, NewRead]], camera: int, photo: bytes) -> bytes:
    pack, source, length = _FIXED.pack, _SOURCE.pack, _LENGTH.pack
    pieces: list[bytes] = []
    for id_, read in rows:
        plate, state, image, vehicle = (
            text.encode() for text in (read.plate, read.state, read.image_reference, read.vehicle)
        )
        written = b"" if read.plate_read == read.plate else read.plate_read.encode()
        pieces += (
            pack(13, 8, _instant(read.captured_at), 16, id_.bytes, 4, camera),
            _scaled(read.latitude), _scaled(read.longitude), _sure(read.confidence),
            source(2, read.source, len(plate)), plate, length(len(state)), state,
            length(len(written)), written, length(len(image)), image, length(len(vehicle)), vehicle, photo,
        )  # fmt: skip
    return b"".join(pieces)


def _instant(at: datetime) -> int:
    """Microseconds since 2000, as PostgreSQL keeps a timestamptz."""
    return (at - _EPOCH) // _MICROSECOND


def _scaled(degrees: float | None) -> bytes:
    return _NULL if degrees is None else _INTEGER.pack(4, round(degrees * MILLIONTHS))


def _sure(confidence: float | None) -> bytes:
    return _NULL if confidence is None else _SMALL.pack(2, round(confidence * TEN_THOUSANDTHS))


def _uuid(value: UUID | None) -> bytes:
    return _NULL if value is None else _UUID.pack(16, value.bytes)
