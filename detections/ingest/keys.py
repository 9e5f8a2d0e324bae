"""Client keys: each stands for one read, however often and from however many connections it is sent.

Keys are kept for ``KEPT``. A read that comes again later than that was captured before, so it is looked for among the
reads themselves: same camera, same instant, same characters.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from audit.ids import first_of
from cameras.models import Camera
from detections.ingest.reads import QUARANTINED, RECORDED, NewRead
from detections.ingest.wire import Uuids, server_cursor
from detections.models import IngestKey

# Devices and upload software try again for hours or, after a broken link, days.
KEPT = timedelta(days=3)
_BETWEEN = "\x1f"  # no text of a read holds it
_NUMBERS = struct.Struct("!qddd")
_ABSENT = 1000.0  # no latitude, longitude or confidence
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Nothing is returned: the count tells whether all keys were free, and they nearly always are.
_CLAIM = """
    INSERT INTO detections_ingestkey (camera_number, key, body, read_id, reason)
    SELECT %(camera)s, key, body, read_id, coalesce(reason, '')
    FROM unnest(%(keys)s, %(bodies)s, %(ids)s, string_to_array(%(reasons)s::text, chr(31)))
         AS batch (key, body, read_id, reason)
    ON CONFLICT (camera_number, key) DO NOTHING
"""
_STANDING = """
    SELECT key, body, reason, read_id FROM detections_ingestkey WHERE camera_number = %(camera)s AND key = ANY(%(keys)s)
"""
_STORED = """
    SELECT d.captured_at, d.plate, d.as_read, d.id
    FROM detections_detection d
    WHERE d.camera_id = %(camera)s AND d.captured_at = ANY(%(times)s) AND d.captured_at BETWEEN %(first)s AND %(last)s
    ORDER BY d.id DESC
"""


class Claim(NamedTuple):
    """A key with what it will stand for: the hash of the body, why it is quarantined ("" where recorded), its id.

    ``key`` and ``body`` are 16 bytes. ``read`` is the read itself, None for a claim that stood already.
    """

    key: bytes
    body: bytes
    reason: str
    id: UUID
    read: NewRead | None = None

    @property
    def status(self) -> str:
        return QUARANTINED if self.reason else RECORDED


def claim_of(read: NewRead, reason: str, id_: UUID, photo_sha256: str = "") -> Claim:
    """What the read would take: its key, and everything that was sent under it in one written form, both hashed."""
    words = (read.plate_read, read.state, read.image_reference, read.vehicle, photo_sha256)
    numbers = _NUMBERS.pack(
        (read.captured_at - _EPOCH) // _MICROSECOND,
        _ABSENT if read.latitude is None else read.latitude,
        _ABSENT if read.longitude is None else read.longitude,
        _ABSENT if read.confidence is None else read.confidence,
    )
    body = hashlib.sha256(numbers + _BETWEEN.join(words).encode()).digest()[:16]
    return Claim(hashlib.sha256(read.client_key.encode()).digest()[:16], body, reason, id_, read)


def claim(camera: Camera, claims: Iterable[Claim], at: datetime) -> dict[bytes, Claim]:
    """Take the keys for these reads; returns the claims that stood already, by key.

    A key that another connection is just taking is waited for: the other's answer stands when it commits, ours when
    it fails. Runs inside the act's transaction (READ COMMITTED).
    """
    # Two batches that hold the same keys take them in the same order, and so cannot wait for each other.
    waiting = sorted(claims)
    standing = _stored(camera, waiting, at)
    waiting = [one for one in waiting if one.key not in standing] if standing else waiting
    while waiting and _take(camera, waiting) < len(waiting):
        found = _find(camera, [one.key for one in waiting])
        standing |= {one.key: found[one.key] for one in waiting if one.key in found and found[one.key].id != one.id}
        # A key purged between the two statements is free again.
        waiting = [one for one in waiting if one.key not in found]
    return standing


def forget_keys(at: datetime) -> int:
    """Remove the keys that came before the ones kept. How many."""
    return IngestKey.objects.filter(read_id__lt=first_of(at - KEPT)).delete()[0]


def _take(camera: Camera, claims: Sequence[Claim]) -> int:
    """Insert the claims whose keys are free; returns how many were."""
    values = {
        "camera": camera.number,
        "keys": Uuids([one.key for one in claims]),
        "bodies": Uuids([one.body for one in claims]),
        "ids": Uuids([one.id.bytes for one in claims]),
        # No reason at all is the rule: a shorter array leaves them NULL.
        "reasons": _BETWEEN.join(one.reason for one in claims) if any(one.reason for one in claims) else "",
    }
    with server_cursor() as cursor:
        return cursor.execute(_CLAIM, values).rowcount


def _find(camera: Camera, keys: list[bytes]) -> dict[bytes, Claim]:
    with server_cursor() as cursor:
        cursor.execute(_STANDING, {"camera": camera.number, "keys": Uuids(keys)})
        return {key.bytes: Claim(key.bytes, body.bytes, reason, read_id) for key, body, reason, read_id in cursor}


def _stored(camera: Camera, claims: Iterable[Claim], at: datetime) -> dict[bytes, Claim]:
    """Claims on reads so old that their first key may be gone, and that are stored already."""
    old = [one for one in claims if one.read and not one.reason and one.read.captured_at < at - KEPT]
    if not old:
        return {}
    times = sorted({one.read.captured_at for one in old if one.read})
    with server_cursor() as cursor:
        cursor.execute(_STORED, {"camera": camera.number, "times": times, "first": times[0], "last": times[-1]})
        # Corrected since or not: what was read then is what comes again.
        there = {(captured_at, as_read or plate): id_ for captured_at, plate, as_read, id_ in cursor}
    known: dict[bytes, Claim] = {}
    for one in old:
        if one.read and (id_ := there.get((one.read.captured_at, one.read.plate_read))):
            known[one.key] = one._replace(id=id_, read=None)
    return known
