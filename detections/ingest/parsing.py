"""Untrusted JSON into reads: every field has one type, one range and a name in the refusal. Pure.

The decoder marks what JSON should not hold (NaN, a key given twice, a number of hundreds of digits) where it stands,
so that one bad read is refused by its field and the others of its batch are kept.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from audit.plates import PlateError, StateError, normalise, normalise_state
from detections.ingest.reads import BadRead, NewRead

MOST_READS = 1_000
LONGEST = {"client_key": 100, "plate": 32, "state": 40, "captured_at": 40, "image_reference": 200, "vehicle": 120}
REQUIRED = ("client_key", "plate", "captured_at")
FIELDS = frozenset(
    {*LONGEST, "latitude", "longitude", "confidence", "camera"}  # in the order of docs/api.md
)
# Control characters, halves of surrogate pairs, and the two code points that are never characters.
_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NORMAL = re.compile(r"[A-Z0-9]{1,8}")  # as most devices send it
_LONGEST_INTEGER = 20
_DECIMAL = re.compile(r"[+-]?[0-9]{1,4}(\.[0-9]{0,20})?")


class BodyError(ValueError):
    """A body that is no list of reads at all. ``code`` is for programs, ``reason`` for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FieldError(ValueError):
    """One field that is refused; ``reason`` is for people and never holds the value itself."""

    def __init__(self, field: str, reason: str, code: str = "read.invalid") -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.code = code


class _NoNumber:
    """Stands where the JSON had NaN, Infinity or more digits than any field takes."""


class _Twice(dict[str, Any]):
    """An object in which a key stood twice; ``key`` is the first such."""

    key = ""


_NO_NUMBER = _NoNumber()


def decode(body: bytes) -> Any:
    """The JSON value of a body; raises ``BodyError`` for what is no UTF-8 or no JSON."""
    try:
        return _DECODER.decode(body.decode())
    except RecursionError as error:
        raise BodyError("body.too_deep", "The body is nested too deeply.") from error
    except UnicodeDecodeError as error:
        raise BodyError("body.not_utf8", "The body is not UTF-8 text.") from error
    except ValueError as error:
        raise BodyError("body.not_json", "The body is not valid JSON.") from error


def reads_of(value: Any) -> list[Any]:
    """The raw reads of a body: of one object, or of a list of at most ``MOST_READS``; raises ``BodyError``."""
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise BodyError("body.not_reads", "The body must be one read (an object) or a list of reads.")
    if not value:
        raise BodyError("body.empty", "The list holds no read.")
    if len(value) > MOST_READS:
        raise BodyError("body.too_many", f"The list holds {len(value)} reads; at most {MOST_READS:,} are taken.")
    return value


def parse_read(raw: Any, camera_code: str) -> NewRead | BadRead:
    """One read of the camera whose key was used, or what is wrong with it."""
    try:
        return _read(raw, camera_code)
    except FieldError as error:
        return BadRead(_sound_key(raw), error.field, error.reason, error.code)


def _read(raw: Any, camera_code: str) -> NewRead:
    if not isinstance(raw, dict):
        raise FieldError("", "A read is an object.")
    if isinstance(raw, _Twice):
        raise FieldError(shown(raw.key), "is given twice.")
    if not raw.keys() <= FIELDS:
        unknown = next(name for name in raw if name not in FIELDS)
        raise FieldError(shown(unknown), "is not a field of a read.")
    for name in REQUIRED:
        if raw.get(name) is None:
            raise FieldError(name, "is missing.")
    return build_read(raw, camera_code)


