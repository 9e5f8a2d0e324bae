"""Frigate: the messages of its `events` topic, forwarded as they are.

Frigate repeats an event for as long as it tracks the vehicle. A read is taken when the plate appears and
again when Frigate corrects it; repeats that change nothing about the plate give none. Events of anything but
vehicles are passed over unread: they are about people.
"""

from collections.abc import Mapping
from typing import Any

from audit.plates import PlateError, is_plausible, normalise
from detections.payloads import fields
from detections.payloads.fields import PayloadError
from detections.payloads.incoming import IncomingRead

VEHICLES = frozenset({"car", "truck", "bus", "school_bus", "garbage_truck", "motorcycle", "license_plate"})
_TYPES = frozenset({"new", "update", "end"})


def parse_frigate(payload: Any) -> list[IncomingRead]:
    """The read of one event message, `[]` where its plate is unknown or unchanged; raises `PayloadError`."""
    message = fields.mapping(payload, "body")
    kind = fields.text(message.get("type"), "type")
    if kind not in _TYPES:
        raise PayloadError("type", "must be new, update or end.")
    after = fields.mapping(message.get("after"), "after")
    if fields.text(after.get("label"), "after.label") not in VEHICLES:
        return []
    plate, confidence = _plate(after, "after")
    if not plate or (kind != "new" and plate == _plate_before(message.get("before"))):
        return []
    started = fields.epoch_seconds(after.get("start_time"), "after.start_time")
    seen = after.get("frame_time")
    frame = started if seen is None else fields.epoch_seconds(seen, "after.frame_time")
    return [
        IncomingRead(
            client_key=f"{fields.text(after.get('id'), 'after.id')}:{frame.isoformat()}",
            plate=plate,
            captured_at=started,
            confidence=confidence,
        )
    ]


def _plate_before(value: Any) -> str:
    return "" if value is None else _plate(fields.mapping(value, "before"), "before")[0]


def _plate(state: Mapping[str, Any], field: str) -> tuple[str, float | None]:
    """The plate and its confidence. A plate that Frigate has a name for arrives as the sub-label."""
    plate, confidence = _named(state, field, "recognized_license_plate")
    if plate:
        return plate, confidence
    label, confidence = _named(state, field, "sub_label")
    return (label, confidence) if _reads_as_plate(label) else ("", None)


def _named(state: Mapping[str, Any], field: str, name: str) -> tuple[str, float | None]:
    """A text with its score: `[text, score]` in some versions, two separate fields in others."""
    value, score, place = state.get(name), state.get(f"{name}_score"), f"{field}.{name}"
    if isinstance(value, list):
        if len(value) != 2:
            raise PayloadError(place, "must be a text and its score.")
        value, score = value
    return fields.optional_text(value, place), fields.confidence(score, f"{place}_score")


def _reads_as_plate(label: str) -> bool:
    """Whether a sub-label can be a plate: it may as well be the name someone gave to a car."""
    try:
        return is_plausible(normalise(label))
    except PlateError:
        return False
