"""Rules of what is typed at the steps of a hit: numbers and codes, times told, why no query was run. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import ORDER, refuse_criminal_justice

CODE_FORM = Rule(
    "hit.code_form",
    Citation(ORDER, "D.6", "Hits are dispatched with incident type codes; a call for service has its number."),
    "Enter the number or code alone, such as 26-000123 or 10851; words belong in the description.",
)
TOLD_TIME = Rule(
    "hit.told_time",
    Citation(ORDER, "D.5.a", "Hits are broadcast in time for dispatch to verify them, so the times must be true."),
    "Say how many minutes ago it was, counted after the hit came in; 0 means now.",
)
NOT_PRACTICABLE = Rule(
    "hit.not_practicable",
    Citation(ORDER, "D.6.a(2)", "The dispatcher verifies the plate by CLETS and NCIC query."),
    "Run the queries and enter their results; while a system is down the hit stays open.",
)

_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9.()/-]*")
_LEAST_WORDS = 3
# Minutes are told whole, so an act may seem up to a minute earlier than it was.
_COARSE = timedelta(minutes=1)


def refuse_codes(codes: Mapping[str, str], profile: Profile) -> Refusal | None:
    """Refuse a call number or type code that is a sentence. ``codes``: what it is, in words, to what was typed."""
    for name, typed in codes.items():
        if typed.strip() and not _CODE.fullmatch(typed.strip()):
            return CODE_FORM.refuse(f"This is not the form of a {name}.", profile=profile.stamp)
    return None


def refuse_texts(texts: Mapping[str, str], profile: Profile) -> Refusal | None:
    """Refuse text of CLETS or NCIC in any field of a step (requirement 73: result class, no text of the answer)."""
    return refuse_criminal_justice(profile, **dict(texts))


def told(minutes_ago: int, *, hit_at: datetime, at: datetime) -> datetime:
    """The instant that was told as minutes ago; not before the hit, since minutes are coarse."""
    return max(at - timedelta(minutes=minutes_ago), min(hit_at, at))


def refuse_told(minutes_ago: int, what: str, *, hit_at: datetime, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a time in the future, or before the hit was there."""
    if minutes_ago < 0:
        return TOLD_TIME.refuse(f"{what} cannot lie in the future.", profile=profile.stamp)
    if at - timedelta(minutes=minutes_ago) <= hit_at - _COARSE:
        return TOLD_TIME.refuse(f"{what} would lie before the hit itself.", profile=profile.stamp)
    return None


def refuse_not_practicable(why: str, results: Mapping[str, str], profile: Profile) -> Refusal | None:
    """Refuse "not practicable" where the profile knows no such thing, beside a result, or without its reason."""
    allowed = profile.get("hit.not_practicable", False)
    if not allowed:
        return NOT_PRACTICABLE.refuse(
            "Under this policy a hit is verified by query and in no other way.",
            cited=profile["hit.verification"].citation,
            profile=profile.stamp,
        )
    cited = profile["hit.not_practicable"].citation
    if any(results.values()):
        return NOT_PRACTICABLE.refuse(
            "A result was entered, and also that no query could be run.",
            cited=cited,
            next_step="Enter one of the two.",
            profile=profile.stamp,
        )
    if len(re.findall(r"[\w/'-]+", why)) < _LEAST_WORDS:
        return NOT_PRACTICABLE.refuse(
            "That does not say why no query could be run.",
            cited=cited,
            next_step="Write what stood in the way, in at least three words.",
            profile=profile.stamp,
        )
    return None
