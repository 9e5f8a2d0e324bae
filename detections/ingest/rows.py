"""Reads onto the table by binary COPY: one statement a batch, no SQL text with plates in it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from cameras.models import Camera
from detections.ingest.reads import NewRead

_COLUMNS = {
    "id": "uuid",
    "plate": "text",
    "plate_read": "text",
    "state": "text",
    "captured_at": "timestamptz",
    "received_at": "timestamptz",
    "camera_id": "uuid",
    "latitude": "float8",
    "longitude": "float8",
    "confidence": "float8",
    "source": "text",
    "photo_id": "uuid",
    "image_reference": "text",
    "vehicle": "text",
}
_COPY = f"COPY detections_detection ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"


def copy_reads(
    reads: Iterable[tuple[UUID, NewRead]], *, camera: Camera, at: datetime, photo_id: UUID | None = None
) -> None:
    """Insert the reads under their ids. Raises django.db.IntegrityError where a constraint of the table says no."""
    camera_id = camera.pk
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
    ):
        copy.set_types(list(_COLUMNS.values()))
        for id_, read in reads:
            copy.write_row(
                (
                    id_,
                    read.plate,
                    read.plate_read,
                    read.state,
                    read.captured_at,
                    at,
                    camera_id,
                    read.latitude,
                    read.longitude,
                    read.confidence,
                    read.source,
                    photo_id,
                    read.image_reference,
                    read.vehicle,
                )
            )
