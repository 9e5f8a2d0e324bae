"""What happens by the clock: people are told before the end, and the end is recorded. The end itself is arithmetic."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from simple_history.utils import bulk_update_with_history

from audit import ledger, notices, policy
from audit.actions import Action
from audit.asker import Asker
from audit.models import Notice, User
from hotlists.models import HotPlate, NearKey

BATCH = 500


def expire_hot_plates(*, at: datetime, by: Asker) -> int:
    """Record that entries reached their end; returns how many. They stopped matching by themselves at that instant.

    Safe to run twice, late or at the same time: rows another sweep holds are left to it. No record when nothing ended.
    What reads are looked up by goes with them: nothing that has ended is matched again.
    """
    if not HotPlate.objects.due_to_expire(at).exists():
        return 0
    with ledger.act(Action.HOT_PLATE_EXPIRE, by=by, at=at, purpose="system") as record:
        count = 0
        while batch := list(_ended(at)):
            for entry in batch:
                entry.expiry_recorded_at = at
            bulk_update_with_history(batch, HotPlate, ["expiry_recorded_at"], default_change_reason="Reached its end")
            NearKey.objects.filter(hot_plate__in=batch).delete()
            count += len(batch)
        record.result_count = count
    return count


def warn_of_ends(*, at: datetime, by: Asker) -> int:
    """Tell those who entered hot plates that they end soon, as often as the profile says; returns how many were told.

    Each is told once at each distance from the end, and not at all at one that the entry's whole life is shorter than.
    Safe to run twice, late or at the same time: one that comes late tells the nearest distance only.
    """
    if not (due := _not_yet_told(at)):
        return 0
    with ledger.act(Action.HOT_PLATE_WARN, by=by, at=at, purpose="system") as record:
        told = 0
        for entry, who, key in due:
            told += notices.tell([who], key=key, words=_words(entry), path=_page(entry), at=at)
        record.result_count = told
        record.detail = {"entries": [entry.pk for entry, _, _ in due]}
    return told


def _ended(at: datetime) -> Any:
    return (
        HotPlate.objects.due_to_expire(at)
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("expires_at")[:BATCH]
    )


def _not_yet_told(at: datetime) -> list[tuple[HotPlate, User, str]]:
    """Entries, who is to be told and the key of the notice, but for those told already and those no longer theirs."""
    distances = sorted(policy.duration(text) for text in policy.in_force(at).get("hotplate.notice_before", ()))
    due = [(entry, entry.entered_by, _key(entry, before)) for entry, before in _due(distances, at)]
    known = set(Notice.objects.filter(key__in=[key for _, _, key in due]).values_list("key", flat=True))
    return [
        (entry, who, key)
        for entry, who, key in due
        if who is not None and key not in known and _may_renew(entry, who, at)
    ]


def _due(distances: Iterable[timedelta], at: datetime) -> Iterable[tuple[HotPlate, timedelta]]:
    """Each live entry that is nearer to its end than some distance, with the smallest such distance."""
    seen = set()
    for before in distances:
        near = HotPlate.objects.active(at).filter(
            entered_by__is_active=True, expires_at__lte=at + before, expires_at__gt=F("effective_from") + before
        )
        near = near.filter(withdrawn_at=None, expiry_recorded_at=None)  # so that the index of ends serves
        for entry in near.select_related("entered_by", "hot_list"):
            if entry.pk not in seen:
                seen.add(entry.pk)
                yield entry, before


def _may_renew(entry: HotPlate, who: User, at: datetime) -> bool:
    """Whether the list is still open to who entered it: the notice leads to its page."""
    return HotPlate.objects.workable_by(who, at).filter(pk=entry.pk).exists()


def _key(entry: HotPlate, before: timedelta) -> str:
    return f"hot_plate.ends:{entry.pk}:{before // timedelta(minutes=1)}"


def _words(entry: HotPlate) -> str:
    """No plate and no case: a notice may go by mail."""
    assert entry.expires_at is not None  # noqa: S101 - only what ends is warned of
    ends = date_format(timezone.localtime(entry.expires_at), "M j, H:i T")
    what = entry.get_category_display().lower()
    return f"A hot plate you entered ({what}) ends {ends}. Renew it if it is still wanted."


def _page(entry: HotPlate) -> str:
    return reverse("hotlists:hot_plate", args=[entry.pk])
