"""The main menu: what a person may do, in the order of a shift."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from audit.abilities import Ability, abilities_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the words, the name of its URL, and the ability it needs (None: anyone signed in)."""

    label: str
    url_name: str
    ability: Ability | None = None


STAFF = (
    Entry("Home", "home"),
    Entry("Hits", "detections:hit_desk", Ability.WATCH_HITS),
    Entry("Search", "detections:search", Ability.SEARCH),
    Entry("Hot plates", "hotlists:hot_plates", Ability.VIEW_HOT_PLATES),
    Entry("Photos to read", "detections:unread_photos", Ability.TRANSCRIBE),
    Entry("Cameras", "cameras:list", Ability.VIEW_CAMERAS),
    Entry("Holds", "detections:holds", Ability.PLACE_HOLDS),
    Entry("Purges", "detections:purges", Ability.APPROVE_PURGE),
    Entry("Ledger", "audit:ledger", Ability.READ_LEDGER),
    Entry("Policy", "audit:policy", Ability.VIEW_POLICY),
    Entry("Locked accounts", "locked_accounts", Ability.MANAGE_PEOPLE),
    Entry("Administration", "admin:index", Ability.ENTER_ADMIN),
)
PUBLIC = (
    Entry("Home", "home"),
    Entry("Transparency", "registry:transparency"),
    Entry("Register a camera", "registry:sign_up"),
)


def items_for(user: Any) -> list[dict[str, str]]:
    """Label and address of each entry a person may open; the public's for one who is not signed in."""
    if user is None or not user.is_authenticated:
        entries = list(PUBLIC)
    else:
        abilities = abilities_of(user, timezone.now())
        entries = [entry for entry in STAFF if entry.ability is None or entry.ability in abilities]
    return [{"label": gettext(entry.label), "url": reverse(entry.url_name)} for entry in entries]
