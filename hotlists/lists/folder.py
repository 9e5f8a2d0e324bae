"""Files laid into a source's folder are handed in: ``<inbox>/<source code>/`` or ``<inbox>/<source code>/<list id>/``.

The inbox is the setting HOT_LIST_INBOX, by default ``hot-lists-inbox`` in the state folder. A file is taken when it has
stood still for ``STILL``; hidden files, ``.part`` and ``.tmp`` are not looked at, symbolic links never followed. It is
claimed by renaming it, so that of two workers one takes it. Afterwards it lies in ``taken/``, or, when it is refused at
once or by the worker that reads it, in ``refused/`` beside a note that says why; and is removed after ``KEPT``.
"""

import logging
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import OperationalError

from audit import asker
from audit.ledger import LedgerUnavailable
from audit.refusals import Refused
from hotlists.lists import handing
from hotlists.lists.receive import ReceivedFile, most_bytes, shown_name
from hotlists.models import HotList, HotListImport, HotListSource

log = logging.getLogger(__name__)

STILL = timedelta(seconds=10)
KEPT = timedelta(days=7)
# Long after a worker's time limit: what still lies there was claimed by one that was killed.
ABANDONED = timedelta(hours=1)
MOST_NAMED = 100
TAKING, TAKEN, REFUSED = ".taking", "taken", "refused"
_UNFINISHED = (".part", ".tmp")
# In characters, each of up to four bytes: what we put around it still fits into a name.
_LONGEST_NAME = 50
_MOST_DIGITS = 18  # of a number that PostgreSQL holds


class NotTaken(ValueError):
    """Why a file is refused before it is handed in, in words for the note."""


def inbox() -> Path:
    """The folder with a folder for each source."""
    return Path(settings.HOT_LIST_INBOX)


def folder_of(source: HotListSource) -> Path | None:
    """A source's folder; None where it has no code."""
    return inbox() / source.code if source.code else None


def pick_up(*, clock: Callable[[], datetime]) -> int:
    """Hand in what lies ready in the sources' folders; returns how many files were handed in.

    Safe to run twice, late or at the same time. ``clock`` gives now as an aware datetime.
    """
    handed_in = 0
    for source in HotListSource.objects.exclude(code=None).exclude(code="").order_by("pk"):
        folder = folder_of(source)
        if folder is None or not _made(folder) or not _is_ours(folder):
            continue
        _give_back(folder, clock())
        for path, list_id in _ready(folder, clock()):
            if handing.is_busy(source):  # the others stay where they lie until these are read
                break
            handed_in += _take(source, folder, path, list_id, clock())
        _settle(source, folder)
        _forget(folder, clock())
    return handed_in


def _ready(folder: Path, at: datetime) -> list[tuple[Path, int | None]]:
    """The files that stand still, each with the list its folder names."""
    found: list[tuple[Path, int | None]] = []
    try:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            if entry.is_dir(follow_symlinks=False) and entry.name.isdecimal():
                inner = sorted(os.scandir(entry.path), key=lambda one: one.name)
                found += [(Path(one.path), int(entry.name[:_MOST_DIGITS])) for one in inner if _stands_still(one, at)]
            elif _stands_still(entry, at):
                found.append((Path(entry.path), None))
    except OSError as error:
        log.error("the folder of a source cannot be read: %s", error.strerror)
    return found


def _stands_still(entry: "os.DirEntry[str]", at: datetime) -> bool:
    if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
        return False
    try:
        if not entry.is_file(follow_symlinks=False):
            return False
        facts = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # another worker took it
        return False
    # The time of change moves with every byte written and cannot be set back, which the time of modification can.
    now = at.timestamp()
    still = STILL.total_seconds()
    return now - facts.st_ctime >= still and (facts.st_mtime > now or now - facts.st_mtime >= still)


def _take(source: HotListSource, folder: Path, path: Path, list_id: int | None, at: datetime) -> int:
    claimed = _claim(folder, path)
    if claimed is None:
        return 0
    short = path.name[-_LONGEST_NAME:]
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{short}"
    try:
        started = _hand_in(source, claimed, path.name, list_id, at)
    except NotTaken as wrong:
        return _refuse(folder, claimed, name, str(wrong))
    except Refused as refused:
        refusal = refused.refusal
        return _refuse(folder, claimed, name, f"{refusal.reason} {refusal.citation}. {refusal.next_step}")
    except (LedgerUnavailable, OperationalError, OSError) as error:
        log.error("a hot list's file could not be picked up: %s; tried again", type(error).__name__)
        _move(claimed, path)
        return 0
    _move(claimed, _place(folder, TAKEN, f"{started.pk}-{short}"))
    log.info("import %s picked up from its folder", started.pk)
    return 1


def _claim(folder: Path, path: Path) -> Path | None:
    """The file in a folder of its own under ``TAKING``; None where another was quicker, or it may not be moved."""
    home = path.parent.name if path.parent != folder else ""
    own = folder / TAKING / f"{uuid4().hex}.{home}"  # says where the file goes back to if this worker dies
    try:
        own.mkdir(mode=0o700, parents=True)
        os.rename(path, own / path.name)
    except OSError as error:
        with suppress(OSError):
            own.rmdir()
        if not isinstance(error, FileNotFoundError):
            log.error("a file in the folder of a source may not be moved: %s", error.strerror)
        return None
    return own / path.name


