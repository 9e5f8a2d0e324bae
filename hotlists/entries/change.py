"""What happens to an entry while it stands: withdrawn, entered into CLETS/NCIC, cleared there (E.2)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from audit import gate
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from audit.rules import refuse_criminal_justice
from hotlists import rules
from hotlists.entries import rules as entry_rules
from hotlists.entries.acting import act, lock_entry, refuse, save
from hotlists.models import HotPlate


def withdraw_hot_plate(*, entry_id: Any, reason: str, by: Asker, at: datetime) -> HotPlate:
    """End an entry before its time; the record stays. Raises HotPlate.DoesNotExist where the asker may not see it."""
    with act(Action.HOT_PLATE_WITHDRAW, by, at, reason) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        entry = lock_entry(entry_id, by, at, record, profile)
        refuse(rules.refuse_withdrawal(entry, reason, at, profile))
        refuse(refuse_criminal_justice(profile, reason=reason))
        end(entry, reason.strip(), by, at)
    return entry


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many of several entries were withdrawn, and the refusals in words with how many met each."""

    withdrawn: int
    refused: dict[str, int]


def withdraw_several(entry_ids: Iterable[str], reason: str, *, by: Asker, at: datetime) -> Withdrawn:
    """Withdraw each of the entries in an act of its own: a refusal, or one that is not to be seen, stops no other."""
    withdrawn, refused = 0, Counter[str]()
    for entry_id in entry_ids:
        try:
            withdraw_hot_plate(entry_id=entry_id, reason=reason, by=by, at=at)
            withdrawn += 1
        except Refused as error:
            refused[f"{error.refusal.reason} ({error.refusal.citation}) {error.refusal.next_step}"] += 1
        except (HotPlate.DoesNotExist, ValidationError):
            refused["There is no such hot plate."] += 1
    return Withdrawn(withdrawn, dict(refused))


def record_system_entry(*, entry_id: Any, system: str, entry_number: str, by: Asker, at: datetime) -> HotPlate:
    """Note that the plate was also entered into CLETS or NCIC, under which number (E.2).

    One noted before is replaced (the history keeps it), one cleared before is open again under its new number.
    """
    with act(Action.HOT_PLATE_ECHO, by, at) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        entry = lock_entry(entry_id, by, at, record, profile)
        number = entry_number.strip()
        refuse(rules.refuse_system(system, number or "none", profile))
        record.detail = {"before": [entry.system, entry.system_entry_number], "after": [system, number]}
        entry.system, entry.system_entry_number = system, number
        entry.system_entered_at, entry.system_entered_by = at, by.user
        entry.system_cleared_at = entry.system_cleared_by = None
        save(entry, by, "CLETS/NCIC entry", *_SYSTEM, *_CLEARED)
    return entry


def clear_system_entry(*, entry_id: Any, by: Asker, at: datetime) -> HotPlate:
    """Note that the plate's CLETS or NCIC entry was cleared there (E.2). Once: a second one is told who did it."""
    with act(Action.HOT_PLATE_CLEAR, by, at) as record:
        profile = gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        entry = lock_entry(entry_id, by, at, record, profile)
        refuse(entry_rules.refuse_clearing(entry, profile))
        record.detail = {"system": entry.system, "entry_number": entry.system_entry_number}
        entry.system_cleared_at, entry.system_cleared_by = at, by.user
        save(entry, by, "CLETS/NCIC entry cleared", *_CLEARED)
    return entry


def end(entry: HotPlate, reason: str, by: Asker, at: datetime) -> None:
    """Withdraw a locked entry. Part of the caller's act."""
    entry.withdrawn_at, entry.withdrawn_by, entry.withdrawn_reason = at, by.user, reason[:300]
    save(entry, by, f"Withdrawn: {reason}"[:100], "withdrawn_at", "withdrawn_by", "withdrawn_reason")


_SYSTEM = ("system", "system_entry_number", "system_entered_at", "system_entered_by")
_CLEARED = ("system_cleared_at", "system_cleared_by")
