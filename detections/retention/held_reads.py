"""The reads of a hold in the partitioned store: found, locked and copied, each by camera, time and id.

Order of locks, shared with the purge: reads by (captured_at, id). A purge that comes first takes the partition, so a
hold waits and then finds the reads gone or in their new partition; a purge that comes second waits for the hold and
then sees the copies.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from detections.models import Detection, HeldRead, ReadRef
from detections.rules.holds import Window

# A purge's own locks last milliseconds; only a long DELETE from the stray partition keeps a hold waiting.
LONGEST_WAIT = "15s"
# A read that moved to another partition while the lock was awaited is found by the next look.
LOOKS = 3

# The bounds let the planner drop all other partitions; camera and time find each read in the one left.
_WANTED = """
    FROM unnest(%(cameras)s::integer[], %(times)s::timestamptz[], %(ids)s::uuid[]) AS w (camera_id, captured_at, id)
    JOIN detections_detection d ON d.camera_id = w.camera_id AND d.captured_at = w.captured_at AND d.id = w.id
    WHERE d.captured_at BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
"""
_LOCK = f"SELECT d.id, d.camera_id, d.captured_at {_WANTED} ORDER BY d.captured_at, d.id FOR UPDATE OF d"  # noqa: S608
_COPY = f"""
    INSERT INTO detections_heldread (hold_id, detection_id, camera_id, captured_at, plate, copy)
    SELECT %(hold)s, d.id, d.camera_id, d.captured_at, d.plate, to_jsonb(d) {_WANTED}
"""  # noqa: S608
_STANDING = f"SELECT d.* {_WANTED}"  # noqa: S608


class StoreBusy(Exception):
    """The reads stayed locked by a purge for longer than a person waits; nothing was held."""


def lock(refs: Collection[ReadRef]) -> set[ReadRef]:
    """Lock these reads until the transaction ends; returns those that are there. Raises StoreBusy."""
    there: set[ReadRef] = set()
    with _as_planned():
        for _ in range(LOOKS):
            missing = [ref for ref in refs if ref not in there]
            if not missing:
                break
            there |= _rows(_LOCK, missing)
    return there


def copy(hold_id: UUID, refs: Collection[ReadRef]) -> int:
    """Write each read, as it stands, under the hold; returns how many. Call it after ``lock``."""
    with _as_planned(), connection.cursor() as cursor:
        cursor.execute(_COPY, _named(refs) | {"hold": hold_id})
        return cursor.rowcount


def standing(refs: Collection[ReadRef]) -> dict[ReadRef, Detection]:
    """The reads of these references that still stand in the store. One query."""
    if not refs:
        return {}
    with _as_planned():
        return {read.ref: read for read in Detection.objects.raw(_STANDING, _named(refs))}


def in_window(window: Window, *, seen_from: datetime | None, case_number: str, limit: int) -> set[ReadRef]:
    """What the cameras saw in the window, up to ``limit``: not past its ceiling, or held under the same case."""
    first = max(window.from_at, seen_from) if seen_from else window.from_at
    seen = Detection.objects.filter(
        camera__number__in=window.cameras, captured_at__gte=first, captured_at__lt=window.to_at
    )
    found = {ReadRef._make(row) for row in seen.values_list("id", "camera_id", "captured_at")[:limit]}
    if len(found) < limit and first > window.from_at:
        held = HeldRead.objects.filter(
            hold__case_number=case_number,
            hold__lifted_at=None,
            camera__number__in=window.cameras,
            captured_at__gte=window.from_at,
            captured_at__lt=min(first, window.to_at),
        )
        found |= {ReadRef._make(row) for row in held.values_list("detection_id", "camera_id", "captured_at")[:limit]}
    return found


def may_be_held(refs: Collection[ReadRef], *, seen_from: datetime | None, case_number: str) -> set[ReadRef]:
    """Those of them not past their ceiling, or held under the same case already."""
    if seen_from is None:
        return set(refs)
    old = {ref for ref in refs if ref.captured_at < seen_from}
    if not old:
        return set(refs)
    held = HeldRead.objects.filter(
        hold__case_number=case_number, hold__lifted_at=None, detection_id__in=[ref.id for ref in old]
    )
    known = {ReadRef._make(row) for row in held.values_list("detection_id", "camera_id", "captured_at")}
    return set(refs) - (old - known)


def _named(refs: Collection[ReadRef]) -> dict[str, Any]:
    times = [ref.captured_at for ref in refs]
    return {
        "ids": [ref.id for ref in refs],
        "cameras": [ref.camera for ref in refs],
        "times": times,
        "first": min(times),
        "last": max(times),
    }


def _rows(statement: str, refs: Collection[ReadRef]) -> set[ReadRef]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, _named(refs))
            return {ReadRef._make(row) for row in cursor.fetchall()}
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise StoreBusy from error
        raise


@contextmanager
def _as_planned() -> Iterator[None]:
    """Look each read up in the camera index of its partition, never hash or merge a whole partition.

    Needs an open transaction; the settings are put back unless it failed.
    """
    wanted = {"enable_hashjoin": "off", "enable_mergejoin": "off", "lock_timeout": LONGEST_WAIT}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join('current_setting(%s)' for _ in wanted)}", list(wanted))  # noqa: S608
        before = dict(zip(wanted, cursor.fetchone(), strict=True))
        _set(wanted)
    yield
    _set(before)


def _set(values: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join('set_config(%s, %s, true)' for _ in values)}",  # noqa: S608
            [part for pair in values.items() for part in pair],
        )
