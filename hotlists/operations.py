"""The verbs of hot plates: enter, withdraw, renew, echo, list, open, expire."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.db.models import Count, Exists, OuterRef, Q
from simple_history.utils import bulk_update_with_history

from audit import gate, ledger, plates
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from hotlists import rules, rules_special
from hotlists.models import HotList, HotPlate

PURPOSE = "hot plates"
PAGE_SIZE = 50
BATCH = 500
Tab = Literal["live", "ended", "withdrawn"]
RENEWED = "Renewed: a new entry took its place"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person writes into the entry form. ``life`` is elapsed time from the instant of entry."""

    hot_list_id: int
    plate: str
    category: str
    reason: str
    life: timedelta
    state: str = ""
    vehicle_description: str = ""
    case_number: str = ""
    xref: str = ""
    system: str = ""
    system_entry_number: str = ""


@dataclass(frozen=True, slots=True)
class HotPlatePage:
    """One page of hot plates and how many there are under each tab, as the asker sees them."""

    tab: Tab
    rows: list[HotPlate]
    counts: dict[str, int]
    number: int
    pages: int
    record_index: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedHotPlate:
    """An entry with what belongs beside it: whether it lives, its renewal, and whether E.2's echo is missing."""

    entry: HotPlate
    live: bool
    renewal: HotPlate | None
    wants_system: bool


def enter_hot_plate(wanted: Wanted, *, by: Asker, at: datetime) -> HotPlate:
    """Enter a plate to be looked for from now on (E.1, E.2)."""
    with _act(Action.HOT_PLATE_ENTER, by, at, wanted.reason, wanted.case_number, plate=wanted.plate) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        hot_list = _lock_list(wanted.hot_list_id, by, at, profile)
        _refuse(rules.refuse_plate(wanted.plate, profile))
        _refuse(rules.refuse_reason(wanted.reason, profile))
        entry = _new_entry(wanted, hot_list, by, at, profile)
        _refuse_entry(entry, profile)
        _save(entry, by, "Entered")
        record.about("hot_plate", entry.pk, entry.plate)
        record.detail = {"hot_list": hot_list.pk, "xref": entry.xref, "expires_at": entry.expires_at}
    return entry


def withdraw_hot_plate(*, entry_id: Any, reason: str, by: Asker, at: datetime) -> HotPlate:
    """End an entry before its time. Raises HotPlate.DoesNotExist where the asker may not see it."""
    with _act(Action.HOT_PLATE_WITHDRAW, by, at, reason) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        entry = _lock_entry(entry_id, by, at, record)
        _refuse(rules.refuse_withdrawal(entry, reason, at, profile))
        _withdraw(entry, reason.strip(), by, at)
    return entry


def renew_hot_plate(*, entry_id: Any, reason: str, life: timedelta, by: Asker, at: datetime) -> HotPlate:
    """A new entry with a new reason that points to the old one, which ends now if it still lives (E.2).

    Raises HotPlate.DoesNotExist where the asker may not see it.
    """
    with _act(Action.HOT_PLATE_RENEW, by, at, reason) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        old = _lock_entry(entry_id, by, at, record)
        _lock_list(old.hot_list_id, by, at, profile)
        _refuse(rules.refuse_renewal(old, reason, old.renewals.exists(), at, profile))
        if old.expires_at is None or old.expires_at > at:
            _withdraw(old, RENEWED, by, at)
        entry = _new_entry(_again(old, reason, life), old.hot_list, by, at, profile)
        entry.renewal_of = old
        _refuse_entry(entry, profile)
        _save(entry, by, "Renewed with a new reason")
        record.about("hot_plate", entry.pk, entry.plate)
        record.detail = {"renewal_of": old.pk, "expires_at": entry.expires_at}
    return entry


