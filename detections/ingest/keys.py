"""Client keys: each stands for one read for ever, however often and from however many connections it is sent."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from cameras.models import Camera
from detections.ingest.reads import QUARANTINED, RECORDED, NewRead
from detections.ingest.wire import server_cursor

# Keys and reasons hold no control characters, so one joined text carries a thousand of them: measured at 5,000 reads
# a batch, psycopg's array dumpers took four times as long as PostgreSQL took for the insert.
_BETWEEN = "\x1f"
_NUMBERS = struct.Struct("!qddd")
_ABSENT = 1000.0  # no latitude, longitude or confidence
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Nothing is returned: the count tells whether all keys were free, and they nearly always are.
_CLAIM = """
    INSERT INTO detections_ingestkey (camera_id, client_key, body_hash, received_at, status, reason, read_id)
    SELECT %(camera)s, key, substring(%(hashes)s::bytea FROM n::int * 32 - 31 FOR 32), %(at)s,
           CASE reason WHEN '' THEN %(recorded)s ELSE %(quarantined)s END, reason,
           encode(substring(%(ids)s::bytea FROM n::int * 16 - 15 FOR 16), 'hex')::uuid
    FROM (SELECT key, coalesce(reason, '') AS reason, n
          FROM unnest(string_to_array(%(keys)s::text, chr(31)), string_to_array(%(reasons)s::text, chr(31)))
               WITH ORDINALITY AS batch (key, reason, n)) AS claim
    ON CONFLICT (camera_id, client_key) DO NOTHING
"""
_STANDING = """
    SELECT client_key, body_hash, reason, read_id FROM detections_ingestkey
    WHERE camera_id = %(camera)s AND client_key = ANY(string_to_array(%(keys)s::text, chr(31)))
"""


class Claim(NamedTuple):
    """A key with what it will stand for: the body's hash, why it is quarantined ("" where it is recorded), its id.

    ``read`` is the read itself, None for a claim that stood already.
    """

    key: str
    body_hash: bytes
    reason: str
    id: UUID
    read: NewRead | None = None

    @property
    def status(self) -> str:
        return QUARANTINED if self.reason else RECORDED


def body_hash(read: NewRead, photo_sha256: str = "") -> bytes:
    """SHA-256 of everything that was sent under the key, in one written form. No text of a read holds a separator."""
    words = (read.plate_read, read.state, read.image_reference, read.vehicle, photo_sha256)
    numbers = _NUMBERS.pack(
        (read.captured_at - _EPOCH) // _MICROSECOND,
        _ABSENT if read.latitude is None else read.latitude,
        _ABSENT if read.longitude is None else read.longitude,
        _ABSENT if read.confidence is None else read.confidence,
    )
    return hashlib.sha256(numbers + _BETWEEN.join(words).encode()).digest()


def claim(camera: Camera, claims: Iterable[Claim], at: datetime) -> dict[str, Claim]:
    """Take the keys for these reads; returns the claims that stood already, by key.

    A key that another connection is just taking is waited for: the other's answer stands when it commits, ours when
    it fails. Runs inside the act's transaction (READ COMMITTED).
    """
    standing: dict[str, Claim] = {}
    # Two batches that hold the same keys take them in the same order, and so cannot wait for each other.
    waiting = sorted(claims)
    while waiting and _take(camera, waiting, at) < len(waiting):
        found = _find(camera, [one.key for one in waiting])
        standing |= {one.key: found[one.key] for one in waiting if one.key in found and found[one.key].id != one.id}
        # A key purged between the two statements is free again.
        waiting = [one for one in waiting if one.key not in found]
    return standing


def _take(camera: Camera, claims: Sequence[Claim], at: datetime) -> int:
    """Insert the claims whose keys are free; returns how many were."""
    values = {
        "camera": camera.pk,
        "at": at,
        "recorded": RECORDED,
        "quarantined": QUARANTINED,
        "keys": _BETWEEN.join(one.key for one in claims),
        "reasons": _BETWEEN.join(one.reason for one in claims),
        "hashes": b"".join(one.body_hash for one in claims),
        "ids": b"".join(one.id.bytes for one in claims),
    }
    with server_cursor() as cursor:
        return cursor.execute(_CLAIM, values).rowcount


def _find(camera: Camera, keys: list[str]) -> dict[str, Claim]:
    with server_cursor() as cursor:
        cursor.execute(_STANDING, {"camera": camera.pk, "keys": _BETWEEN.join(keys)})
        return {key: Claim(key, bytes(hashed), reason, read_id) for key, hashed, reason, read_id in cursor}
