"""What does not agree between the entries here and those in CLETS and NCIC (E.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q

from audit import gate, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from hotlists.entries import rules
from hotlists.entries.acting import act, workable
from hotlists.models import HotList, HotPlate

PAGE_SIZE = 50
Show = Literal["clear", "missing", "renewed"]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One of the three lists, a page of it, and how many stand on each.

    ``clear``: over here, its CLETS/NCIC entry not noted as cleared. ``missing``: live here without a CLETS/NCIC entry.
    ``renewed``: live here and renewed more than twice. ``asked`` is whether the policy wants CLETS/NCIC entries at all.
    """

    show: Show
    rows: list[HotPlate]
    counts: dict[Show, int]
    number: int
    pages: int
    asked: bool
    record_index: int | None = None


def reconcile(*, show: Show, by: Asker, at: datetime, page: int = 1) -> Reconciliation:
    """One page of what is to be brought into line with CLETS and NCIC, of the entries the asker may change."""
    with act(Action.HOT_PLATE_QUEUE, by, at, show=show, page=str(page)) as record:
        profile = gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        seen = workable(by, at)
        counts = {name: make(seen, at, profile).count() for name, make in _LISTS.items()}
        pages = max(1, -(-counts[show] // PAGE_SIZE))
        number = min(max(page, 1), pages)
        rows = _LISTS[show](seen, at, profile).select_related("hot_list__source", "entered_by", "withdrawn_by")
        shown = list(rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        record.result_count = len(shown)
    return Reconciliation(show, shown, counts, number, pages, rules.asks_for_system(profile), record.index)


def count_to_reconcile(user: User, at: datetime) -> int:
    """How many entries wait to be cleared in CLETS/NCIC or entered there, of those the person may change.

    A number only: no plate is shown, so none is looked at. Three queries.
    """
    profile, seen = policy.in_force(at), HotPlate.objects.workable_by(user, at)
    return int(_to_clear(seen, at, profile).count() + _missing(seen, at, profile).count())


def to_clear(seen: Any, at: datetime) -> Any:
    """Entries that are over while their CLETS/NCIC entry is not noted as cleared, nor a renewal's by now."""
    same = {"system": OuterRef("system"), "system_entry_number": OuterRef("system_entry_number")}
    taken_over = Exists(HotPlate.objects.filter(renewal_of=OuterRef("pk"), **same))
    over = Q(expires_at__lte=at) | Q(withdrawn_at__lte=at)
    return seen.filter(over, ~Q(system=""), ~taken_over, system_cleared_at=None, listed_digest=None)


def without_system(seen: Any, at: datetime) -> Any:
    """Live entries that should stand in CLETS/NCIC and do not, as far as is noted; a partial plate cannot."""
    unnoted = Q(system="") | Q(system_cleared_at__isnull=False)
    ordinary = seen.active(at).filter(hot_list__kind=HotList.Kind.ORDINARY)
    return ordinary.filter(unnoted, partial=False, listed_digest=None)


def _to_clear(seen: Any, at: datetime, profile: Profile) -> Any:
    return to_clear(seen, at).order_by("expires_at", "pk")


def _missing(seen: Any, at: datetime, profile: Profile) -> Any:
    rows = without_system(seen, at) if rules.asks_for_system(profile) else seen.none()
    return rows.order_by("effective_from", "pk")


def _renewed(seen: Any, at: datetime, profile: Profile) -> Any:
    return seen.active(at).filter(renewed_times__gt=rules.RENEWED_OFTEN).order_by("-renewed_times", "expires_at", "pk")


_LISTS: dict[Show, Callable[[Any, datetime, Profile], Any]] = {
    "clear": _to_clear,
    "missing": _missing,
    "renewed": _renewed,
}