def record_system_entry(*, entry_id: Any, system: str, entry_number: str, by: Asker, at: datetime) -> HotPlate:
    """Note that the plate was also entered into CLETS or NCIC, under which number (E.2)."""
    with _act(Action.HOT_PLATE_ECHO, by, at) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        entry = _lock_entry(entry_id, by, at, record)
        _refuse(rules.refuse_system(system, entry_number.strip() or "none", profile))
        record.detail = {"before": [entry.system, entry.system_entry_number], "after": [system, entry_number.strip()]}
        entry.system, entry.system_entry_number, entry.system_entered_at = system, entry_number.strip(), at
        _save(entry, by, "CLETS/NCIC entry", "system", "system_entry_number", "system_entered_at")
    return entry


def list_hot_plates(*, tab: Tab, by: Asker, at: datetime, page: int = 1) -> HotPlatePage:
    """One page of the entries the asker may see: live ones by their end, the others newest first."""
    with _act(Action.HOT_PLATE_LIST, by, at, tab=tab, page=str(page)) as record:
        gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        seen = _visible(by, at)
        counts = seen.aggregate(live=_count(HotPlate.objects.active(at)), **{
            "ended": _count(HotPlate.objects.ended(at)), "withdrawn": _count(HotPlate.objects.withdrawn(at)),
        })  # fmt: skip
        pages = max(1, -(-counts[tab] // PAGE_SIZE))
        number = min(max(page, 1), pages)
        rows = list(_tab(seen, tab, at)[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        record.result_count = len(rows)
    return HotPlatePage(tab, rows, counts, number, pages, record.index)


def open_hot_plate(*, entry_id: Any, by: Asker, at: datetime) -> OpenedHotPlate:
    """One entry. Raises HotPlate.DoesNotExist where the asker may not see it: its existence is itself secret."""
    with _act(Action.HOT_PLATE_VIEW, by, at) as record:
        profile = gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        record.about("hot_plate", entry_id)
        related = ("hot_list__source", "entered_by", "withdrawn_by", "renewal_of")
        entry = _visible(by, at).select_related(*related).get(pk=entry_id)
        record.about("hot_plate", entry.pk, entry.plate)
        record.result_count = 1
        opened = OpenedHotPlate(
            entry,
            live=HotPlate.objects.active(at).filter(pk=entry.pk).exists(),
            renewal=entry.renewals.order_by("effective_from").last(),
            wants_system=not entry.system and rules.wants_system(entry.hot_list, profile),
        )
    return opened


def expire_hot_plates(*, at: datetime, by: Asker) -> int:
    """Record that entries reached their end; returns how many. They stopped matching by themselves at that instant.

    Safe to run twice, late or at the same time: rows another sweep holds are left to it. No record when nothing ended.
    """
    if not HotPlate.objects.due_to_expire(at).exists():
        return 0
    with ledger.act(Action.HOT_PLATE_EXPIRE, by=by, at=at, purpose="system") as record:
        count = 0
        while batch := list(_due(at)):
            for entry in batch:
                entry.expiry_recorded_at = at
            bulk_update_with_history(batch, HotPlate, ["expiry_recorded_at"], default_change_reason="Reached its end")
            count += len(batch)
        record.result_count = count
    return count


def lists_open_to(by: Asker, at: datetime) -> list[HotList]:
    """The lists the asker may enter plates on at the instant; none for one who is not a person."""
    if by.user is None:
        return []
    return list(HotList.objects.open_for_entry(by.user, at).order_by("kind", "name"))


@contextmanager
def _act(
    action: Action, by: Asker, at: datetime, reason: str = "", case_number: str = "", **query: str
) -> Iterator[ledger.Record]:
    with ledger.act(
        action, by=by, at=at, purpose=PURPOSE, reason=reason, case_number=case_number, query=query
    ) as record:
        yield record


def _visible(by: Asker, at: datetime) -> Any:
    return HotPlate.objects.visible_to(by.user, at) if by.user is not None else HotPlate.objects.none()


def _workable(by: Asker, at: datetime) -> Any:
    return HotPlate.objects.workable_by(by.user, at) if by.user is not None else HotPlate.objects.none()


def _tab(seen: Any, tab: Tab, at: datetime) -> Any:
    seen = seen.select_related("hot_list", "entered_by").annotate(
        renewed=Exists(HotPlate.objects.filter(renewal_of=OuterRef("pk")))
    )
    if tab == "live":
        return seen.active(at).order_by("expires_at", "pk")
    return (
        seen.ended(at).order_by("-expires_at", "pk") if tab == "ended" else seen.withdrawn(at).order_by("-withdrawn_at")
    )


def _count(rows: Any) -> Count:
    return Count("pk", filter=Q(pk__in=rows.values("pk")))


def _due(at: datetime) -> Any:
    return HotPlate.objects.due_to_expire(at).select_for_update(skip_locked=True).order_by("expires_at")[:BATCH]


def _lock_list(hot_list_id: int, by: Asker, at: datetime, profile: Profile) -> HotList:
    """The list, locked against another entry of the same plate at the same moment."""
    seen = HotList.objects.visible_to(by.user, at) if by.user and not by.user.organisation else HotList.objects.none()
    _refuse(rules.refuse_audience(seen.filter(pk=hot_list_id).exists(), profile))
    hot_list = HotList.objects.select_for_update(no_key=True).get(pk=hot_list_id)
    _refuse(rules_special.refuse_entry_on(hot_list, at, profile))
    return hot_list


def _lock_entry(entry_id: Any, by: Asker, at: datetime, record: ledger.Record) -> HotPlate:
    record.about("hot_plate", entry_id)
    # Without select_related: after a wait for the lock PostgreSQL re-reads this row, but not the rows joined to it.
    entry: HotPlate = _workable(by, at).select_for_update(of=("self",)).get(pk=entry_id)
    record.about("hot_plate", entry.pk, entry.plate)
    return entry


def _new_entry(wanted: Wanted, hot_list: HotList, by: Asker, at: datetime, profile: Profile) -> HotPlate:
    # In UTC, where adding 24 hours adds 24 hours: in a zone with summer time it would add a day by the wall clock.
    starts = at.astimezone(UTC)
    return HotPlate(
        hot_list=hot_list,
        plate=plates.normalise(wanted.plate),
        state=wanted.state,
        vehicle_description=wanted.vehicle_description.strip(),
        case_number=wanted.case_number.strip(),
        xref=wanted.xref.strip().upper(),
        category=wanted.category,
        reason=wanted.reason.strip(),
        system=wanted.system,
        system_entry_number=wanted.system_entry_number.strip(),
        system_entered_at=starts if wanted.system else None,
        entered_by=by.user,
        effective_from=starts,
        expires_at=starts + wanted.life,
        max_ttl_applies=rules.longest_life(profile) is not None,
        profile=profile.stamp,
    )


def _again(old: HotPlate, reason: str, life: timedelta) -> Wanted:
    return Wanted(
        hot_list_id=old.hot_list_id, plate=old.plate, state=old.state, vehicle_description=old.vehicle_description,
        case_number=old.case_number, xref=old.xref, category=old.category, reason=reason, life=life,
    )  # fmt: skip


def _refuse_entry(entry: HotPlate, profile: Profile) -> None:
    """Raise Refused unless the entry satisfies E.1 and E.2 and its plate is not live on the list already."""
    assert entry.expires_at is not None  # noqa: S101 - set by _new_entry
    live = HotPlate.objects.active(entry.effective_from).filter(hot_list=entry.hot_list, plate=entry.plate)
    _refuse(
        rules.refuse_case(entry.case_number, entry.xref, profile)
        or rules.refuse_life(entry.effective_from, entry.expires_at, profile)
        or rules.refuse_system(entry.system, entry.system_entry_number, profile)
        or rules.refuse_duplicate(live.select_related("entered_by", "hot_list").first(), profile)
    )


def _withdraw(entry: HotPlate, reason: str, by: Asker, at: datetime) -> None:
    entry.withdrawn_at, entry.withdrawn_by, entry.withdrawn_reason = at, by.user, reason[:300]
    _save(entry, by, f"Withdrawn: {reason}"[:100], "withdrawn_at", "withdrawn_by", "withdrawn_reason")


def _refuse(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)


def _save(entry: Any, by: Asker, why: str, *fields: str) -> None:
    """Save, so that the entry's history tells who and why."""
    entry._history_user, entry._change_reason = by.user, why
    entry.save(update_fields=fields or None)
