"""What the registers forbid: a search for one's own plate, and to take one's own plate off the list. Pure."""

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import ORDER, SEPARATION

OWN_PLATE = Rule(
    "query.own_plate",
    Citation(ORDER, "B.1", "ALPR is used for official law enforcement purposes only, never for personal ones."),
    "If a case needs this search, someone else must run it: ask your supervisor.",
)
OWN_ENTRY = Rule("register.own_entry", SEPARATION, "Ask another administrator to end it.")
NO_MEMBER = Rule(
    "register.no_member",
    Citation(ORDER, "D.2.c", "The roster names every authorized user; a register speaks of people on it."),
    "Look the user name up on the roster and type it as it stands there.",
)


def refuse_own_plate(relation: str | None, profile: Profile) -> Refusal | None:
    """Refuse a search for a plate on file as one's own or one's household's (the use that B.1 forbids)."""
    words = {"own": "This plate is on file as yours.", "household": "This plate is on file as your household's."}
    if relation not in words:
        return None
    cited = next((one.citation for one in profile.prohibitions if one.code == "personal"), None)
    return OWN_PLATE.refuse(words[relation], cited=cited, profile=profile.stamp)


def refuse_own_entry(own: bool, profile: Profile) -> Refusal | None:
    """Refuse to end the entry of one's own plate: the next search for it would go by unseen."""
    return OWN_ENTRY.refuse("This entry is about you.", profile=profile.stamp) if own else None


def refuse_no_member(profile: Profile) -> Refusal:
    """The refusal of an entry about somebody who is not on the roster."""
    return NO_MEMBER.refuse("Nobody of this user name is known.", profile=profile.stamp)
