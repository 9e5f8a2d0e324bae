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
from detections.searching import approval


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the words, the name of its URL, and the abilities of which one will do (none: anyone signed in).

    ``asked`` is for what goes by rank as well as by role. ``count`` says how many things wait behind it.
    """

    label: str
    url_name: str
    abilities: tuple[Ability, ...] = ()
    asked: Callable[[User, datetime], bool] | None = None
    count: Callable[[User, datetime], int | None] | None = None

    def is_open_to(self, user: User, held: frozenset[Ability], at: datetime) -> bool:
        """Whether the person with these abilities may open it."""
        able = not self.abilities or not held.isdisjoint(self.abilities)
        return able and (self.asked is None or self.asked(user, at))

    def as_item(self, user: Any, at: datetime) -> dict[str, Any]:
        """As header.html takes it; a count of nothing is left out."""
        item: dict[str, Any] = {"label": gettext(self.label), "url": reverse(self.url_name)}
        if self.count and (count := self.count(user, at)):
            item["count"] = count
        return item


STAFF = (
    Entry("Home", "home"),
    Entry("Hits", "detections:hit_desk", (Ability.WATCH_HITS,)),
    Entry("Search", "detections:search", (Ability.SEARCH,)),
    Entry("Approvals", "detections:search_approvals", asked=approval.may_decide, count=approval.count_waiting),
    Entry("Hot plates", "hotlists:hot_plates", (Ability.VIEW_HOT_PLATES,)),
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
    now = timezone.now()
    if user is None or not user.is_authenticated:
        return [entry.as_item(user, now) for entry in PUBLIC]
    held = abilities_of(user, now)
    return [entry.as_item(user, now) for entry in STAFF if entry.is_open_to(user, held, now)]