def _hand_in(source: HotListSource, claimed: Path, name: str, list_id: int | None, at: datetime) -> HotListImport:
    hot_list = _list_for(source, list_id, at)
    if not source.layout:
        raise NotTaken("Nobody has settled which layout this source's files have: see the settings of the source.")
    try:
        number = os.open(claimed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise NotTaken("This is no ordinary file, or it may not be read.") from error
    with os.fdopen(number, "rb") as file:
        facts = os.fstat(number)
        if not stat.S_ISREG(facts.st_mode):
            raise NotTaken("This is no ordinary file.")
        if facts.st_size > most_bytes():
            raise NotTaken(f"The file is larger than {most_bytes():,} bytes.")
        return handing.hand_in_received(
            hot_list,
            ReceivedFile(file, shown_name(name)),
            layout=source.layout,
            origin=HotListImport.Origin.FOLDER,
            by=asker.system(f"folder {source.code}"),
            at=at,
        )


def _list_for(source: HotListSource, list_id: int | None, at: datetime) -> HotList:
    if list_id is not None:
        try:
            return handing.list_of(source, list_id, at=at)
        except HotList.DoesNotExist:
            raise NotTaken(f"This source has no open list of number {list_id}.") from None
    ordinary = HotList.objects.takes_entries(at).filter(source=source).select_related("source", "live_import")[:2]
    if len(ordinary) != 1:
        many = "several lists" if ordinary else "no list"
        raise NotTaken(f"This source has {many}: lay the file into a folder named by the list's number.")
    return ordinary[0]


def _refuse(folder: Path, claimed: Path, name: str, why: str) -> int:
    place = _place(folder, REFUSED, name)
    place.with_name(f"{place.name}.why.txt").write_text(f"{why}\nNothing was taken in and the list is as it was.\n")
    _move(claimed, place)
    return 0


def _settle(source: HotListSource, folder: Path) -> None:
    """Move what was taken and then refused by the worker that read it, with the worker's verdict and the bad rows.

    Of this source's files alone: whoever lays files here could name one after any import.
    """
    named = ((path.name.split("-")[0], path) for path in (folder / TAKEN).glob("*-*"))
    taken = {int(number): path for number, path in named if number.isdecimal() and len(number) <= _MOST_DIGITS}
    status = HotListImport.Status
    own = HotListImport.objects.filter(hot_list__source=source, origin=HotListImport.Origin.FOLDER)
    for of in own.filter(pk__in=taken, status__in=[status.REFUSED, status.STOPPED]):
        bad = [f"line {one.line}, {one.column}: {one.reason}" for one in of.rejections.order_by("line")[:MOST_NAMED]]
        _refuse(folder, taken[of.pk], taken[of.pk].name, "\n".join([of.verdict, *bad]))


def _place(folder: Path, kind: str, name: str) -> Path:
    """A free place below the folder of that kind."""
    (folder / kind).mkdir(mode=0o700, exist_ok=True)
    place, number = folder / kind / name, 1
    while place.exists():
        number += 1
        place = folder / kind / f"{number}-{name}"
    return place


def _move(claimed: Path, target: Path) -> None:
    with suppress(FileNotFoundError):
        os.rename(claimed, target)
        if claimed.parent.parent.name == TAKING:
            claimed.parent.rmdir()


def _made(folder: Path) -> bool:
    """Whether the folder is there and is one, not a link to one."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.error("the folder of a source cannot be made: %s", error.strerror)
        return False
    return not folder.is_symlink()


def _is_ours(folder: Path) -> bool:
    """Whether what lies beside the files is ours: whoever lays files here could put links in its place, and we would
    move and remove what is none of theirs."""
    for kind in (TAKING, TAKEN, REFUSED):
        inner = folder / kind
        if inner.is_symlink() or (inner.exists() and not inner.is_dir()):
            log.error("the folder of a source holds something that is not ours under the name %s; left alone", kind)
            return False
    if any(own.is_symlink() for own in (folder / TAKING).glob("*")):
        log.error("the folder of a source holds a link where files are being taken; left alone")
        return False
    return True


def _give_back(folder: Path, at: datetime) -> None:
    """Put back what a killed worker had claimed."""
    for own in (folder / TAKING).glob("*.*"):
        with suppress(OSError):
            if own.lstat().st_mtime < (at - ABANDONED).timestamp():
                for path in own.iterdir():
                    home = folder / own.name.partition(".")[2] / path.name
                    if not home.exists():
                        _move(path, home)


def _forget(folder: Path, at: datetime) -> None:
    """Remove what was done with long ago: these are copies of a hot list."""
    for kind in (TAKEN, REFUSED):
        for path in (folder / kind).glob("*"):
            with suppress(FileNotFoundError):
                if path.lstat().st_ctime < (at - KEPT).timestamp():
                    path.unlink()
