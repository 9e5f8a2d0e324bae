"""The end of photographs: rows past the ceiling with no read left, and files that no row names."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q

from audit import asker, ledger
from audit.actions import Action
from detections.models import Detection, Photo

BATCH = 1_000
FOLDERS = ("original", "served")
# A file is written before its row: younger ones may belong to a post that is still under way.
GRACE = timedelta(hours=1)
PURPOSE = "retention"

log = logging.getLogger(__name__)


def destroy_rows(cutoff: datetime) -> tuple[int, list[str]]:
    """Delete photographs captured before the cutoff whose reads are all gone; how many, and their files' names.

    The files are removed only after the transaction is committed (``remove_files``).
    """
    names: list[str] = []
    count = 0
    kept = Exists(
        Detection.objects.filter(
            camera__id=OuterRef("camera"), captured_at=OuterRef("captured_at"), photo=OuterRef("pk")
        )
    )
    while True:
        photos = Photo.objects.filter(~kept, captured_at__lt=cutoff)
        batch = list(photos.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:BATCH])
        if not batch:
            return count, names
        names += [stored.name for photo in batch for stored in (photo.original, photo.served) if stored.name]
        Photo.objects.filter(pk__in=[photo.pk for photo in batch]).delete()
        count += len(batch)


def remove_files(names: list[str]) -> int:
    """Remove files; one that cannot be removed is logged and left to the nightly clean-up. How many went."""
    removed = 0
    for name in names:
        try:
            default_storage.delete(name)
        except OSError:
            log.exception("a photograph's file could not be removed")
        else:
            removed += 1
    return removed


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
