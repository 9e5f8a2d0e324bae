# ruff: noqa: S608  (only texts of our own are put together; every value is bound)
"""Rows of reads, and reads made of them with their cameras and photographs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cameras.models import Camera
from detections.models import Detection, Photo
from detections.searching.engine.sql import Cursor

Row = tuple[Any, ...]

_FIELDS = Detection._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_SCALED = [(place, field.steps) for place, field in enumerate(_FIELDS) if hasattr(field, "steps")]
PHOTO = _NAMES.index("photo_id")
_CAMERA_FIELDS = Camera._meta.concrete_fields
_CAMERA_NAMES = [field.attname for field in _CAMERA_FIELDS]
_CAMERA_COLUMNS = ", ".join(str(field.column) for field in _CAMERA_FIELDS)
_CAMERAS = f"SELECT {_CAMERA_COLUMNS} FROM cameras_camera WHERE number = ANY (%s::int[])"
COLUMNS = ", ".join(f"d.{field.column}" for field in _FIELDS)


def reads_of_rows(cursor: Cursor, rows: Sequence[Row], using: str) -> list[Detection]:
    """The reads, in the same order; one query for their cameras, one for photographs where there are any."""
    reads = [_read(row, using) for row in rows]
    cameras = _cameras(cursor, {read.camera_id for read in reads}, using) if reads else {}
    photos: dict[UUID, Photo] = {}
    if pictured := {row[PHOTO] for row in rows if row[PHOTO] is not None}:
        photos = Photo.objects.using(using).in_bulk(pictured)
    for read in reads:
        read._state.fields_cache["camera"] = cameras[read.camera_id]
        if read.photo_id is not None:
            read._state.fields_cache["photo"] = photos.get(read.photo_id)
    return reads


def _cameras(cursor: Cursor, numbers: set[int], using: str) -> dict[int, Camera]:
    """By number. Through Django's query a page's seventy cameras take longer than its hundred reads."""
    cursor.execute(_CAMERAS, [list(numbers)])
    cameras = (Camera.from_db(using, _CAMERA_NAMES, row) for row in cursor)
    return {camera.number: camera for camera in cameras}


def _read(row: Row, using: str) -> Detection:
    values = list(row)
    for place, steps in _SCALED:
        if values[place] is not None:
            values[place] /= steps
    return Detection.from_db(using, _NAMES, values)
