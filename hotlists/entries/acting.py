"""What the verbs of hot plates share: their act, whose entries they reach, the locks they take, how they save."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from audit import criminal_justice_text, ledger
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from hotlists import rules, rules_special
from hotlists.entries import rules as entry_rules
from hotlists.models import HotList, HotPlate

PURPOSE = "hot plates"


@contextmanager
def act(
    action: Action, by: Asker, at: datetime, reason: str = "", case_number: str = "", **query: str
) -> Iterator[ledger.Record]:
    """An act about hot plates. A reason that holds criminal-justice text is not kept on the ledger either."""
    if kind := criminal_justice_text.found_in(reason):
        reason = f"[left out: {kind}]"
    with ledger.act(
        action, by=by, at=at, purpose=PURPOSE, reason=reason, case_number=case_number, query=query
    ) as record:
        yield record


def visible(by: Asker, at: datetime) -> Any:
    """The entries the asker may see at the instant; none for one who is not a person."""
    return HotPlate.objects.visible_to(by.user, at) if by.user is not None else HotPlate.objects.none()


def workable(by: Asker, at: datetime) -> Any:
    """The entries the asker may change at the instant; none for one who is not a person."""
    return HotPlate.objects.workable_by(by.user, at) if by.user is not None else HotPlate.objects.none()


def lock_list(hot_list_id: int, by: Asker, at: datetime, profile: Profile) -> HotList:
    """The list, locked against another entry of the same plate at the same moment."""
    seen = HotList.objects.visible_to(by.user, at) if by.user and not by.user.organisation else HotList.objects.none()
    refuse(rules.refuse_audience(seen.filter(pk=hot_list_id).exists(), profile))
    hot_list = HotList.objects.select_for_update(no_key=True).get(pk=hot_list_id)
    refuse(rules_special.refuse_entry_on(hot_list, at, profile))
    return hot_list


def lock_entry(entry_id: Any, by: Asker, at: datetime, record: ledger.Record, profile: Profile) -> HotPlate:
    """An entry made here, locked. Raises HotPlate.DoesNotExist where the asker may not see it."""
    record.about("hot_plate", entry_id)
    # Without select_related: after a wait for the lock PostgreSQL re-reads this row, but not the rows joined to it.
    # Not against key checks (no_key): a post that made a hit on the entry checks its key at its commit, with the
    # ledger's lock in hand, which this act will want too.
    entry: HotPlate = workable(by, at).select_for_update(of=("self",), no_key=True).get(pk=entry_id)
    record.about("hot_plate", entry.pk, entry.plate)
    refuse(entry_rules.refuse_imported(entry, profile))
    return entry


def refuse(refusal: Refusal | None) -> None:
    """Raise Refused where there is a refusal."""
    if refusal:
        raise Refused(refusal)


def save(entry: Any, by: Asker, why: str, *fields: str) -> None:
    """Save, so that the entry's history tells who and why."""
    entry._history_user, entry._change_reason = by.user, why
    entry.save(update_fields=fields or None)
