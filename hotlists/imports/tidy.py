"""The end of what imports leave: rows of superseded lists, rows and files of imports that came to nothing."""

from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.db.models import Q

from audit import asker, ledger
from audit.actions import Action
from audit.asker import Asker
from hotlists.imports import store
from hotlists.imports.hand_in import FOLDER, OPEN, PURPOSE, put_away, remove
from hotlists.imports.swap import end_left
from hotlists.models import HotList, HotListImport

Status = HotListImport.Status
# A file is stored before its row: younger ones may belong to one that is being handed in.
GRACE = timedelta(hours=2)


def drop_superseded(at: datetime) -> int:
    """Destroy the rows of lists superseded ``store.KEPT`` ago, each on record; how many lists.

    Safe to run twice or late. What imports that were refused, stopped or lost left behind goes too.
    """
    over = HotListImport.objects.filter(
        status=Status.SUPERSEDED, dropped_at=None, live_until__lte=at - store.KEPT
    ).order_by("pk")
    by = asker.system("destroy superseded hot lists")
    count = sum(_drop(import_, at, by) for import_ in over)
    _tidy(at)
    return count


def _drop(import_: HotListImport, at: datetime, by: Asker) -> bool:
    subject = ("hot_list_import", import_.pk, "")
    try:
        with ledger.act(Action.IMPORT_DROP, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
            row = HotListImport.objects.select_for_update(of=("self",), no_key=True).get(pk=import_.pk)
            if row.dropped_at is not None:
                raise _Done
            row.dropped_at = at
            row.save(update_fields=["dropped_at"])
            record.result_count = row.kept
            record.detail = {"hot_list": row.hot_list_id, "sha256": row.sha256, "live_until": row.live_until}
            store.drop(row.pk)
    except (store.Busy, _Done):
        return False
    return True


class _Done(Exception):
    """Another sweep was quicker."""


def _tidy(at: datetime) -> None:
    ended = HotListImport.objects.exclude(status__in=OPEN)
    held = store.present()
    nothing = Q(pk__in=list(held), status__in=[Status.REFUSED, Status.STOPPED])
    for import_ in ended.filter(nothing | ~Q(file="")):
        put_away(import_)
    for import_ in HotListImport.objects.filter(pk__in=HotList.objects.values("live_import")):
        end_left(import_.hot_list_id, import_.pk, at)
    for name in _orphans(at):
        remove(name)


def _orphans(at: datetime) -> list[str]:
    try:
        names = [str(PurePosixPath(FOLDER) / name) for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return []
    owned = set(HotListImport.objects.filter(file__in=names).values_list("file", flat=True))
    return [name for name in names if name not in owned and _older(name, at)]


def _older(name: str, at: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < at - GRACE
    except FileNotFoundError:
        return False