def build_read(raw: dict[str, Any], camera_code: str) -> NewRead:
    """A read from the fields of ``raw``, all of them known and the required ones present; raises ``FieldError``."""
    get = raw.get
    client_key = text(raw["client_key"], "client_key")
    code = get("camera")
    if code is not None and text(code, "camera", most=40) != camera_code:
        raise FieldError("camera", "is not the camera this key belongs to.", "camera.not_yours")
    written = text(raw["plate"], "plate")
    latitude, longitude = position(get("latitude"), get("longitude"))
    return NewRead(
        client_key,
        plate(written),
        written,
        instant(raw["captured_at"], "captured_at"),
        state(get("state")),
        latitude,
        longitude,
        number(get("confidence"), "confidence", 0, 1),
        text(get("image_reference", ""), "image_reference"),
        text(get("vehicle", ""), "vehicle"),
    )


def plate(written: str) -> str:
    """The normalised plate; the refusal names the character at fault."""
    if _NORMAL.fullmatch(written):
        return written
    try:
        return normalise(written)
    except PlateError as error:
        raise FieldError("plate", error.reason) from error


def state(value: Any) -> str:
    """A US state's code, "" for none."""
    if value is None or value == "":
        return ""
    try:
        return normalise_state(text(value, "state"))
    except StateError as error:
        raise FieldError("state", error.reason) from error


def text(value: Any, field: str, *, most: int = 0) -> str:
    """A text that can be stored as it is; required ones may not be empty. None counts as empty."""
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise FieldError(field, "must be text.")
    most = most or LONGEST[field]
    if len(value) > most:
        raise FieldError(field, f"is {len(value)} characters long; at most {most} are taken.")
    if not value.isprintable() and _UNSTORABLE.search(value):
        raise FieldError(field, "has a control character or half a character in it.")
    if field in REQUIRED and (not value or value[0].isspace() or value[-1].isspace()):
        raise FieldError(field, "begins or ends with a space." if value.strip() else "is empty.")
    return value


def instant(value: Any, field: str) -> datetime:
    """An instant in UTC from ISO 8601 text that states its zone."""
    written = text(value, field)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise FieldError(field, "is not a date and time such as 2026-03-08T10:00:00-08:00.") from error
    if moment.tzinfo is None:
        raise FieldError(field, "states no time zone. Add Z or an offset such as -08:00.")
    if not 1900 < moment.year < 9999:
        raise FieldError(field, "is not of our time.")
    return moment.astimezone(UTC)


def number(value: Any, field: str, low: float, high: float) -> float | None:
    """A finite number from ``low`` to ``high``; None stays None. True and numbers written as text are refused."""
    if value is None:
        return None
    if value is _NO_NUMBER:
        raise FieldError(field, "is no number that can be stored.")
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise FieldError(field, "must be a number.")
    if not low <= value <= high:
        raise FieldError(field, f"must be from {low:g} to {high:g}.")
    return float(value)


def written_number(value: str, field: str) -> float:
    """A number of a form, where all values are text; plain decimal notation only."""
    if not _DECIMAL.fullmatch(value):
        raise FieldError(field, "must be a number such as -121.4944.")
    return float(value)


def position(latitude: Any, longitude: Any) -> tuple[float, float] | tuple[None, None]:
    """Decimal degrees, both or neither."""
    north, east = number(latitude, "latitude", -90, 90), number(longitude, "longitude", -180, 180)
    if north is None and east is None:
        return None, None
    if north is None or east is None:
        raise FieldError("latitude" if north is None else "longitude", "is missing: a position needs both.")
    return north, east


def shown(name: Any) -> str:
    """A name from outside as a refusal may repeat it: short, and only characters that can be sent."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", str(name)[:40]) or "(empty name)"


def _sound_key(raw: Any) -> str | None:
    """The client key of a refused read, where it can be repeated in the answer."""
    try:
        return text(raw["client_key"], "client_key")
    except (FieldError, KeyError, TypeError):
        return None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    taken = dict(pairs)
    if len(taken) == len(pairs):
        return taken
    marked, seen = _Twice(taken), set()
    for key, _ in pairs:
        if key in seen:
            marked.key = key
            break
        seen.add(key)
    return marked


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else _NO_NUMBER


_DECODER = json.JSONDecoder(parse_constant=lambda _: _NO_NUMBER, parse_int=_integer, object_pairs_hook=_pairs)
