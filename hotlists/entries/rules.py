"""What the law forbids about partial plates (462.3(c)), special lists (A.15) and CLETS/NCIC entries (E.2). Pure."""

import re

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from hotlists.entries import plate as plate_of
from hotlists.models import HotList, HotPlate
from hotlists.rules import HOUSE, ORDER

ELK_GROVE = "EGPD Policy 462"
_PARTIALS = "Partial license plates reported during major crimes should be entered to identify suspect vehicles."

PARTIAL_OFF = Rule(
    "hot_plate.partial_off",
    Citation(ELK_GROVE, "462.3(c)", _PARTIALS),
    "Enter the plate when it is known in full.",
)
PARTIAL_SHORT = Rule(
    "hot_plate.partial_short",
    Citation(HOUSE, "hot_plate.partial", "At least three characters of a partial plate are known; fewer fit too many."),
    "Enter it when more of the plate is known, or search the reads by what is known.",
)
PARTIAL_INCIDENT = Rule(
    "hot_plate.partial_incident",
    Citation(ELK_GROVE, "462.3(c)", _PARTIALS),
    "Give the number of the incident in which the partial plate was reported.",
)
NOT_LISTED_WHY = Rule(
    "hot_plate.not_listed_why",
    Citation(ORDER, "A.15", "A special hot list holds plates of criminal activity that meet no CLETS/NCIC criteria."),
    "Say which criterion the plate does not meet. If it meets them all, enter it on the ordinary list.",
)
NO_SYSTEM = Rule(
    "hot_plate.no_system_entry",
    Citation(ORDER, "E.2", "Hot plates are also entered into the appropriate CLETS and NCIC systems."),
    "Note its CLETS/NCIC entry first, if it has one.",
)
CLEARED = Rule(
    "hot_plate.system_cleared",
    Citation(HOUSE, "hot_plate.clear", "That a CLETS/NCIC entry was cleared is noted once, with who and when."),
    "Nothing is left to do.",
)
IMPORTED = Rule(
    "hot_plate.imported",
    Citation(ORDER, "A.8", "A hot list holds plates from law enforcement and vehicle databases."),
    "Tell the source: the entry goes when it is no longer in the source's file.",
)

LEAST_KNOWN = 3
RENEWED_OFTEN = 2
_INCIDENT = re.compile(r"[A-Z0-9][A-Z0-9/-]{3,29}")


def refuse_partial(entry: HotPlate, profile: Profile) -> Refusal | None:
    """Refuse a partial plate that fits too much or belongs to no incident (462.3(c), or the house's own choice)."""
    if not entry.partial:
        return None
    stated = profile.values.get("hotplate.partial")
    cited = stated.citation if stated else Citation(HOUSE, "hot_plate.partial", _PARTIALS)
    if stated and not stated.value:
        return PARTIAL_OFF.refuse("Partial plates are not entered here.", cited=cited, profile=profile.stamp)
    known = plate_of.known_characters(entry.plate)
    if known < LEAST_KNOWN:
        words = f"Only {known} of its characters {'is' if known == 1 else 'are'} known."
        return PARTIAL_SHORT.refuse(words, profile=profile.stamp)
    if not _INCIDENT.fullmatch(entry.incident_number):
        words = "This is not the form of an incident number." if entry.incident_number else "No incident was given."
        return PARTIAL_INCIDENT.refuse(words, cited=cited, profile=profile.stamp)
    return None


def refuse_not_listed(hot_list: HotList, why: str, profile: Profile) -> Refusal | None:
    """Refuse an entry on a special list that does not say why the plate is in neither CLETS nor NCIC (A.15)."""
    if hot_list.kind != HotList.Kind.SPECIAL or len(re.findall(r"\w+", why)) >= 3:
        return None
    words = "Nothing says why the plate is in neither CLETS nor NCIC." if not why else f"“{why[:60]}” does not say why."
    return NOT_LISTED_WHY.refuse(words, profile=profile.stamp)


def refuse_clearing(entry: HotPlate, profile: Profile) -> Refusal | None:
    """Refuse to note as cleared what was never entered, or was noted already."""
    if not entry.system:
        return NO_SYSTEM.refuse("No CLETS/NCIC entry is noted for this hot plate.", profile=profile.stamp)
    if entry.system_cleared_at is not None:
        who = entry.system_cleared_by.display_name if entry.system_cleared_by else "Somebody"
        return CLEARED.refuse(f"{who} has noted it as cleared already.", profile=profile.stamp)
    return None


def refuse_imported(entry: HotPlate, profile: Profile) -> Refusal | None:
    """Refuse to change by hand what came with a source's file."""
    if entry.listed_digest is None:
        return None
    return IMPORTED.refuse("Nobody here entered this plate: it came with its source's file.", profile=profile.stamp)


def asks_for_system(profile: Profile) -> bool:
    """Whether the profile wants hot plates in CLETS/NCIC as well (E.2)."""
    return "clets_ncic_code" in profile.get("hotplate.requires", ())


def lacks_system(entry: HotPlate, profile: Profile) -> bool:
    """Whether the entry should stand in CLETS/NCIC and, as far as is noted, does not; a partial plate cannot."""
    stands = entry.system and entry.system_cleared_at is None
    wanted = asks_for_system(profile) and entry.hot_list.kind == HotList.Kind.ORDINARY
    return wanted and not stands and not entry.partial and entry.listed_digest is None
