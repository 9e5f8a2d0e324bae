"""Plates that no read has any more leave the dictionary: what was destroyed is forgotten there too.

The dictionary is walked in buckets of two leading characters, so a walk that stops goes on without naming a plate.
Each look is an index probe per plate and takes no lock; the few plates without a read are looked at again under the
lock that a statement storing reads shares (migration 0008), so none leaves as its read arrives.
"""

import random
import time
from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import product
from string import ascii_uppercase, digits

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from audit import asker, ledger
from audit.actions import Action
from detections.models import Plate, PlateSweep, PurgeCertificate

PURPOSE = "retention"
LOOK, BATCH = 20_000, 200
# Without a purge the dictionary hardly changes: a corrected read leaves a plate behind now and then.
AT_LEAST_EVERY = timedelta(days=30)
PATIENCE = 120.0
# How long a batch waits for its lock, and statements that store reads behind it.
LOCK_WAIT = "40ms"
STARTS = ["", *("".join(pair) for pair in product(digits + ascii_uppercase, repeat=2))]

# A scalar subquery with a limit is never turned into a join over all reads.
_ORPHANS = """
    SELECT p.plate, (SELECT d.captured_at FROM detections_detection d WHERE d.plate = p.plate LIMIT 1) IS NULL
    FROM detections_plate p WHERE p.plate > %s AND p.plate < %s ORDER BY p.plate LIMIT %s
"""
_FORGET = """
    DELETE FROM detections_plate p WHERE p.plate = ANY(%s)
    AND (SELECT d.captured_at FROM detections_detection d WHERE d.plate = p.plate LIMIT 1) IS NULL
"""


def due(at: datetime) -> bool:
    """Whether a walk should begin or go on: one was stopped, reads were destroyed since the last, or it is long ago."""
    if PlateSweep.objects.filter(finished_at=None).exists():
        return True
    last = PlateSweep.objects.order_by("-started_at").values_list("started_at", flat=True).first()
    if last is None or last < at - AT_LEAST_EVERY:
        return True
    return PurgeCertificate.objects.filter(run_at__gte=last, reads_destroyed__gt=0).exists()


def forget_plates(*, at: datetime, patience: float = PATIENCE) -> PlateSweep:
    """Walk the dictionary, or the rest of it, and take out plates without a read. On record at beginning and end.

    Where statements that store reads leave no moment for ``patience`` seconds, the walk stops and goes on next time.
    """
    sweep = _begin(at)
    while sweep.bucket < len(STARTS):
        forgotten = _bucket(sweep.bucket, patience)
        if forgotten is None:
            return sweep
        sweep.bucket = _next_bucket(sweep.bucket + 1)
        sweep.forgotten += forgotten
        sweep.save(update_fields=["bucket", "forgotten"])
    with ledger.act(Action.PLATES_FORGET, by=asker.system("dictionary"), at=at, purpose=PURPOSE) as record:
        sweep.finished_at = at
        sweep.save(update_fields=["finished_at"])
        record.about("plate sweep", sweep.pk)
        record.result_count = sweep.forgotten
    return sweep


def _begin(at: datetime) -> PlateSweep:
    with ledger.act(Action.PLATES_FORGET, by=asker.system("dictionary"), at=at, purpose=PURPOSE) as record:
        sweep = PlateSweep.objects.filter(finished_at=None).first() or PlateSweep.objects.create(started_at=at)
        record.about("plate sweep", sweep.pk)
        record.detail = {"begins_at": sweep.bucket}
    return sweep


def _next_bucket(number: int) -> int:
    """The first bucket from ``number`` on that holds a plate; the end where none does."""
    if number >= len(STARTS):
        return number
    plate = Plate.objects.filter(plate__gte=STARTS[number]).order_by("plate").values_list("plate", flat=True).first()
    return len(STARTS) if plate is None else bisect_right(STARTS, plate) - 1


def _bucket(number: int, patience: float) -> int | None:
    """Forget the orphans of a bucket; how many, or None where the lock was not to be had."""
    after, end = STARTS[number], STARTS[number + 1] if number + 1 < len(STARTS) else "\x7f"
    forgotten = 0
    if number:
        after = _just_before(after)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_ORPHANS, [after, end, LOOK])
            rows = cursor.fetchall()
        orphans = [plate for plate, orphan in rows if orphan]
        for start in range(0, len(orphans), BATCH):
            taken = _forget(orphans[start : start + BATCH], patience)
            if taken is None:
                return None
            forgotten += taken
        if len(rows) < LOOK:
            return forgotten
        after = rows[-1][0]


def _just_before(start: str) -> str:
    """A text right before every plate that begins with ``start``, and after all that come before those."""
    return start[:-1] + chr(ord(start[-1]) - 1) + "\x7f"


def _forget(plates: list[str], patience: float) -> int | None:
    ends = time.monotonic() + patience
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
                cursor.execute("SELECT pg_advisory_xact_lock(525, 8)")
                # A statement of its own: it sees what was committed before the lock was had.
                cursor.execute(_FORGET, [plates])
                return cursor.rowcount
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            if time.monotonic() >= ends:
                return None
        time.sleep(random.uniform(0.05, 0.2))  # noqa: S311 - jitter, not a secret
