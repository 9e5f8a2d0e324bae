"""Client keys: each stands for one read for ever, however often and from however many connections it is sent."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.db import connection

from cameras.models import Camera
from detections.ingest.reads import NewRead

# Sorted by key: two batches that hold the same keys lock them in the same order and so cannot deadlock.
_CLAIM = """
    INSERT INTO detections_ingestkey (camera_id, client_key, body_hash, received_at, status, reason, read_id)
    SELECT %s, claim.*
    FROM (SELECT key, hash, %s::timestamptz, status, reason, id
          FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::uuid[])
               AS batch (key, hash, status, reason, id)) AS claim
    ON CONFLICT (camera_id, client_key) DO NOTHING
    RETURNING client_key
"""
_STANDING = """
    SELECT client_key, body_hash, status, reason, read_id FROM detections_ingestkey
    WHERE camera_id = %s AND client_key = ANY(%s)
"""


class Claim(NamedTuple):
    """A key with what it will stand for: the body's hash, the answer's status and reason, the read's id."""

    key: str
    body_hash: bytes
    status: str
    reason: str
    id: UUID


def body_hash(read: NewRead, photo_sha256: str = "") -> bytes:
    """SHA-256 of everything that was sent under the key, in one written form."""
    body = (
        read.plate_read,
        read.state,
        read.captured_at.isoformat(),
        read.latitude,
        read.longitude,
        read.confidence,
        read.image_reference,
        read.vehicle,
        photo_sha256,
    )
    return hashlib.sha256(repr(body).encode()).digest()


def claim(camera: Camera, claims: Sequence[Claim], at: datetime) -> dict[str, Claim]:
    """Take the keys for these reads; returns the claims that stood already, by key.

    A key that another connection is just taking is waited for, so the answer is the other's when it commits and ours
    when it fails. Runs inside the act's transaction (READ COMMITTED).
    """
    standing: dict[str, Claim] = {}
    waiting = sorted(claims)
    while waiting:
        taken = _take(camera, waiting, at)
        lost = [one.key for one in waiting if one.key not in taken]
        if not lost:
            break
        found = _find(camera, lost)
        standing |= found
        # A key purged between the two statements is free again.
        waiting = [one for one in waiting if one.key not in taken and one.key not in found]
    return standing


def _take(camera: Camera, claims: Sequence[Claim], at: datetime) -> set[str]:
    columns: list[list[object]] = [list(column) for column in zip(*claims, strict=True)]
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_CLAIM, (camera.pk, at, *columns[:2], *columns[2:]), binary=True)
        return {key for (key,) in cursor}


def _find(camera: Camera, keys: list[str]) -> dict[str, Claim]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [camera.pk, keys])
        return {
            key: Claim(key, bytes(hashed), status, reason, read_id) for key, hashed, status, reason, read_id in cursor
        }
