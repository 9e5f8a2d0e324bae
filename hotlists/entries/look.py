"""Looking at hot plates: a list under three tabs, entries by plate, one entry. Each look is on record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat, Replace

from audit import gate
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from hotlists import rules
from hotlists.entries import plate as plate_of
from hotlists.entries import rules as entry_rules
from hotlists.entries.acting import act, refuse, visible
from hotlists.entries.reconcile import to_clear
from hotlists.models import HotPlate

PAGE_SIZE = 50
Tab = Literal["live", "ended", "withdrawn"]


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
class Found:
    """The entries of one plate, live ones first, newest first; ``total`` may be more than the rows shown."""

    plate: str
    rows: list[HotPlate]
    total: int
    record_index: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedHotPlate:
    """An entry with what belongs beside it: whether it lives, its renewal, and what CLETS/NCIC still wants."""

    entry: HotPlate
    live: bool
    renewal: HotPlate | None
    wants_system: bool
    wants_clearing: bool


def list_hot_plates(
    *, tab: Tab, by: Asker, at: datetime, page: int = 1, hot_list: int | None = None, mine: bool = False
) -> HotPlatePage:
    """One page of the entries the asker may see: live ones by their end, the others newest first.

    ``hot_list`` keeps those of one list, ``mine`` those the asker entered.
    """
    asked = {"tab": tab, "page": str(page)}
    asked |= {"hot_list": str(hot_list)} if hot_list else {}
    asked |= {"mine": "yes"} if mine else {}
    with act(Action.HOT_PLATE_LIST, by, at, **asked) as record:
        gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        seen = visible(by, at)
        if hot_list:
            seen = seen.filter(hot_list=hot_list)
        if mine:
            seen = seen.filter(entered_by=by.user)
        counts = {
            "live": seen.active(at).count(),
            "ended": seen.ended(at).count(),
            "withdrawn": seen.withdrawn(at).count(),
        }
        pages = max(1, -(-counts[tab] // PAGE_SIZE))
        number = min(max(page, 1), pages)
        rows = list(_tab(seen, tab, at)[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        record.result_count = len(rows)
    return HotPlatePage(tab, rows, counts, number, pages, record.index)


def find_hot_plates(*, plate: str, by: Asker, at: datetime) -> Found:
    """The entries of a plate, whatever became of them; at most 50.

    A full plate also finds the partial entries it fits; one typed with ``?`` finds what fits it.
    """
    with act(Action.HOT_PLATE_LIST, by, at, plate=plate) as record:
        profile = gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        refuse(rules.refuse_plate(plate, profile))
        written = plate_of.normalise(plate)
        matching = _of_plate(visible(by, at), written)
        total = matching.count()
        live = Exists(HotPlate.objects.active(at).filter(pk=OuterRef("pk")))
        newest = matching.annotate(is_live=live).order_by("-is_live", "-effective_from", "pk")
        rows = list(_with_renewed(newest)[:PAGE_SIZE])
        record.result_count = len(rows)
    return Found(written, rows, total, record.index)


def open_hot_plate(*, entry_id: Any, by: Asker, at: datetime) -> OpenedHotPlate:
    """One entry. Raises HotPlate.DoesNotExist where the asker may not see it: its existence is itself secret."""
    with act(Action.HOT_PLATE_VIEW, by, at) as record:
        profile = gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        record.about("hot_plate", entry_id)
        related = ("hot_list__source", "entered_by", "withdrawn_by", "renewal_of", "imported_from")
        people = ("system_entered_by", "system_cleared_by")
        entry = visible(by, at).select_related(*related, *people).get(pk=entry_id)
        record.about("hot_plate", entry.pk, entry.plate)
        record.result_count = 1
        live = HotPlate.objects.active(at).filter(pk=entry.pk).exists()
        renewal = entry.renewals.order_by("effective_from").last()
        # A renewal is on the same list, so whoever sees the entry sees it; a guest was shared this one alone.
        if renewal is not None and not visible(by, at).filter(pk=renewal.pk).exists():
            renewal = None
        opened = OpenedHotPlate(
            entry,
            live=live,
            renewal=renewal,
            wants_system=entry_rules.lacks_system(entry, profile),
            wants_clearing=to_clear(HotPlate.objects.filter(pk=entry.pk), at).exists(),
        )
    return opened


def _of_plate(seen: Any, written: str) -> Any:
    """A plate holds letters, digits and ``?``: with ``.`` for the unknown ones it is a pattern of itself."""
    if plate_of.is_partial(written):
        return seen.filter(plate__regex=f"^{written.replace(plate_of.UNKNOWN, '.')}$")
    pattern = Concat(Value("^"), Replace("plate", Value(plate_of.UNKNOWN), Value(".")), Value("$"))
    fits = seen.filter(partial=True).annotate(typed=Value(written)).filter(typed__regex=pattern)
    return seen.filter(Q(plate=written) | Q(pk__in=fits.values("pk")))


def _tab(seen: Any, tab: Tab, at: datetime) -> Any:
    seen = _with_renewed(seen)
    if tab == "live":
        return seen.active(at).order_by("expires_at", "pk")
    if tab == "ended":
        return seen.ended(at).order_by("-expires_at", "pk")
    return seen.withdrawn(at).order_by("-withdrawn_at", "pk")


def _with_renewed(seen: Any) -> Any:
    renewed = Exists(HotPlate.objects.filter(renewal_of=OuterRef("pk")))
    return seen.select_related("hot_list__source", "entered_by").annotate(renewed=renewed)
