"""Handing in and following a list's file, for the doors: who may on which list, then the engine's verb."""

from datetime import datetime

from audit import ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from hotlists.imports import hand_in as engine
from hotlists.lists import managing
from hotlists.lists.receive import ReceivedFile
from hotlists.models import HotList, HotListImport, HotListSource

PURPOSE = "hot lists"
Status = HotListImport.Status
# Files of one source that may wait or be read at a time: more would only fill the disk.
MOST_OPEN = 10
ENDED = frozenset({Status.LIVE, Status.SUPERSEDED, Status.REFUSED, Status.STOPPED})


def is_open(of: HotListImport) -> bool:
    """Whether a file still waits or is being read."""
    return of.status not in ENDED


def per_cent(of: HotListImport) -> int:
    """How much of the file has been read, 0 to 100; 100 only once it has ended well."""
    if of.status in (Status.LIVE, Status.SUPERSEDED):
        return 100
    return min(99, of.done_bytes * 100 // of.size) if of.size else 0


def list_for(hot_list_id: int, *, by: Asker, at: datetime) -> HotList:
    """The list a person may hand a file in for; asked before the file's bytes are read.

    Raises Refused (recorded), and HotList.DoesNotExist where the asker may not see it, or it takes nothing in.
    """
    if by.user is None or by.user.organisation or Ability.MANAGE_HOT_LISTS not in abilities_of(by.user, at):
        subject = ("hot_list", hot_list_id, "")
        with ledger.act(Action.IMPORT_START, by=by, at=at, purpose=PURPOSE, subject=subject):
            managing.admit(by, at=at)
    found = HotList.objects.open_for_entry(by.member, at).select_related("source", "live_import")
    return found.get(pk=hot_list_id)


def list_of(source: HotListSource, hot_list_id: int, *, at: datetime) -> HotList:
    """The list of a source that its software or folder hands in for. Raises HotList.DoesNotExist."""
    return HotList.objects.takes_entries(at).select_related("source", "live_import").get(pk=hot_list_id, source=source)


def is_busy(source: HotListSource) -> bool:
    """Whether as many of the source's files wait or are read as may."""
    return HotListImport.objects.filter(hot_list__source=source).exclude(status__in=ENDED).count() >= MOST_OPEN


def hand_in_received(
    hot_list: HotList,
    received: ReceivedFile,
    *,
    layout: str,
    by: Asker,
    at: datetime,
    origin: str = HotListImport.Origin.UPLOAD,
    expect_shrink: bool = False,
) -> HotListImport:
    """Hand a whole file in for a list. Raises Refused (recorded; nothing was kept), LedgerUnavailable."""
    return engine.hand_in(
        hot_list_id=hot_list.pk,
        layout=layout,
        name=received.name,
        stream=received.stream,
        origin=origin,
        expect_shrink=expect_shrink,
        by=by,
        at=at,
    )
