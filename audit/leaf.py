"""The canonical leaf of a ledger record: what is hashed, byte for byte.

Version 1: JSON with sorted keys, no spaces, NFC text, UTC instants with microseconds, integers only. The sensitive
fields are not in the leaf: their salted commitments are (``SHA-256(0x01 || name || 0x00 || salt || value)``), so that a
field can be withheld from a release, or destroyed at the end of its life, and the log still verifies.
"""

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

VERSION = 1
SALT_BYTES = 32
# The order is part of the format: commitments and salts are stored concatenated in it.
SENSITIVE = ("query", "reason", "case_number", "subject_label", "detail")

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def instant(at: datetime) -> str:
    """An aware instant as UTC with microseconds: ``2026-11-21T23:09:27.000000Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(fields: Mapping[str, object]) -> bytes:
    """Canonical JSON bytes of a leaf's fields. Raises TypeError on a float: floats have no canonical form."""
    return _canonical(fields).encode()


def _canonical(fields: Mapping[str, object]) -> str:
    for name, value in fields.items():
        if isinstance(value, float):
            raise TypeError(f"{name} is a float; a leaf holds text, integers, null and hex only")
    return unicodedata.normalize("NFC", _encode(fields))


def around(fields: Mapping[str, object]) -> tuple[str, str, str]:
    """The canonical leaf without the two values that the database gives: what stands before, between and after them.

    ``before + index + between + recorded_at + after`` is the canonical leaf; ``fields`` holds every other field.
    """
    first, second, third = (
        {name: value for name, value in fields.items() if low < name < high}
        for low, high in (("", "index"), ("index", "recorded_at"), ("recorded_at", "~"))
    )
    before, between, after = _canonical(first), _canonical(second), _canonical(third)
    return before[:-1] + ',"index":', "," + between[1:-1] + ',"recorded_at":"', '",' + after[1:]


def commit(name: str, salt: bytes, value: str) -> bytes:
    """Commitment to one sensitive value, 32 bytes."""
    prefix = b"\x01" + name.encode() + b"\x00"
    return hashlib.sha256(prefix + salt + unicodedata.normalize("NFC", value).encode()).digest()


def fresh_salts() -> bytes:
    """One random salt of 32 bytes for each sensitive field, concatenated in the order of ``SENSITIVE``."""
    return secrets.token_bytes(SALT_BYTES * len(SENSITIVE))


def slices(packed: bytes, width: int = SALT_BYTES) -> list[bytes]:
    """Cut a concatenation into its pieces of ``width`` bytes."""
    return [packed[at : at + width] for at in range(0, len(packed), width)]


def commitments(values: Sequence[str], salts: bytes) -> bytes:
    """Commitments to the sensitive values, concatenated in the order of ``SENSITIVE``."""
    pieces = zip(SENSITIVE, slices(salts), values, strict=True)
    return b"".join(commit(name, salt, value) for name, salt, value in pieces)
