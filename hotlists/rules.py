"""What the law forbids about hot plates: E.1 (case or XREF, reason), E.2 (24 hours), I.2 (audience). Pure."""

import re
from datetime import UTC, datetime, timedelta

from audit import plates, policy
from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import CASE_NUMBER, refuse_prohibited
from hotlists.entries import plate as plate_of
from hotlists.models import HotList, HotPlate

ORDER = "SPD General Order 525.08"
HOUSE = "Platekeeper default"

PLATE_FORM = Rule(
    "hot_plate.plate_form",
    Citation(ORDER, "A.8", "A hot list holds identified license plate numbers."),
    "Type the plate as it stands on the vehicle.",
)
CASE_MISSING = Rule(
    "hot_plate.case_missing",
    Citation(ORDER, "E.1.a", "License plate entries include the related case number."),
    "Give the case number. If there is no case, give the subject's XREF.",
)
CASE_AND_XREF = Rule(
    "hot_plate.case_and_xref",
    Citation(ORDER, "E.1.a(1)", "The subject's XREF is entered if the plate is not associated with a case number."),
    "Keep the case number and clear the XREF, or the other way round if there is no case.",
)
CASE_FORM = Rule(
    "hot_plate.case_form",
    Citation(ORDER, "E.1.a", "License plate entries include the related case number."),
    "Enter the case number as year, dash and digits, such as 26-123456.",
)
XREF_FORM = Rule(
    "hot_plate.xref_form",
    Citation(ORDER, "E.1.a(1)", "The subject's XREF is entered if the plate is not associated with a case number."),
    "An XREF is 4 to 12 letters and digits.",
)
REASON_MISSING = Rule(
    "hot_plate.reason_missing",
    Citation(ORDER, "E.1.b", "License plate entries include the reason for entry."),
    "Say in a few words what happened and why the plate is looked for.",
)
REASON_VAGUE = Rule(
    "hot_plate.reason_vague",
    Citation(ORDER, "E.1.b", "License plate entries include the reason for entry."),
    "Say what happened, in at least three words: the officer who gets the hit reads this.",
)
SAME_REASON = Rule(
    "hot_plate.same_reason",
    Citation(ORDER, "E.2", "Hot plates expire no later than 24 hours after entry; going on is a new entry."),
    "Say what makes the plate wanted for longer: a renewal is a new record with a new reason.",
)
LIFE = Rule(
    "hot_plate.life",
    Citation(ORDER, "E.2", "Hot plates expire no later than 24 hours after entry."),
    "Choose a shorter life. The entry can be renewed with a new reason when it ends.",
)
DUPLICATE = Rule(
    "hot_plate.duplicate",
    Citation(HOUSE, "hot_plate.duplicate", "A plate is live once on a list, so that each hit has one reason."),
    "Open the live entry: renew it, or withdraw it and enter the plate again.",
)
NOT_LIVE = Rule(
    "hot_plate.not_live",
    Citation(HOUSE, "hot_plate.withdraw", "An entry is withdrawn once, while it lives."),
    "Nothing to do: this entry matches nothing any more.",
)
WITHDRAWAL_REASON = Rule(
    "hot_plate.withdrawal_reason",
    Citation(HOUSE, "hot_plate.withdraw", "A withdrawal says who, when and why."),
    "Say in a few words why it is withdrawn, such as “vehicle recovered”.",
)
NOT_RENEWABLE = Rule(
    "hot_plate.not_renewable",
    Citation(HOUSE, "hot_plate.renew", "An entry is renewed once; the new entry is the one to renew next."),
    "Open the newest entry, or enter the plate afresh.",
)
NOT_THE_AUDIENCE = Rule(
    "hot_plate.list_closed",
    Citation(ORDER, "I.2.a", "Special hot lists notify only authorized department personnel."),
    "Ask an ALPR administrator to be added to this list.",
)
SYSTEM_NUMBER = Rule(
    "hot_plate.system_missing",
    Citation(ORDER, "E.2", "Hot plates are also entered into the appropriate CLETS and NCIC systems."),
    "Choose the system the entry number belongs to.",
)

XREF = re.compile(r"[A-Za-z0-9]{4,12}")
# fmt: off
_SAYS_NOTHING = frozenset({
    "a", "an", "and", "as", "asap", "at", "be", "bolo", "by", "car", "case", "check", "crime", "for", "hit", "hot",
    "in", "info", "inv", "investigation", "it", "look", "lookout", "misc", "missing", "n/a", "na", "none", "of",
    "on", "or", "other", "per", "person", "plate", "please", "police", "reason", "request", "search", "see",
    "stolen", "stop", "suspect", "test", "the", "this", "to", "unknown", "veh", "vehicle", "wanted", "watch", "work",
})
# fmt: on


def refuse_plate(text: str, profile: Profile) -> Refusal | None:
    """Refuse what is no plate, full or partial, naming the character."""
    try:
        plate_of.normalise(text)
    except plates.PlateError as error:
        return PLATE_FORM.refuse(error.reason, profile=profile.stamp)
    return None


