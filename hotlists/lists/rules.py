"""What the law and the house forbid about hot lists, their sources and keys. Pure: facts in, refusal or nothing out."""

from collections.abc import Collection

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from hotlists.imports.screen import screen_for
from hotlists.models import HotListSource, SourceKey

ORDER = "SPD General Order 525.08"
HOUSE = "Platekeeper default"

GUEST = Rule(
    "hot_list.guest",
    Citation(ORDER, "B.1", "Only authorized department personnel may use ALPR and connected databases."),
    "What is shared with your agency stands among your hot plates and hits.",
)
REFUSED_TYPE = Rule(
    "hot_list.refused_type",
    Citation(ORDER, "C.5", "ALPR data is not provided to assist immigration authorities."),
    "Take that file type out of the accepted ones. It is dropped whatever the source's settings say.",
)
TYPE_TWICE = Rule(
    "hot_list.type_twice",
    Citation(HOUSE, "hot_list.types", "A file type is taken or dropped, and the settings say which."),
    "Leave the file type in one of the two fields.",
)
NAME_TAKEN = Rule(
    "hot_list.name_taken",
    Citation(HOUSE, "hot_list.name", "A list or source has its name for itself, so that a hit says where it is from."),
    "Choose another name.",
)
CODE_TAKEN = Rule(
    "hot_list.code_taken",
    Citation(HOUSE, "hot_list.folder", "A source has its folder for itself: a file there is of that source."),
    "Choose another code for the folder.",
)
LAYOUT_UNKNOWN = Rule(
    "hot_list.layout_unknown",
    Citation(HOUSE, "hot_list.layout", "A file is read by a declared layout of its columns."),
    "Choose one of the layouts offered.",
)
NO_AUTHORITY = Rule(
    "hot_list.authority_missing",
    Citation(ORDER, "A.8", "A hot list is a list of plates of vehicles of interest to an issuing authority."),
    "Name the agency that issues the list.",
)
KEY_REVOKED = Rule(
    "hot_list.key_revoked",
    Citation(HOUSE, "hot_list.key", "A revoked key is dead and stays dead."),
    "Issue a new key if the software needs one.",
)


def refused_types(profile: Profile) -> frozenset[str]:
    """The file types the policy in force drops, whatever a source's settings say."""
    return frozenset(profile.get("hotlist.refused_types", ()))


def refuse_types(accepted: Collection[str], refused: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse to accept what the policy refuses, and to accept and refuse one type at once."""
    screen = screen_for(profile, HotListSource())
    if forbidden := sorted(name for name in accepted if screen.drops(name)):
        cited = profile["hotlist.refused_types"].citation
        words = f"The policy in force does not take files of type {forbidden[0]}."
        return REFUSED_TYPE.refuse(words, cited=cited, profile=profile.stamp)
    if both := sorted(set(accepted) & set(refused)):
        return TYPE_TWICE.refuse(f"{both[0]} is both taken and dropped.", profile=profile.stamp)
    return None


def refuse_source(
    *, name_taken: bool, code_taken: bool, layout_known: bool, authority: str, profile: Profile
) -> Refusal | None:
    """Refuse a source without an authority, with another's name or folder, or with a layout that there is not."""
    if not authority:
        return NO_AUTHORITY.refuse("No issuing authority was named.", profile=profile.stamp)
    if name_taken:
        return refuse_name(True, "source", profile)
    if code_taken:
        return CODE_TAKEN.refuse("Another source has this folder.", profile=profile.stamp)
    if not layout_known:
        return LAYOUT_UNKNOWN.refuse("There is no such layout.", profile=profile.stamp)
    return None


def refuse_name(taken: bool, what: str, profile: Profile) -> Refusal | None:
    """Refuse a name that another list or source has."""
    return NAME_TAKEN.refuse(f"Another {what} has this name.", profile=profile.stamp) if taken else None


def refuse_revocation(key: SourceKey, profile: Profile) -> Refusal | None:
    """Refuse to revoke a key twice."""
    if key.revoked:
        return KEY_REVOKED.refuse(f"Key {key.prefix} is revoked already.", profile=profile.stamp)
    return None


def refuse_guest(guest: bool, profile: Profile) -> Refusal | None:
    """Refuse people of another agency what only the department's own do with lists, sources and keys (B.1)."""
    return GUEST.refuse("Your account is another agency's.", profile=profile.stamp) if guest else None
