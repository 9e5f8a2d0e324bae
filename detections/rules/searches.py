"""What a search must satisfy beyond role, training, purpose and case number (``audit.rules``). Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit import plates, policy, rules
from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

SB34 = "Civil Code"
_PLATE_ON_RECORD = Citation(
    SB34, "§ 1798.90.52(a)(2)", "Each access is recorded with the plate or other data used to query the system."
)

PLATE_MISSING = Rule(
    "search.plate_missing", _PLATE_ON_RECORD, "Type the plate you are looking for, or what you know of it."
)
PLATE_FORM = Rule(
    "search.plate_form", _PLATE_ON_RECORD, "Type the plate by hand: up to eight letters A to Z and digits."
)
PATTERN_FORM = Rule(
    "search.pattern_form",
    _PLATE_ON_RECORD,
    "Type the letters and digits you know, ? for one you do not know and * for any number of them.",
)
STATE_FORM = Rule("search.state_form", _PLATE_ON_RECORD, "Choose the state from the list, or leave it open.")
WINDOW = Rule(
    "search.window",
    Citation(
        SB34, "§ 1798.90.51(b)(2)(G)", "The policy sets the length of time ALPR information is kept, and no longer."
    ),
    "Choose when to look from and up to: the first before the second, and no longer apart than reads are kept.",
)
ATTESTATION = Rule(
    "search.attestation",
    Citation("Penal Code", "§ 13519.4(f)", "A peace officer shall not engage in racial or identity profiling."),
    "Tick the box if it is true. If it is not, do not search.",
)
CONTEXT = Rule(
    "search.context_missing",
    rules.NO_PURPOSE.citation,
    "Open your search again and follow the link from there: a link is good for ten minutes, for you alone.",
)

# D.1.c names the sergeant; those above a sergeant may do what a sergeant may.
MAY_DOCUMENT = frozenset({"sergeant", "lieutenant", "captain", "chief"})
MINIMUM_WORDS = 3


@dataclass(frozen=True, slots=True)
class Review:
    """Who documented another use and in what words; ``may_document`` is about role and rank at the instant."""

    named: bool
    is_asker: bool
    may_document: bool
    words: str


def refuse_plate(typed: str, profile: Profile) -> Refusal | None:
    """Refuse an empty plate, and one with a character that no plate has; the reason names the character."""
    if not typed.strip():
        return PLATE_MISSING.refuse("No plate was given.", profile=profile.stamp)
    try:
        plates.normalise(typed)
    except plates.PlateError as error:
        return PLATE_FORM.refuse(error.reason, profile=profile.stamp)
    return None


def pattern_of(typed: str) -> str:
    """The part of a plate that is known, in its written form: A to Z, digits, ? and *. Raises PlateError."""
    known = typed.replace("?", "-").replace("*", "-")
    if not plates.SEPARATORS.issuperset(known):
        plates.normalise(known)  # names the character that no plate has, at its place as typed
    kept = [sign if sign in "?*" else plates.normalise(sign) for sign in typed if sign not in plates.SEPARATORS]
    pattern = re.sub(r"\*+", "*", "".join(kept))
    if len(pattern.replace("*", "")) > plates.MAX_LENGTH:
        raise plates.PlateError(f"A plate has at most {plates.MAX_LENGTH} characters.")
    return pattern


def refuse_pattern(typed: str, containing: str, profile: Profile) -> Refusal | None:
    """Refuse a part of a plate in which nothing is known, or that holds a character no plate has."""
    if not typed.strip(" -?*") and not containing.strip():
        return PLATE_MISSING.refuse("No character of the plate was given.", profile=profile.stamp)
    try:
        pattern_of(typed)
        if containing.strip():
            plates.normalise(containing)
    except plates.PlateError as error:
        return PATTERN_FORM.refuse(error.reason, profile=profile.stamp)
    return None


def refuse_state(typed: str, profile: Profile) -> Refusal | None:
    """Refuse what is no US state or territory; none at all is fine."""
    try:
        plates.normalise_state(typed)
    except plates.StateError as error:
        return STATE_FORM.refuse(error.reason, profile=profile.stamp)
    return None


def refuse_window(
    from_at: datetime, to_at: datetime, *, longest: str, cited: Citation | None, profile: Profile
) -> Refusal | None:
    """Refuse ``[from_at, to_at)`` when it is empty, or longer than ``longest`` (an ISO duration)."""
    if from_at >= to_at:
        return WINDOW.refuse("The search would end before it begins.", cited=cited, profile=profile.stamp)
    if to_at > policy.add_duration(from_at, longest):
        asked = to_at - from_at
        return WINDOW.refuse(
            f"{_days(asked)} are more than one search may cover ({in_words(longest)}).",
            cited=cited,
            profile=profile.stamp,
        )
    return None


def refuse_unattested(attested: bool, profile: Profile) -> Refusal | None:
    """Refuse without the word of the person that no protected class is the sole ground."""
    if attested:
        return None
    own = next((p.citation for p in profile.prohibitions if p.code == "protected_class"), None)
    return ATTESTATION.refuse(
        "You did not state that this search is not based solely on a protected class.",
        cited=own,
        profile=profile.stamp,
    )


def refuse_unreviewed(purpose: policy.Purpose, review: Review, profile: Profile) -> Refusal | None:
    """Refuse a use that needs a sergeant's or ALPR administrator's documentation and has none (D.1.c)."""
    if not purpose.review:
        return None
    if not review.named:
        reason = "Nobody is named who reviewed this use."
    elif review.is_asker:
        reason = "You cannot review your own search."
    elif not review.may_document:
        reason = "The person named is neither a sergeant nor an ALPR administrator."
    elif len(review.words.split()) < MINIMUM_WORDS:
        reason = "What was reviewed is not documented."
    else:
        return None
    return rules.NEEDS_REVIEW.refuse(reason, cited=purpose.citation, profile=profile.stamp)


def refuse_without_context(profile: Profile) -> Refusal:
    """The refusal of a read that was opened without a search, a hit or a fresh link."""
    return CONTEXT.refuse("This link does not say why you are looking.", profile=profile.stamp)


def in_words(duration: str) -> str:
    """``P2Y`` as "2 years", ``P30D`` as "30 days", ``PT24H`` as "24 hours"; other forms as they are."""
    for start, unit, name in (("P", "Y", "year"), ("P", "D", "day"), ("PT", "H", "hour")):
        digits = duration.removeprefix(start).removesuffix(unit)
        if digits.isdigit() and duration == f"{start}{digits}{unit}":
            return f"{int(digits)} {name}{'' if int(digits) == 1 else 's'}"
    return duration


def _days(span: timedelta) -> str:
    return f"{span.days:,} days"
