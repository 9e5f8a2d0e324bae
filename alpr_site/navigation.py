"""The main menu: what a person may do, in the order of a shift."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from audit.abilities import Ability, abilities_of
from audit.devices import abilities_here
from audit.models import User
from audit.review.waiting import count_findings, count_inspections
from audit.roster.request_looks import count_waiting as count_access
from audit.safeguards.keeping import READERS
from detections.hits.counts import count_possible
from detections.searching.approval import count_waiting
from hotlists.special.looks import count_to_open
from hotlists.special.share_looks import count_to_decide
from registry.models import Publication


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the words, the name of its URL, and the abilities of which one will do (none: anyone signed in).

    ``count`` says how many things wait behind it; None where it is not for this person, which may go by rank too.
    Entries of one ``group`` stand together under its words.
    """

    label: str
    url_name: str
    abilities: tuple[Ability, ...] = ()
    count: Callable[[User, datetime], int | None] | None = None
    group: str = ""

    def item(self, count: int = 0) -> dict[str, Any]:
        """As header.html takes it; a count of nothing is left out."""
        shown = {"label": gettext(self.label), "url": reverse(self.url_name)}
        return shown | ({"count": count} if count else {})


def count_to_publish(user: User, at: datetime) -> int:
    """Prepared publications that wait for a second person such as this one."""
    if Ability.APPROVE_PUBLICATION not in abilities_of(user, at):
        return 0
    prepared = Publication.objects.filter(state=Publication.State.PREPARED)
    return prepared.exclude(prepared_by=user).count()


_INSPECTORS = (Ability.REVIEW_QUERIES, Ability.APPROVE_INSPECTIONS)
_PUBLISHERS = (Ability.PREPARE_PUBLICATION, Ability.APPROVE_PUBLICATION)
READS, REVIEW, PEOPLE, PUBLISHED, SYSTEM = "Reads kept", "Review", "People", "Public page", "System"
STAFF = (
    Entry("Home", "home"),
    Entry("Hits", "detections:hit_desk", (Ability.WATCH_HITS,)),
    Entry("Possible matches", "detections:possible_matches", (Ability.WATCH_HITS,), count_possible),
    Entry("Search", "detections:search", (Ability.SEARCH,)),
    Entry("Approvals", "detections:search_approvals", count=count_waiting),
    Entry("Hot plates", "hotlists:hot_plates", (Ability.VIEW_HOT_PLATES,)),
    Entry("Hot lists", "hotlists:lists", (Ability.VIEW_HOT_PLATES, Ability.MANAGE_HOT_LISTS)),
    Entry("Special lists", "hotlists:special_lists", (Ability.MANAGE_HOT_LISTS,), count_to_open),
    Entry("Special lists", "hotlists:special_lists", (Ability.ASK_HOT_LISTS,)),
    Entry("Shares", "hotlists:shares", (Ability.APPROVE_SHARES,), count_to_decide),
    Entry("Findings", "audit:findings", (Ability.ANSWER_FINDINGS, Ability.REVIEW_QUERIES), count_findings),
    Entry("Cameras", "cameras:list", (Ability.VIEW_CAMERAS,)),
    Entry("Photos to read", "detections:unread_photos", (Ability.TRANSCRIBE,), group=READS),
    Entry("Uploads", "detections:uploads", (Ability.UPLOAD_READS,), group=READS),
    Entry("Holds", "detections:holds", (Ability.PLACE_HOLDS,), group=READS),
    Entry("Evidence", "detections:evidence", (Ability.EXPORT_EVIDENCE,), group=READS),
    Entry("Purges", "detections:purges", (Ability.APPROVE_PURGE, Ability.READ_LEDGER), group=READS),
    Entry("Ledger", "audit:ledger", (Ability.READ_LEDGER,), group=REVIEW),
    Entry("Exports and extracts", "audit:ledger_exports", (Ability.READ_LEDGER,), group=REVIEW),
    Entry("Checkpoints", "audit:log", (Ability.READ_LEDGER, Ability.MANAGE_LOG), group=REVIEW),
    Entry("Inspections", "audit:inspections", _INSPECTORS, count_inspections, REVIEW),
    Entry("Queries made elsewhere", "audit:elsewhere", (Ability.IMPORT_QUERIES,), group=REVIEW),
    Entry("Cases, duty hours, plates", "audit:registers", (Ability.MANAGE_REGISTERS,), group=REVIEW),
    Entry("Rates", "detections:hit_rates", (Ability.VIEW_HIT_RATES,), group=REVIEW),
    Entry("Policy", "audit:policy", (Ability.VIEW_POLICY,), group=REVIEW),
    Entry("Compliance", "compliance", (Ability.VIEW_POLICY,), group=REVIEW),
    Entry("Safeguards", "audit:safeguards", READERS, group=REVIEW),
    Entry("Access", "audit:access", (), count_access, PEOPLE),
    Entry("Roster", "audit:roster", (Ability.MANAGE_PEOPLE, Ability.READ_LEDGER), group=PEOPLE),
    Entry("Known machines", "audit:terminals", (Ability.MANAGE_TERMINALS,), group=PEOPLE),
    Entry("Locked accounts", "locked_accounts", (Ability.MANAGE_PEOPLE,), group=PEOPLE),
    Entry("Publications", "registry:publications", _PUBLISHERS, count_to_publish, PUBLISHED),
    Entry("Agencies", "registry:agencies", (Ability.MANAGE_AGENCIES,), group=PUBLISHED),
    Entry("Store", "store", (Ability.ENTER_ADMIN,), group=SYSTEM),
    Entry("Administration", "admin:index", (Ability.ENTER_ADMIN,), group=SYSTEM),
)
PUBLIC = (
    Entry("Home", "home"),
    Entry("Transparency", "registry:transparency"),
    Entry("Register a camera", "registry:sign_up"),
    Entry("The sealed ledger", "audit:log"),
)


def items_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Label, address and count of each entry the person may open on this machine; the public's for a stranger."""
    user = request.user
    if user is None or not user.is_authenticated:
        return [entry.item() for entry in PUBLIC]
    now = timezone.now()
    held = abilities_here(request, now)
    able = [entry for entry in STAFF if not entry.abilities or not held.isdisjoint(entry.abilities)]
    counted = [(entry, entry.count(user, now) if entry.count else 0) for entry in able]
    return grouped([(entry.group, entry.item(count)) for entry, count in counted if count is not None])


def grouped(items: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The items in their order; those of a group in one item with ``pages``, where there is more than one of them."""
    found: list[dict[str, Any]] = []
    places: dict[str, list[dict[str, Any]]] = {}
    for group, item in items:
        if not group:
            found.append(item)
        elif group in places:
            places[group].append(item)
        else:
            places[group] = [item]
            found.append({"label": gettext(group), "pages": places[group]})
    return [one["pages"][0] if len(one.get("pages", ())) == 1 else _summed(one) for one in found]


def _summed(item: dict[str, Any]) -> dict[str, Any]:
    """A group with the sum of what waits behind its entries."""
    count = sum(one.get("count", 0) for one in item.get("pages", ()))
    return item | {"count": count} if count else item
