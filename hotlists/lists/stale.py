"""Which lists are out of date: older than the interval their source promises. Arithmetic on two instants, no job.

A list that is out of date still matches; what matches it says so. The task only raises the alarm, once each time.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audit import ledger, notices
from audit.abilities import ABILITIES, Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import LedgerEntry, RoleGrant, User
from hotlists.models import HotList, HotListSource

log = logging.getLogger(__name__)

PURPOSE = "system"


def due_at(hot_list: HotList) -> datetime | None:
    """When the list has to be renewed next; None where its source promises no interval or nothing was taken in yet.

    Reads ``source`` and ``live_import``: load them with the list.
    """
    live, minutes = hot_list.live_import, hot_list.source.refresh_minutes
    if minutes is None or live is None or live.live_from is None:
        return None
    return live.live_from + timedelta(minutes=minutes)


def is_stale(hot_list: HotList, at: datetime) -> bool:
    """Whether the list is out of date at the instant: ``due <= at``, or an interval is promised and nothing ever came.

    A closed list is not expected to be renewed.
    """
    if hot_list.source.refresh_minutes is None or (hot_list.closed_at is not None and hot_list.closed_at <= at):
        return False
    due = due_at(hot_list)
    return due is None or due <= at


def stale_lists(at: datetime) -> list[HotList]:
    """Every list that is out of date, special ones too: for the clockwork and for counts, not for a page. One query."""
    promised = HotList.objects.filter(source__refresh_minutes__isnull=False)
    open_ones = promised.filter(Q(closed_at=None) | Q(closed_at__gt=at)).select_related("source", "live_import")
    return [one for one in open_ones.order_by("source__name", "pk") if is_stale(one, at)]


def count_stale(user: User, at: datetime) -> int:
    """How many lists that the person may see are out of date."""
    seen = set(HotList.objects.visible_to(user, at).values_list("pk", flat=True))
    return sum(one.pk in seen for one in stale_lists(at))


def alarms(at: datetime) -> list[str]:
    """What is out of date, in words for an administrator. A special list is not named: who may know of it is few."""
    return [_words(one) for one in stale_lists(at)]


def raise_alarms(*, at: datetime, by: Asker) -> int:
    """Record each list that has become out of date, tell ALPR administrators, and log it. Returns how many are new.

    Safe to run twice, late or at the same time: one record for each time a list becomes out of date.
    """
    return sum(_raise(one.pk, at=at, by=by) for one in stale_lists(at) if not _is_told(one))


def _raise(hot_list_id: int, *, at: datetime, by: Asker) -> bool:
    # Not ledger.act: whether there is anything to record is only known under the lock, and an act always records.
    with transaction.atomic(durable=True):
        HotListSource.objects.select_for_update(no_key=True).get(hot_lists=hot_list_id)
        hot_list = HotList.objects.select_related("source", "live_import").get(pk=hot_list_id)
        if not is_stale(hot_list, at) or _is_told(hot_list):
            return False
        due = due_at(hot_list)
        notices.tell(
            _told_people(hot_list, at),
            key=f"stale:{hot_list.pk}:{hot_list.live_import_id or 0}:{hot_list.source.refresh_minutes}",
            words=f"{_words(hot_list)}.",
            path=reverse("hotlists:list", args=[hot_list.pk]),
            at=at,
            urgent=True,
        )
        ledger.append_in_transaction(
            Action.SOURCE_STALE,
            by=by,
            at=at,
            purpose=PURPOSE,
            subject=("hot_list", hot_list.pk, hot_list.name),
            detail={"source": hot_list.source.name, "due_at": due, "live_import": hot_list.live_import_id},
        )
    log.error("alarm: %s", _words(hot_list))
    return True


def _is_told(hot_list: HotList) -> bool:
    """Whether the ledger knows of this time already: a record at or after the instant the list became out of date."""
    told = LedgerEntry.objects.filter(
        action=Action.SOURCE_STALE, subject_type="hot_list", subject_id=str(hot_list.pk), outcome="allowed"
    )
    due = due_at(hot_list)
    return (told if due is None else told.filter(at__gte=due)).exists()


def _told_people(hot_list: HotList, at: datetime) -> list[User]:
    """Those who manage hot lists now and may see this one."""
    roles = [role for role, abilities in ABILITIES.items() if Ability.MANAGE_HOT_LISTS in abilities]
    holders = User.objects.filter(pk__in=RoleGrant.objects.at(at).filter(role__in=roles).values("user_id"))
    return [
        one
        for one in holders.order_by("pk")
        if Ability.MANAGE_HOT_LISTS in abilities_of(one, at)
        and HotList.objects.visible_to(one, at).filter(pk=hot_list.pk).exists()
    ]


def _words(hot_list: HotList) -> str:
    source = hot_list.source
    what = "A special hot list" if hot_list.kind == HotList.Kind.SPECIAL else f"The hot list “{hot_list.name}”"
    due = due_at(hot_list)
    since = f" since {date_format(timezone.localtime(due), 'M j, H:i T')}" if due else ": nothing was taken in yet"
    return f"{what} of {source.name} is out of date{since}; it still matches"
