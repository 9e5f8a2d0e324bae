"""Who manages hot lists: one of the department with the ability for it, and nobody else (B.1)."""

from datetime import datetime

from audit import gate
from audit.abilities import Ability
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from hotlists.lists import rules


def admit(by: Asker, *, at: datetime) -> Profile:
    """Let the asker manage hot lists. Part of the caller's act; raises Refused, for another agency's people too."""
    profile = gate.admit(by, Ability.MANAGE_HOT_LISTS, at=at)
    if refusal := rules.refuse_guest(by.user is not None and bool(by.user.organisation), profile):
        raise Refused(refusal)
    return profile
