"""Wide searches: what makes one, and who may approve it first (D.1.c). Pure: facts in, refusal or nothing out."""

from dataclasses import dataclass
from datetime import timedelta

from audit import rules
from audit.policy import Profile
from audit.refusals import Refusal, Rule
from detections.models.searches import Standing
from detections.rules.searches import MINIMUM_WORDS

WIDE = Rule(
    "search.wide",
    rules.NEEDS_REVIEW.citation,
    "Narrow the search, or ask for its approval: a sergeant or an ALPR administrator decides.",
)
APPROVER = Rule(
    "search.approver",
    rules.NEEDS_REVIEW.citation,
    "Leave it to a sergeant or someone above, or to an ALPR administrator.",
)
APPROVAL_OWN = Rule(
    "search.approval_own", rules.NEEDS_REVIEW.citation, "Another sergeant or ALPR administrator decides about it."
)
APPROVAL_WORDS = Rule(
    "search.approval_words", rules.NEEDS_REVIEW.citation, "Write in at least three words what you reviewed, and why."
)
APPROVAL_DECIDED = Rule(
    "search.approval_decided", rules.NEEDS_REVIEW.citation, "Nothing is left to do; the decision stands."
)
NOT_APPROVED = Rule("search.not_approved", rules.NEEDS_REVIEW.citation, "Ask again if you still need the search.")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a search reaches beyond one vehicle. None: that measure says nothing about this kind of search.

    ``known`` characters of the plate; ``of_part``: the longest time asked about part of a plate, or about what
    travelled with one; ``near``: the longest time asked about all that was near a place; ``area_km2``: the largest.
    """

    known: int | None = None
    of_part: timedelta | None = None
    near: timedelta | None = None
    area_km2: float | None = None


def wide_because(reach: Reach, profile: Profile) -> list[tuple[str, str]]:
    """Why a search is wide: the profile's key and one sentence each; empty for one that needs no approval."""
    few, days, hours, area = (
        profile[f"search.wide.{name}"].value for name in ("known_characters", "days", "hours", "area_km2")
    )
    found = []
    if reach.known is not None and reach.known < few:
        known = "No character" if reach.known == 0 else f"Only {_number(reach.known, 'character')}"
        found.append(("known_characters", f"{known} of the plate known; {few} are needed."))
    if reach.of_part is not None and reach.of_part > days * DAY:
        found.append(("days", f"{_up(reach.of_part, DAY)} days for part of a plate or a convoy are more than {days}."))
    if reach.near is not None and reach.near > hours * HOUR:
        found.append(("hours", f"{_up(reach.near, HOUR)} hours for all that was near a place are more than {hours}."))
    if reach.area_km2 is not None and reach.area_km2 > area:
        found.append(("area_km2", f"{reach.area_km2:,.1f} km\N{SUPERSCRIPT TWO} are more than {area}."))
    return [(f"search.wide.{key}", words) for key, words in found]


def refuse_wide(reach: Reach, profile: Profile) -> Refusal | None:
    """Refuse a wide search that nobody has approved (D.1.c)."""
    reasons = wide_because(reach, profile)
    if not reasons:
        return None
    said = " ".join(words for _, words in reasons)
    cited = profile[reasons[0][0]].citation
    return WIDE.refuse(f"This search is wide. {said}", cited=cited, profile=profile.stamp)


@dataclass(frozen=True, slots=True)
class Decider:
    """Who is about to decide about a wide search: by rank or role, and whether it is their own."""

    may_document: bool
    is_asker: bool = False


def refuse_decider(decider: Decider, profile: Profile) -> Refusal | None:
    """Refuse one who is neither a sergeant or above nor an ALPR administrator, and anyone their own search."""
    if not decider.may_document:
        reason = "You are neither a sergeant or above nor an ALPR administrator."
        return APPROVER.refuse(reason, profile=profile.stamp)
    if decider.is_asker:
        return APPROVAL_OWN.refuse("This search is your own.", profile=profile.stamp)
    return None


def refuse_decision(words: str, *, decided: bool, profile: Profile) -> Refusal | None:
    """Refuse a second decision, and one without a word of why: D.1.c asks for documentation."""
    if decided:
        return APPROVAL_DECIDED.refuse("This search is decided already.", profile=profile.stamp)
    if len(words.split()) < MINIMUM_WORDS:
        return APPROVAL_WORDS.refuse("What was reviewed is not documented.", profile=profile.stamp)
    return None


_NOT_APPROVED = {
    Standing.WAITING: "Nobody has decided about this search yet.",
    Standing.DENIED: "This search was denied.",
    Standing.LAPSED: "The time in which this search was approved is over.",
    Standing.USED: "This approval was used: it was good for one search.",
}


def refuse_unapproved(standing: Standing, profile: Profile) -> Refusal | None:
    """Refuse to run a wide search whose approval is not in force now."""
    if standing is Standing.APPROVED:
        return None
    return NOT_APPROVED.refuse(_NOT_APPROVED[standing], profile=profile.stamp)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _up(span: timedelta, unit: timedelta) -> str:
    """How many units, the begun one counted: what is more than 30 days is never said to be 30."""
    return f"{-(-span // unit):,}"
