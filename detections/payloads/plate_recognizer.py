"""Plate Recognizer Stream: a webhook of multipart form data, its field `json` and the frame as the file
`upload`.

One message may hold several vehicles of one frame. Two generations of the form are in use: in the older a
result's `plate` is text, in the newer it is an object whose `props` list readings and regions by score.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from detections.payloads import fields
from detections.payloads.fields import PayloadError
from detections.payloads.incoming import IncomingRead


def parse_plate_recognizer(payload: Any, image_jpeg: bytes | None = None) -> list[IncomingRead]:
    """The reads of one webhook message, `image_jpeg` being its `upload`; raises `PayloadError`."""
    message = fields.mapping(payload, "json")
    data = fields.mapping(message.get("data"), "data")
    event = _event(message)
    if "results" not in data and event != "recognition":
        return []  # heartbeats, dwell times and video clips
    if data.get("results") is None:
        raise PayloadError("data.results", "is missing.")
    camera = fields.optional_text(data.get("camera_id"), "data.camera_id")
    captured_at = _captured_at(data)
    frame = fields.jpeg_bytes(image_jpeg, "upload")
    reads = []
    for i, item in enumerate(fields.items(data["results"], "data.results")):
        field = f"data.results[{i}]"
        result = fields.mapping(item, field)
        if result.get("plate") is not None:
            key = f"{camera}:{captured_at.isoformat()}:{i}"
            reads.append(_read(result, field, key, captured_at, frame))
    return reads


def _read(result: Mapping[str, Any], field: str, key: str, captured_at: datetime, frame: bytes | None) -> IncomingRead:
    newer = isinstance(result["plate"], Mapping)
    readings = _newer_readings(result, field) if newer else _older_readings(result, field)
    plate, confidence = readings[0]
    return IncomingRead(
        client_key=key,
        plate=plate,
        captured_at=captured_at,
        state=_newer_state(result, field) if newer else _older_state(result, field),
        confidence=confidence,
        vehicle=_vehicle(result, field),
        image_jpeg=frame,
        candidates=fields.candidates(readings),
    )


def _event(message: Mapping[str, Any]) -> str:
    hook = message.get("hook")
    return "" if hook is None else fields.optional_text(fields.mapping(hook, "hook").get("event"), "hook.event")


def _captured_at(data: Mapping[str, Any]) -> datetime:
    """`timestamp`, or the local one where only that states its zone."""
    try:
        return fields.iso_instant(data.get("timestamp"), "data.timestamp")
    except PayloadError:
        if data.get("timestamp_local") is None:
            raise
        return fields.iso_instant(data["timestamp_local"], "data.timestamp_local")


def _older_readings(result: Mapping[str, Any], field: str) -> list[tuple[str, float | None]]:
    readings = [
        (
            fields.text(result["plate"], f"{field}.plate"),
            fields.confidence(result.get("score"), f"{field}.score"),
        )
    ]
    for i, item in enumerate(fields.items(result.get("candidates"), f"{field}.candidates")):
        place = f"{field}.candidates[{i}]"
        candidate = fields.mapping(item, place)
        plate = fields.optional_text(candidate.get("plate"), f"{place}.plate")
        readings.append((plate, fields.confidence(candidate.get("score"), f"{place}.score")))
    return readings


def _newer_readings(result: Mapping[str, Any], field: str) -> list[tuple[str, float | None]]:
    readings = _values(_props(result, field, "plate"), "plate", f"{field}.plate.props")
    if not readings or not readings[0][0]:
        raise PayloadError(f"{field}.plate.props.plate", "is missing.")
    return readings


def _older_state(result: Mapping[str, Any], field: str) -> str:
    region = result.get("region")
    if region is None:
        return ""
    return fields.state(fields.mapping(region, f"{field}.region").get("code"), f"{field}.region.code")


def _newer_state(result: Mapping[str, Any], field: str) -> str:
    regions = _values(_props(result, field, "plate"), "region", f"{field}.plate.props")
    return fields.state(regions[0][0], f"{field}.plate.props.region[0].value") if regions else ""


def _props(result: Mapping[str, Any], field: str, thing: str) -> Mapping[str, Any]:
    inside = fields.mapping(result[thing], f"{field}.{thing}").get("props")
    return {} if inside is None else fields.mapping(inside, f"{field}.{thing}.props")


def _values(props: Mapping[str, Any], name: str, field: str) -> list[tuple[str, float | None]]:
    """The newer form's `[{"value": ..., "score": ...}]`, the likeliest first."""
    pairs = []
    for i, item in enumerate(fields.items(props.get(name), f"{field}.{name}")):
        place = f"{field}.{name}[{i}]"
        guess = fields.mapping(item, place)
        value = fields.optional_text(guess.get("value"), f"{place}.value")
        pairs.append((value, fields.confidence(guess.get("score"), f"{place}.score")))
    return sorted(pairs, key=lambda pair: -(pair[1] or 0))


def _vehicle(result: Mapping[str, Any], field: str) -> dict[str, str]:
    """Make, model and colour of the likeliest guesses, from wherever the generation keeps them."""
    make_models, colors, place = result.get("model_make"), result.get("color"), field
    if make_models is None and isinstance(result.get("vehicle"), Mapping):
        props = _props(result, field, "vehicle")
        make_models, colors, place = props.get("make_model"), props.get("color"), f"{field}.vehicle.props"
    make_model = _likeliest(make_models, f"{place}.make_model")
    color = _likeliest(colors, f"{place}.color")
    found = {
        "make": fields.optional_text(make_model.get("make"), f"{place}.make_model.make"),
        "model": fields.optional_text(make_model.get("model"), f"{place}.make_model.model"),
        "color": fields.optional_text(color.get("color", color.get("value")), f"{place}.color"),
    }
    return {name: guess for name, guess in found.items() if guess}


def _likeliest(value: Any, field: str) -> Mapping[str, Any]:
    guesses = [fields.mapping(item, f"{field}[{i}]") for i, item in enumerate(fields.items(value, field))]
    return max(guesses, key=lambda guess: fields.confidence(guess.get("score"), f"{field}.score") or 0, default={})
