"""What the order forbids about special hot lists and their sharing: A.15 and section I. Pure."""

from datetime import datetime

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from hotlists.models import HotList

ORDER = "SPD General Order 525.08"

NOT_IN_USE = Rule(
    "special_list.not_in_use",
    Citation(ORDER, "A.15", "A special hot list holds plates of criminal activity that meet no CLETS/NCIC criteria."),
    "Enter the plate on a list that is in use, or ask for a new special list.",
)


def in_use(hot_list: HotList, at: datetime) -> bool:
    """Whether a list takes entries: an ordinary one always, a special one from its opening to its closing."""
    if hot_list.kind != HotList.Kind.SPECIAL:
        return True
    opened = hot_list.opened_at is not None and hot_list.opened_at <= at
    return opened and (hot_list.closed_at is None or hot_list.closed_at > at)


def refuse_entry_on(hot_list: HotList, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse an entry on a special list that nobody has opened yet, or that was closed."""
    if in_use(hot_list, at):
        return None
    state = "closed" if hot_list.opened_at is not None and hot_list.opened_at <= at else "not opened yet"
    return NOT_IN_USE.refuse(f"This special hot list is {state}.", profile=profile.stamp)
