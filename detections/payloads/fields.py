"""Reading single values out of untrusted JSON: each has one type, one range and a name for the refusal."""

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from audit.plates import PlateError, StateError, normalise, normalise_state

MOST_TEXT = 200
MOST_ITEMS = 1_000
MOST_IMAGE_BYTES = 20 * 1024 * 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253_402_300_799  # the end of year 9999, where datetime ends


class PayloadError(ValueError):
    """A form that is refused. `field` is the path of the value at fault, `reason` is for people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def load(body: str | bytes) -> Any:
    """Decoded JSON. Refuses what the standard decoder lets through: NaN, infinity and one key given twice."""
    try:
        return json.loads(body, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except PayloadError:
        raise
    except RecursionError as error:
        raise PayloadError("body", "is nested too deeply.") from error
    except (ValueError, TypeError) as error:  # also bytes that are no UTF-8, and numbers of over 4,300 digits
        raise PayloadError("body", "is not valid JSON.") from error


def mapping(value: Any, field: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise PayloadError(field, _must_be("an object", value))
    return value


def items(value: Any, field: str) -> Sequence[Any]:
    """A JSON list of at most `MOST_ITEMS`; None counts as empty."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise PayloadError(field, _must_be("a list", value))
    if len(value) > MOST_ITEMS:
        raise PayloadError(field, f"has {len(value)} items; at most {MOST_ITEMS} are taken at once.")
    return value


def text(value: Any, field: str) -> str:
    """A non-empty text of at most `MOST_TEXT` characters that can be stored."""
    if not isinstance(value, str):
        raise PayloadError(field, _must_be("text", value))
    if len(value) > MOST_TEXT:
        raise PayloadError(field, f"is {len(value)} characters long; at most {MOST_TEXT} are taken.")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
        raise PayloadError(field, "has a control character or half a character in it.")
    if not value.strip():
        raise PayloadError(field, "is empty.")
    return value.strip()


def optional_text(value: Any, field: str) -> str:
    """As `text`, with `""` for None and for empty text."""
    return "" if value is None or value == "" else text(value, field)


def number(value: Any, field: str, low: float, high: float) -> float:
    """A finite number from `low` to `high`. True and numbers written as text are refused."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PayloadError(field, _must_be("a number", value))
    # Compared before it is converted: an integer may be too large for a float.
    if (isinstance(value, float) and math.isnan(value)) or not low <= value <= high:
        raise PayloadError(field, f"must be from {low:g} to {high:g}.")
    return float(value)


def confidence(value: Any, field: str, *, of: float = 1) -> float | None:
    """A confidence as 0 to 1 from a scale that ends at `of`; None stays None."""
    return None if value is None else round(number(value, field, 0, of) / of, 6)


def instant(seconds: float) -> datetime:
    """The aware instant so many seconds after 1970; microseconds as the number has them."""
    return _EPOCH + timedelta(seconds=seconds)


def epoch_seconds(value: Any, field: str) -> datetime:
    """An instant given as seconds since 1970."""
    return instant(number(value, field, 0, _LAST_SECOND))


def epoch_milliseconds(value: Any, field: str) -> datetime:
    """An instant given as milliseconds since 1970."""
    return instant(number(value, field, 0, _LAST_SECOND * 1000) / 1000)


def iso_instant(value: Any, field: str) -> datetime:
    """An instant given as ISO 8601 text; without a zone it is refused, since it could be any of 24 hours."""
    written = text(value, field)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise PayloadError(field, "is not a date and time such as 2026-03-08T10:00:00Z.") from error
    if moment.tzinfo is None:
        raise PayloadError(field, "states no time zone.")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise PayloadError(field, "is outside the years 1 to 9999.") from error


def position(latitude: Any, longitude: Any, fields: tuple[str, str]) -> tuple[float, float] | tuple[None, None]:
    """Degrees north and east; (None, None) where there is no position or only a filler (0, 0 or -1, -1)."""
    if latitude is None and longitude is None:
        return None, None
    place = number(latitude, fields[0], -90, 90), number(longitude, fields[1], -180, 180)
    return (None, None) if place in {(0, 0), (-1, -1)} else place


def state(value: Any, field: str) -> str:
    """The US state of a region guess such as `us-ca`; `""` for none and for regions abroad."""
    try:
        return normalise_state(optional_text(value, field))
    except StateError:
        return ""


def candidates(pairs: Sequence[tuple[str, float | None]]) -> tuple[tuple[str, float | None], ...]:
    """The readings that can be plates at all, normalised, each once, the most certain first."""
    best: dict[str, float | None] = {}
    for written, certainty in pairs:
        try:
            plate = normalise(written)
        except PlateError:
            continue  # a machine's guess with a symbol in it is no plate anyone could look for
        if plate not in best or (certainty or 0) > (best[plate] or 0):
            best[plate] = certainty
    return tuple(sorted(best.items(), key=lambda pair: -(pair[1] or 0)))


def jpeg(value: Any, field: str) -> bytes | None:
    """A JPEG given as base64; None where there is none."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise PayloadError(field, _must_be("base64 text", value))
    if len(value) > MOST_IMAGE_BYTES * 4 // 3 + 4:
        raise PayloadError(field, f"is larger than {MOST_IMAGE_BYTES // 1024**2} MB.")
    try:
        return jpeg_bytes(base64.b64decode(value, validate=True), field)
    except (binascii.Error, ValueError) as error:
        if isinstance(error, PayloadError):
            raise
        raise PayloadError(field, "is not base64.") from error


def jpeg_bytes(content: bytes | None, field: str) -> bytes | None:
    """Bytes that at least begin as a JPEG does; None and empty are None."""
    if not content:
        return None
    if not content.startswith(b"\xff\xd8\xff"):
        raise PayloadError(field, "is not a JPEG photograph.")
    return content


def _must_be(what: str, value: Any) -> str:
    return "is missing." if value is None else f"must be {what}."


def _no_constant(name: str) -> None:
    raise PayloadError("body", f"has {name}, which is no number in JSON.")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for key, value in pairs:
        if key in taken:
            raise PayloadError(key if len(key) <= MOST_TEXT else "body", "is given twice.")
        taken[key] = value
    return taken