def refuse_case(case_number: str, xref: str, profile: Profile) -> Refusal | None:
    """Refuse neither, both, or a wrong form: exactly one of case number and XREF (E.1.a, E.1.a(1))."""
    stamp = profile.stamp
    if case_number and xref:
        return CASE_AND_XREF.refuse("Both a case number and an XREF were given.", profile=stamp)
    if xref:
        return None if XREF.fullmatch(xref) else XREF_FORM.refuse("This is not the form of an XREF.", profile=stamp)
    if not case_number:
        words = "Neither a case number nor an XREF was given."
        return CASE_MISSING.refuse(words, cited=_case_clause(profile), profile=stamp)
    if not CASE_NUMBER.fullmatch(case_number):
        return CASE_FORM.refuse("This is not the form of a case number.", cited=_case_clause(profile), profile=stamp)
    return None


def refuse_reason(reason: str, profile: Profile) -> Refusal | None:
    """Refuse an entry without a reason, with one that says nothing, or with a forbidden one (E.1.b)."""
    words = re.findall(r"[\w/'-]+", reason.lower())
    if not words:
        return REASON_MISSING.refuse("No reason for entry was given.", profile=profile.stamp)
    if len(words) < 3 or all(word in _SAYS_NOTHING for word in words):
        return REASON_VAGUE.refuse(f"“{reason.strip()[:60]}” does not say what happened.", profile=profile.stamp)
    return refuse_prohibited(reason, profile)


def refuse_life(starts: datetime, ends: datetime, profile: Profile) -> Refusal | None:
    """Refuse an end that is not after the start, or later than the profile's longest life, in elapsed time."""
    lived = ends.astimezone(UTC) - starts.astimezone(UTC)
    if lived <= timedelta(0):
        return LIFE.refuse("It would end before it starts.", profile=profile.stamp)
    longest = longest_life(profile)
    if longest is not None and lived > longest:
        hours = longest / timedelta(hours=1)
        cited = profile["hotplate.max_ttl"].citation
        return LIFE.refuse(f"It would live longer than {hours:g} hours.", cited=cited, profile=profile.stamp)
    return None


def longest_life(profile: Profile) -> timedelta | None:
    """The longest life a hot plate may have; None where the profile sets none."""
    text = profile.get("hotplate.max_ttl")
    return policy.duration(text) if text else None


def refuse_duplicate(live: HotPlate | None, profile: Profile) -> Refusal | None:
    """Refuse a plate that is live on the list already, saying whose entry it is."""
    if live is None:
        return None
    who = live.entered_by.display_name if live.entered_by else live.hot_list.source.name
    return DUPLICATE.refuse(
        f"{who} entered this plate already; it is live on “{live.hot_list}”.", profile=profile.stamp
    )


def refuse_withdrawal(entry: HotPlate, reason: str, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to withdraw what is over, and to withdraw without saying why."""
    if entry.withdrawn_at is not None:
        who = entry.withdrawn_by.display_name if entry.withdrawn_by else "Somebody"
        return NOT_LIVE.refuse(f"{who} has withdrawn this entry already.", profile=profile.stamp)
    if entry.expires_at is not None and entry.expires_at <= at:
        return NOT_LIVE.refuse("This entry has reached its end already.", profile=profile.stamp)
    if len(reason.split()) < 2:
        return WITHDRAWAL_REASON.refuse("Nothing says why it is withdrawn.", profile=profile.stamp)
    return None


def refuse_renewal(entry: HotPlate, reason: str, renewed: bool, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to renew what was withdrawn or renewed before, and to renew for the old reason (E.2)."""
    if renewed:
        return NOT_RENEWABLE.refuse("This entry has been renewed already.", profile=profile.stamp)
    if entry.withdrawn_at is not None and entry.withdrawn_at <= at:
        return NOT_RENEWABLE.refuse("This entry was withdrawn.", profile=profile.stamp)
    if refusal := refuse_reason(reason, profile):
        return refusal
    if reason.lower().split() == entry.reason.lower().split():
        return SAME_REASON.refuse("The reason is the same as before.", profile=profile.stamp)
    return None


def refuse_audience(may_see: bool, profile: Profile) -> Refusal | None:
    """Refuse a special hot list to those it was not opened to (I.2.a)."""
    if may_see:
        return None
    cited = profile["special_list.audience"].citation if "special_list.audience" in profile.values else None
    return NOT_THE_AUDIENCE.refuse("This list is not open to you.", cited=cited, profile=profile.stamp)


def refuse_system(system: str, entry_number: str, profile: Profile) -> Refusal | None:
    """Refuse an entry number that belongs to no system (E.2)."""
    if entry_number and not system:
        return SYSTEM_NUMBER.refuse("An entry number was given without its system.", profile=profile.stamp)
    return None


def wants_system(hot_list: HotList, profile: Profile) -> bool:
    """Whether the profile wants a CLETS/NCIC entry as well (E.2); a special list is for what has none (A.15)."""
    return hot_list.kind == HotList.Kind.ORDINARY and "clets_ncic_code" in profile.get("hotplate.requires", ())


def _case_clause(profile: Profile) -> Citation | None:
    """The clause of the active profile that wants the case number, where it is not the order's own E.1.a."""
    if "case_xor_xref" in profile.get("hotplate.requires", ()):
        return None
    wanted = profile["query.requires"]
    return wanted.citation if "case_number" in wanted.value else None
