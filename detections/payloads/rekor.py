"""Rekor Scout and the OpenALPR agent: `alpr_group`, one message for each vehicle that passed.

Times are milliseconds since 1970, confidences 0 to 100, pictures base64 inside the JSON. The agent also posts
single frames, alerts and heartbeats to the same address; the group repeats all that a read needs, so they are
passed over.
"""

from collections.abc import Mapping
from typing import Any

from detections.payloads import fields
from detections.payloads.fields import PayloadError
from detections.payloads.incoming import IncomingRead

_PASSED_OVER = frozenset({"heartbeat", "alpr_results", "alpr_alert", "vehicle"})


def parse_rekor(payload: Any) -> list[IncomingRead]:
    """The read of an `alpr_group`, `[]` for the agent's other messages; raises `PayloadError`."""
    message = fields.mapping(payload, "body")
    kind = fields.text(message.get("data_type"), "data_type")
    if kind in _PASSED_OVER:
        return []
    if kind != "alpr_group":
        raise PayloadError("data_type", "must be alpr_group.")
    latitude, longitude = fields.position(
        message.get("gps_latitude"), message.get("gps_longitude"), ("gps_latitude", "gps_longitude")
    )
    return [
        IncomingRead(
            client_key=_client_key(message),
            plate=fields.text(message.get("best_plate_number"), "best_plate_number"),
            captured_at=_captured_at(message),
            state=fields.state(message.get("best_region"), "best_region"),
            confidence=fields.confidence(message.get("best_confidence"), "best_confidence", of=100),
            latitude=latitude,
            longitude=longitude,
            vehicle=_vehicle(message.get("vehicle")),
            image_jpeg=fields.jpeg(message.get("vehicle_crop_jpeg"), "vehicle_crop_jpeg"),
            candidates=_candidates(message.get("candidates")),
        )
    ]


def _client_key(message: Mapping[str, Any]) -> str:
    if message.get("best_uuid") is not None:
        return fields.text(message["best_uuid"], "best_uuid")
    uuids = fields.items(message.get("uuids"), "uuids")
    if not uuids:
        raise PayloadError("best_uuid", "is missing.")
    return fields.text(uuids[0], "uuids[0]")


def _captured_at(message: Mapping[str, Any]) -> Any:
    """The moment of the frame with the best reading; older agents only send when the group began."""
    for field in ("best_uuid_epoch_ms", "epoch_start"):
        if message.get(field) is not None:
            return fields.epoch_milliseconds(message[field], field)
    raise PayloadError("epoch_start", "is missing.")


def _candidates(value: Any) -> tuple[tuple[str, float | None], ...]:
    pairs = []
    for i, item in enumerate(fields.items(value, "candidates")):
        candidate = fields.mapping(item, f"candidates[{i}]")
        plate = fields.optional_text(candidate.get("plate"), f"candidates[{i}].plate")
        certainty = fields.confidence(candidate.get("confidence"), f"candidates[{i}].confidence", of=100)
        pairs.append((plate, certainty))
    return fields.candidates(pairs)


def _vehicle(value: Any) -> dict[str, str]:
    """Make, model and colour, each the most certain guess. A `make_model` is written `toyota_camry`."""
    if value is None:
        return {}
    guesses = fields.mapping(value, "vehicle")
    make, make_model, color = (_likeliest(guesses, name) for name in ("make", "make_model", "color"))
    model = make_model.removeprefix(f"{make}_") if make else make_model
    found = {"make": make, "model": model, "color": color}
    return {name: guess.replace("_", " ") for name, guess in found.items() if guess}


def _likeliest(guesses: Mapping[str, Any], name: str) -> str:
    best, best_confidence = "", -1.0
    for i, item in enumerate(fields.items(guesses.get(name), f"vehicle.{name}")):
        field = f"vehicle.{name}[{i}]"
        guess = fields.mapping(item, field)
        certainty = fields.confidence(guess.get("confidence"), f"{field}.confidence", of=100) or 0.0
        if certainty > best_confidence:
            best, best_confidence = fields.optional_text(guess.get("name"), f"{field}.name"), certainty
    return best
