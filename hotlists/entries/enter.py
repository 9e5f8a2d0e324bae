"""Entering a hot plate, and renewing one: a new record with its own clock (E.1, E.2)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from audit import gate
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.rules import refuse_criminal_justice
from hotlists import rules
from hotlists.entries import plate as plate_of
from hotlists.entries import rules as entry_rules
from hotlists.entries.acting import act, lock_entry, lock_list, refuse, save
from hotlists.entries.change import end
from hotlists.models import HotList, HotPlate

RENEWED = "Renewed: a new entry took its place"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person writes into the entry form. ``life`` is elapsed time from the instant of entry.

    A ``?`` in the plate is one unknown character: then ``incident_number`` says where it was reported.
    """

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
    incident_number: str = ""
    not_listed_why: str = ""


def enter_hot_plate(wanted: Wanted, *, by: Asker, at: datetime) -> HotPlate:
    """Enter a plate to be looked for from now on (E.1, E.2). A partial one never makes a hit (462.3(c))."""
    with act(Action.HOT_PLATE_ENTER, by, at, wanted.reason, wanted.case_number, plate=wanted.plate) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        hot_list = lock_list(wanted.hot_list_id, by, at, profile)
        refuse(rules.refuse_plate(wanted.plate, profile))
        refuse(rules.refuse_reason(wanted.reason, profile))
        entry = _new_entry(wanted, hot_list, by, at, profile)
        _refuse_entry(entry, profile)
        save(entry, by, "Entered")
        record.about("hot_plate", entry.pk, entry.plate)
        record.detail = {"hot_list": hot_list.pk, "xref": entry.xref, "expires_at": entry.expires_at}
        if entry.partial:
            record.detail["incident_number"] = entry.incident_number
    return entry


def renew_hot_plate(*, entry_id: Any, reason: str, life: timedelta, by: Asker, at: datetime) -> HotPlate:
    """A new entry with a new reason that points to the old one, which ends now if it still lives (E.2).

    Its CLETS/NCIC entry, unless noted as cleared, is now the new entry's. Raises HotPlate.DoesNotExist where the
    asker may not see it.
    """
    with act(Action.HOT_PLATE_RENEW, by, at, reason) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        old = lock_entry(entry_id, by, at, record, profile)
        lock_list(old.hot_list_id, by, at, profile)
        refuse(rules.refuse_renewal(old, reason, old.renewals.exists(), at, profile))
        if old.expires_at is None or old.expires_at > at:
            end(old, RENEWED, by, at)
        entry = _renewal(old, reason, life, by, at, profile)
        _refuse_entry(entry, profile)
        save(entry, by, "Renewed with a new reason")
        record.about("hot_plate", entry.pk, entry.plate)
        record.detail = {
            "renewal_of": old.pk,
            "renewed_times": entry.renewed_times,
            "expires_at": entry.expires_at,
        }
    return entry


def lists_open_to(by: Asker, at: datetime) -> list[HotList]:
    """The lists a person is offered to enter plates on: not those that files fill. None for another party."""
    if by.user is None:
        return []
    return list(HotList.objects.open_for_entry(by.user, at).filter(live_import=None).order_by("kind", "name"))


def _new_entry(wanted: Wanted, hot_list: HotList, by: Asker, at: datetime, profile: Profile) -> HotPlate:
    # In UTC, where adding 24 hours adds 24 hours: in a zone with summer time it would add a day by the wall clock.
    starts = at.astimezone(UTC)
    return HotPlate(
        hot_list=hot_list,
        plate=plate_of.normalise(wanted.plate),
        partial=plate_of.is_partial(wanted.plate),
        incident_number=wanted.incident_number.strip().upper(),
        state=wanted.state,
        vehicle_description=wanted.vehicle_description.strip(),
        case_number=wanted.case_number.strip(),
        xref=wanted.xref.strip().upper(),
        category=wanted.category,
        reason=wanted.reason.strip(),
        system=wanted.system,
        system_entry_number=wanted.system_entry_number.strip(),
        system_entered_at=starts if wanted.system else None,
        system_entered_by=by.user if wanted.system else None,
        not_listed_why=wanted.not_listed_why.strip(),
        entered_by=by.user,
        effective_from=starts,
        expires_at=starts + wanted.life,
        max_ttl_applies=rules.longest_life(profile) is not None,
        profile=profile.stamp,
    )


def _renewal(old: HotPlate, reason: str, life: timedelta, by: Asker, at: datetime, profile: Profile) -> HotPlate:
    again = Wanted(
        hot_list_id=old.hot_list_id, plate=old.plate, state=old.state, vehicle_description=old.vehicle_description,
        case_number=old.case_number, xref=old.xref, category=old.category, reason=reason, life=life,
        incident_number=old.incident_number, not_listed_why=old.not_listed_why,
    )  # fmt: skip
    entry = _new_entry(again, old.hot_list, by, at, profile)
    entry.renewal_of, entry.renewed_times = old, old.renewed_times + 1
    if old.system and old.system_cleared_at is None:
        entry.system, entry.system_entry_number = old.system, old.system_entry_number
        entry.system_entered_at, entry.system_entered_by = old.system_entered_at, old.system_entered_by
    return entry


def _refuse_entry(entry: HotPlate, profile: Profile) -> None:
    """Raise Refused unless the entry satisfies E.1 and E.2 and its plate is not live on the list already."""
    assert entry.expires_at is not None  # noqa: S101 - set by _new_entry
    refuse(
        entry_rules.refuse_partial(entry, profile)
        or rules.refuse_case(entry.case_number, entry.xref, profile)
        or rules.refuse_life(entry.effective_from, entry.expires_at, profile)
        or rules.refuse_system(entry.system, entry.system_entry_number, profile)
        or entry_rules.refuse_not_listed(entry.hot_list, entry.not_listed_why, profile)
        or refuse_criminal_justice(
            profile,
            reason=entry.reason,
            vehicle_description=entry.vehicle_description,
            note_on_CLETS_and_NCIC=entry.not_listed_why,
        )
        or rules.refuse_duplicate(_already_live(entry), profile)
    )


def _already_live(entry: HotPlate) -> HotPlate | None:
    """The entry by hand of the same vehicle that is live on the list; a plate of another state is another vehicle."""
    same = HotPlate.objects.active(entry.effective_from).filter(
        hot_list=entry.hot_list, plate=entry.plate, listed_digest=None, withdrawn_at=None
    )
    if entry.state:
        same = same.filter(Q(state="") | Q(state=entry.state))
    return same.select_related("entered_by", "hot_list").first()
