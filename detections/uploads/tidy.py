"""The end of files of reads: what they held is in the store, and they would outlive its ceilings."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage

from detections.models import Upload

log = logging.getLogger(__name__)

# Long enough to look at the rejected rows and mend them.
KEPT = timedelta(days=14)
# A file is stored before its row: younger ones may belong to one that is being handed in.
GRACE = timedelta(hours=2)
FOLDER = "uploads"


def remove_files(*, at: datetime) -> int:
    """Remove files that ended ``KEPT`` ago, and those that no row names. Safe to run twice or late. How many."""
    over = Upload.objects.filter(ended_at__lt=at - KEPT).exclude(file="")
    removed = 0
    for upload in over.order_by("ended_at")[:1000]:
        if _remove(str(upload.file.name)):
            Upload.objects.filter(pk=upload.pk).update(file="", file_removed_at=at)
            removed += 1
    return removed + sum(_remove(name) for name in _orphans(at)) + _forget_incoming(at)


def _remove(name: str) -> bool:
    try:
        default_storage.delete(name)
    except OSError:
        log.exception("an uploaded file could not be removed")
        return False
    return True


def _orphans(at: datetime) -> list[str]:
    names: list[str] = []
    try:
        folders, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return names
    for folder in folders:
        path = PurePosixPath(FOLDER) / folder
        files = [str(path / name) for name in default_storage.listdir(str(path))[1]]
        owned = set(Upload.objects.filter(file__in=files).values_list("file", flat=True))
        names += [name for name in files if name not in owned and _older(name, at)]
    return names


def _older(name: str, at: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < at - GRACE
    except FileNotFoundError:
        return False


def _forget_incoming(at: datetime) -> int:
    """Pieces that a server left behind when it was killed while they came."""
    count = 0
    for path in (Path(settings.STATE_DIR) / "incoming").glob("upload-*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (at - GRACE).timestamp():
                path.unlink()
                count += 1
    return count
