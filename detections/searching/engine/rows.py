"""Rows of reads, and reads made of them with their cameras and photographs."""

from collections.abc import Sequence
from typing import Any

from cameras.models import Camera
from detections.models import Detection, Photo

Row = tuple[Any, ...]

_FIELDS = Detection._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_SCALED = [(place, field.steps) for place, field in enumerate(_FIELDS) if hasattr(field, "steps")]
CAPTURED_AT, ID, PHOTO = (_NAMES.index(name) for name in ("captured_at", "id", "photo_id"))
COLUMNS = ", ".join(f"d.{field.column}" for field in _FIELDS)


def reads_of_rows(rows: Sequence[Row], using: str) -> list[Detection]:
    """The reads, in the same order; one query for their cameras, one for photographs where there are any."""
    reads = [_read(row, using) for row in rows]
    cameras = Camera.objects.using(using).in_bulk({read.camera_id for read in reads}, field_name="number")
    photos: dict[Any, Photo] = {}
    if pictured := {row[PHOTO] for row in rows if row[PHOTO] is not None}:
        photos = Photo.objects.using(using).in_bulk(pictured)
    for read in reads:
        read._state.fields_cache["camera"] = cameras[read.camera_id]
        if read.photo_id is not None:
            read._state.fields_cache["photo"] = photos.get(read.photo_id)
    return reads


def _read(row: Row, using: str) -> Detection:
    values = list(row)
    for place, steps in _SCALED:
        if values[place] is not None:
            values[place] /= steps
    return Detection.from_db(using, _NAMES, values)
