"""The main menu: what a person may do, in the order of a shift."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from audit.abilities import Ability, abilities_of
from audit.models import User
from detections.hits.counts import count_possible
from detections.searching.approval import count_waiting
from hotlists.special.looks import count_to_open
from hotlists.special.share_looks import count_to_decide


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the words, the name of its URL, and the abilities of which one will do (none: anyone signed in).

    ``count`` says how many things wait behind it; None where it is not for this person, which may go by rank too.
    """

    label: str
    url_name: str
    abilities: tuple[Ability, ...] = ()
    count: Callable[[User, datetime], int | None] | None = None

    def item(self, count: int = 0) -> dict[str, Any]:
        """As header.html takes it; a count of nothing is left out."""
        shown = {"label": gettext(self.label), "url": reverse(self.url_name)}
        return shown | ({"count": count} if count else {})


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
    Entry("Rates", "detections:hit_rates", (Ability.VIEW_HIT_RATES,)),
    Entry("Photos to read", "detections:unread_photos", (Ability.TRANSCRIBE,)),
    Entry("Cameras", "cameras:list", (Ability.VIEW_CAMERAS,)),
    Entry("Uploads", "detections:uploads", (Ability.UPLOAD_READS,)),
    Entry("Holds", "detections:holds", (Ability.PLACE_HOLDS,)),
    Entry("Evidence", "detections:evidence", (Ability.EXPORT_EVIDENCE,)),
    Entry("Purges", "detections:purges", (Ability.APPROVE_PURGE, Ability.READ_LEDGER)),
    Entry("Ledger", "audit:ledger", (Ability.READ_LEDGER,)),
    Entry("Policy", "audit:policy", (Ability.VIEW_POLICY,)),
    Entry("Store", "store", (Ability.ENTER_ADMIN,)),
    Entry("Locked accounts", "locked_accounts", (Ability.MANAGE_PEOPLE,)),
    Entry("Administration", "admin:index", (Ability.ENTER_ADMIN,)),
)
PUBLIC = (
    Entry("Home", "home"),
    Entry("Transparency", "registry:transparency"),
    Entry("Register a camera", "registry:sign_up"),
)


def items_for(user: Any) -> list[dict[str, Any]]:
    """Label, address and count of each entry a person may open; the public's for one who is not signed in."""
    if user is None or not user.is_authenticated:
        return [entry.item() for entry in PUBLIC]
    now = timezone.now()
    held = abilities_of(user, now)
    able = [entry for entry in STAFF if not entry.abilities or not held.isdisjoint(entry.abilities)]
    counted = [(entry, entry.count(user, now) if entry.count else 0) for entry in able]
    return [entry.item(count) for entry, count in counted if count is not None]
