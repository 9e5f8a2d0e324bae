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
from detections.searching.run import may_document


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the words, the name of its URL, and the ability it needs (None: anyone signed in).

    ``asked`` is for what goes by rank as well as by role.
    """

    label: str
    url_name: str
    ability: Ability | None = None
    asked: Callable[[User, datetime], bool] | None = None


STAFF = (
    Entry("Home", "home"),
    Entry("Hits", "detections:hit_desk", Ability.WATCH_HITS),
    Entry("Search", "detections:search", Ability.SEARCH),
    Entry("Approvals", "detections:search_approvals", asked=may_document),
    Entry("Hot plates", "hotlists:hot_plates", Ability.VIEW_HOT_PLATES),
    Entry("Photos to read", "detections:unread_photos", Ability.TRANSCRIBE),
    Entry("Cameras", "cameras:list", Ability.VIEW_CAMERAS),
    Entry("Uploads", "detections:uploads", Ability.UPLOAD_READS),
    Entry("Holds", "detections:holds", Ability.PLACE_HOLDS),
    Entry("Evidence", "detections:evidence", Ability.EXPORT_EVIDENCE),
    Entry("Purges", "detections:purges", Ability.APPROVE_PURGE),
    Entry("Ledger", "audit:ledger", Ability.READ_LEDGER),
    Entry("Policy", "audit:policy", Ability.VIEW_POLICY),
    Entry("Store", "store", Ability.ENTER_ADMIN),
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
        now = timezone.now()
        abilities = abilities_of(user, now)
        entries = [
            entry
            for entry in STAFF
            if (entry.ability is None or entry.ability in abilities) and (entry.asked is None or entry.asked(user, now))
        ]
    return [{"label": gettext(entry.label), "url": reverse(entry.url_name)} for entry in entries]
