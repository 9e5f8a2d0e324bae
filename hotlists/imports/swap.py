"""The swap: one value changes, and with it the whole list."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from simple_history.utils import bulk_update_with_history

from hotlists.models import HotList, HotListImport, HotPlate

LEFT = "Left the list"
BATCH = 500
_LISTED_NO_MORE = """
    SELECT h.id FROM hotlists_hotplate h
    WHERE h.hot_list_id = %(hot_list)s AND h.listed_digest IS NOT NULL AND h.expires_at IS NULL
    AND NOT EXISTS (
        SELECT FROM hotlists_listedplate l
        WHERE l.import_id = %(number)s
        AND translate(l.plate, 'OQDILBSZG', '000118526') = translate(h.plate, 'OQDILBSZG', '000118526')
        AND l.plate = h.plate AND l.state = h.state AND l.file_type = h.file_type
        AND l.entry_number = h.system_entry_number)
"""


class NotInOrder(Exception):
    """A newer file is live already: an older one never takes its place."""


@transaction.atomic
def swap(import_: HotListImport, at: datetime) -> int:
    """Make a sealed import the live one of its list; how many of its hot plates left the list. Raises NotInOrder.

    Other statements see the list that was live or the new one, whole, and nothing in between.
    """
    hot_list = HotList.objects.select_for_update(of=("self",), no_key=True).get(pk=import_.hot_list_id)
    live = HotListImport.objects.select_for_update(of=("self",), no_key=True)
    old = live.get(pk=hot_list.live_import_id) if hot_list.live_import_id is not None else None
    if old is not None and old.pk >= import_.pk:
        raise NotInOrder(old.pk)
    if old is not None:
        if old.live_from is not None and at <= old.live_from:  # a clock that went back
            at = old.live_from + timedelta(microseconds=1)
        old.status, old.live_until = HotListImport.Status.SUPERSEDED, at
        old.save(update_fields=["status", "live_until"])
    import_.status, import_.live_from, import_.ended_at = HotListImport.Status.LIVE, at, at
    import_.save(update_fields=["status", "live_from", "ended_at"])
    HotList.objects.filter(pk=hot_list.pk).update(live_import=import_)
    return end_left(hot_list.pk, import_.pk, at)


def end_left(hot_list: int, number: int, at: datetime) -> int:
    """End the hot plates that stand for rows which are not on the import of that number; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTED_NO_MORE, {"hot_list": hot_list, "number": number})
        left = [key for (key,) in cursor.fetchall()]
    for start in range(0, len(left), BATCH):
        entries = list(HotPlate.objects.filter(pk__in=left[start : start + BATCH]))
        for entry in entries:
            entry.expires_at = max(at, entry.effective_from + timedelta(microseconds=1))
        bulk_update_with_history(entries, HotPlate, ["expires_at"], default_change_reason=LEFT)
    return len(left)
