"""Flags about what was written: the reason and the case number. Pure."""

import re

from audit import rules
from audit.plain_words import as_read
from audit.policy import Profile
from audit.review.flags.flag import Flag
from audit.review.flags.limits import Limits
from audit.rules import _VAGUE as VAGUE

UNKNOWN, CLOSED, OTHERS = "unknown", "closed", "others"


def prohibited(reason: str, profile: Profile) -> Flag | None:
    """Words that name a use the profile forbids."""
    text = as_read(reason)
    for prohibition in profile.prohibitions:
        for word in prohibition.words:
            if word in text and re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", text):
                return Flag(
                    "prohibited_words",
                    f"“{word}” points to a forbidden use: {prohibition.label.lower()} ({prohibition.citation}).",
                )
    return None


def vague(reason: str, profile: Profile) -> Flag | None:
    """A reason that says nothing, by the same measure by which the gate refuses one."""
    if not re.search(r"\w", reason):
        return Flag("vague_reason", "No reason is given.")
    purpose = profile.purposes[0].code
    if refusal := rules.refuse_purpose(purpose, reason, profile):
        return Flag("vague_reason", refusal.reason)
    return None


def may_be_vague(words: list[str]) -> bool:
    """A cheap first look at the words in lower case: False where ``vague`` would find nothing."""
    return len(words) < 4 or all(word.strip(".,;:!?()") in VAGUE for word in words)


def copied(different_plates: int, limits: Limits) -> Flag | None:
    """One reason in the same words for so many different plates in one day."""
    if different_plates <= limits.copied_times:
        return None
    return Flag(
        "copied_reason",
        f"The same words for {different_plates:,} different plates in one day;"
        f" more than {limits.copied_times} are flagged.",
    )


def case(standing: str) -> Flag | None:
    """How the case number stood in the register of cases on the day of the query."""
    words = {
        UNKNOWN: ("case_unknown", "The case number is not in the register of cases."),
        CLOSED: ("case_closed", "The case was closed on the day of the query."),
        OTHERS: ("case_of_others", "The case was assigned to others on the day of the query, and not to this person."),
    }.get(standing)
    return Flag(*words) if words else None
