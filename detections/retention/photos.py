"""The end of photographs: rows past the ceiling with no read left, and files that no row names."""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, Q

from audit import asker, ledger
from audit.actions import Action
from detections.models import FileRemoval, FileToRemove, Photo, ReadRef

BATCH = 1_000
FOLDERS = ("original", "served")
# A file is written before its row: younger ones may belong to a post that is still under way.
GRACE = timedelta(hours=1)
PURPOSE = "retention"

# The names of both files of each photograph that is gone, for the list of a removal.
_LIST = """
, listed AS (
    INSERT INTO detections_filetoremove (removal_id, name)
    SELECT %s, n.name FROM gone, LATERAL (VALUES (gone.original), (gone.served)) AS n (name) WHERE n.name <> ''
    RETURNING 1
) SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM listed)
"""

log = logging.getLogger(__name__)


def count_rows(first: datetime, upto: datetime, stays: Collection[UUID]) -> int:
    """How many photographs captured in ``[first, upto)`` a purge deletes that leaves these."""
    return Photo.objects.filter(captured_at__gte=first, captured_at__lt=upto).exclude(pk__in=stays).count()


def of_reads(refs: Collection[ReadRef]) -> list[UUID]:
    """The photographs of these reads: they stay as long as the reads do."""
    if not refs:
        return []
    times = [ref.captured_at for ref in refs]
    with connection.cursor() as cursor:
        # Settings of the planner would be the caller's: the subquery finds each read by its camera and time.
        cursor.execute(
            "SELECT DISTINCT (SELECT d.photo_id FROM detections_detection d WHERE d.camera_id = k.camera_id"
            " AND d.captured_at = k.captured_at AND d.id = k.id AND d.captured_at BETWEEN %s AND %s LIMIT 1)"
            " FROM unnest(%s::integer[], %s::timestamptz[], %s::uuid[]) AS k (camera_id, captured_at, id)",
            [min(times), max(times), [ref.camera for ref in refs], times, [ref.id for ref in refs]],
        )
        return [photo for (photo,) in cursor.fetchall() if photo]


def destroy_orphan_rows(cutoff: datetime, removal: UUID) -> tuple[int, int]:
    """Delete photographs captured before the cutoff of which no read is left; and how many files were listed.

    The files are removed only after the transaction is committed, from the list of this ``removal`` (a certificate).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT p.id FROM detections_photo p JOIN cameras_camera c ON c.id = p.camera_id"  # noqa: S608
            " WHERE p.captured_at < %s AND (SELECT d.id FROM detections_detection d WHERE d.camera_id = c.number"
            " AND d.captured_at = p.captured_at AND d.photo_id = p.id LIMIT 1) IS NULL FOR UPDATE OF p SKIP LOCKED),"
            " gone AS (DELETE FROM detections_photo WHERE id IN (SELECT id FROM due) RETURNING original, served)"
            f" {_LIST}",
            [cutoff, removal],
        )
        return cursor.fetchone()


def remove_listed(removal: FileRemoval, *, at: datetime, batch: int = BATCH) -> FileRemoval:
    """Remove the files of a committed purge and count them; one that was stopped goes on. On record when all are gone.

    A file that cannot be removed stays on the list for the next run. After a stop, a file removed just before it
    counts as missing.
    """
    after = 0
    while True:
        rows = list(removal.waiting.filter(pk__gt=after).order_by("pk").values_list("pk", "name")[:batch])
        if not rows:
            break
        after = rows[-1][0]
        outcomes = {pk: _remove(name) for pk, name in rows}
        gone = [pk for pk, outcome in outcomes.items() if outcome is not None]
        removed = sum(outcome is True for outcome in outcomes.values())
        with transaction.atomic():
            counts = {"removed": F("removed") + removed, "missing": F("missing") + len(gone) - removed}
            FileRemoval.objects.filter(pk=removal.pk).update(**counts)
            FileToRemove.objects.filter(pk__in=gone).delete()
    removal.refresh_from_db()
    if removal.finished_at is None and not removal.waiting.exists():
        _finish(removal, at)
    return removal


def remove_all_listed(*, at: datetime) -> int:
    """Go on with every list of files that is not finished; how many lists there were."""
    open_lists = list(FileRemoval.objects.filter(finished_at=None).order_by("pk"))
    for removal in open_lists:
        remove_listed(removal, at=at)
    return len(open_lists)


def _finish(removal: FileRemoval, at: datetime) -> None:
    if removal.listed == 0:
        FileRemoval.objects.filter(pk=removal.pk).update(finished_at=at)
        return
    subject = ("purge", removal.pk, "")
    by = asker.system("photo removal")
    with ledger.act(Action.PHOTO_CLEAN, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        FileRemoval.objects.filter(pk=removal.pk, finished_at=None).update(finished_at=at)
        record.result_count = removal.removed
        record.detail = {"listed": removal.listed, "removed": removal.removed, "missing": removal.missing}
    removal.finished_at = at


def _remove(name: str) -> bool | None:
    """Remove a file and look whether it is gone: True; False where it was not there; None where it still is."""
    try:
        if not default_storage.exists(name):
            return False
        default_storage.delete(name)
        return None if default_storage.exists(name) else True
    except OSError:
        log.exception("a photograph's file could not be removed")
        return None


def remove_files(names: list[str]) -> int:
    """Remove files; one that cannot be removed is logged and left to the nightly clean-up. How many went."""
    return sum(_remove(name) is True for name in names)


def clean_photos(*, at: datetime) -> int:
    """Remove stored photographs that no row names and that are older than an hour. Safe to run twice. How many went."""
    with ledger.act(Action.PHOTO_CLEAN, by=asker.system("photo clean-up"), at=at, purpose=PURPOSE) as record:
        removed = sum(remove_files(_orphans(folder, at)) for folder in _folders())
        record.result_count = removed
    return removed


def _folders() -> Iterator[str]:
    """``original/3f``, ``served/3f`` and so on: the folders that hold photographs, as they are in storage."""
    for top in FOLDERS:
        try:
            below, _ = default_storage.listdir(top)
        except FileNotFoundError:  # nothing has been stored yet
            continue
        yield from (f"{top}/{name}" for name in sorted(below))


def _orphans(folder: str, at: datetime) -> list[str]:
    """Names of old files in a folder that belong to no photograph."""
    _, files = default_storage.listdir(folder)
    names = [str(PurePosixPath(folder) / name) for name in files]
    named = Q(original__in=names) | Q(served__in=names)
    rows = Photo.objects.filter(named).values_list("original", "served")
    owned = {name for row in rows for name in row}
    return [name for name in names if name not in owned and _older(name, at)]


def _older(name: str, at: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < at - GRACE
    except FileNotFoundError:  # another run removed it in between
        return False
