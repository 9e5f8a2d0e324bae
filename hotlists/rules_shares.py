"""What the law forbids about sharing a special hot list with another agency: I.2.b, C.2 to C.6. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit import policy
from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import refuse_criminal_justice, refuse_prohibited
from hotlists.models import HotListShare
from hotlists.rules_special import CJIS, ORDER, refuse_case, refuse_why

Class = HotListShare.AgencyClass
_APPROVAL = Citation(
    ORDER,
    "I.2.b",
    "With division commander approval, special hot lists are shared with other law enforcement agencies.",
)
_OUTSIDE = Citation(ORDER, "C.4", "ALPR data is not provided to private entities, out-of-state or federal agencies.")
# Words in an agency's name that say it is federal, or no agency at all.
FEDERAL_WORDS = frozenset({"federal", "u.s.", "fbi", "dea", "atf", "homeland", "customs", "marshals", "secret"})
PRIVATE_WORDS = frozenset({"inc", "inc.", "llc", "corp", "corp.", "corporation", "company", "ltd"})

OFF = Rule(
    "share.off",
    Citation(ORDER, "I.2.a", "Special hot lists notify only authorized department personnel."),
    "The policy in force says nothing of sharing special lists, so none is shared.",
)
AGENCY = Rule(
    "share.agency",
    _APPROVAL,
    "Name the other agency as the accounts of its people name it.",
)
RECIPIENT_CLASS = Rule(
    "share.recipient_class",
    _OUTSIDE,
    "Nothing is shared with them. A request of theirs goes to the custodian of records.",
)
NOT_A_PARTNER = Rule(
    "share.not_a_partner",
    Citation(ORDER, "C.2.a", "A request of an agency that is no partner in LEARN produces no data."),
    "The commander of the Real-Time Information Center has been told. Nothing was shared.",
)
WHAT = Rule(
    "share.what",
    _APPROVAL,
    "Share the whole list, or choose plates that are live on it.",
)
WHY = Rule(
    "share.why",
    _APPROVAL,
    "Say in at least three words what the other agency needs it for.",
)
CASE = Rule(
    "share.case",
    _APPROVAL,
    "Give the number of the case, such as 26-123456.",
)
PERIOD = Rule(
    "share.period",
    Citation("Platekeeper default", "special_list.share_most", "A special hot list is shared for a limited period."),
    "Choose a beginning from now on and an end within the longest period.",
)
COMMANDER = Rule(
    "share.commander",
    _APPROVAL,
    "The commander of the division of the one who asks decides, or the commander of the Real-Time Information Center.",
)
OWN_REQUEST = Rule(
    "share.own_request",
    Citation(CJIS, "AC-5", "Duties that could be misused together are kept with different people."),
    "Another division commander decides about it.",
)
DECIDED = Rule(
    "share.decided",
    _APPROVAL,
    "Open the share: it shows who decided and how. What is to change is asked for anew.",
)
DECISION_WORDS = Rule(
    "share.words_missing",
    _APPROVAL,
    "Say in at least three words what you weighed.",
)
NOT_RUNNING = Rule(
    "share.not_running",
    Citation("Platekeeper default", "share.end", "A share is ended once, while it lasts or before it begins."),
    "Nothing to do: nobody sees anything by this share.",
)


@dataclass(frozen=True, slots=True)
class Decider:
    """Who is about to decide: whether they command a division it concerns, and whether they asked for it."""

    commands: bool
    asked: bool


def longest(profile: Profile) -> timedelta | None:
    """The longest period of a share; None where the profile provides for no sharing."""
    text = profile.get("special_list.share_most")
    return policy.duration(text) if text else None


def allowed_classes(profile: Profile) -> frozenset[str]:
    """The kinds of agency the profile lets be given anything; a partner in LEARN is an agency of the state too."""
    named = frozenset(profile.get("share.recipient_classes", ()))
    return named | {Class.CA_LEA_LEARN_PARTNER} if Class.CA_LEA in named else named


def refuse_agency(agency: str, agency_class: str, own_name: str, profile: Profile) -> Refusal | None:
    """Refuse nobody, ourselves, a forbidden purpose in the name, and a body the law gives nothing to."""
    words = agency.casefold().split()
    if not words or agency.casefold() == own_name.casefold():
        return AGENCY.refuse("This names no other agency.", profile=profile.stamp)
    if refusal := refuse_prohibited(agency, profile):
        return refusal
    if not FEDERAL_WORDS.isdisjoint(words):
        agency_class = Class.FEDERAL
    elif not PRIVATE_WORDS.isdisjoint(words):
        agency_class = Class.PRIVATE
    return _refuse_class(agency_class, profile)


def _refuse_class(agency_class: str, profile: Profile) -> Refusal | None:
    if agency_class in allowed_classes(profile):
        return None
    if agency_class == Class.CA_LEA and "partner_check" in profile.get("share.steps", ()):
        return NOT_A_PARTNER.refuse("This agency is no partner in LEARN.", profile=profile.stamp)
    label = Class(agency_class).label.lower() if agency_class in Class.values else "no agency known here"
    clause = profile["share.recipient_classes"].citation if "share.recipient_classes" in profile.values else None
    # The order has its own clause for those outside (C.4) beside the one that names who may be given data (C.2).
    outside = agency_class in (Class.OUT_OF_STATE, Class.FEDERAL, Class.PRIVATE)
    cited = None if clause is None or (outside and clause.instrument == ORDER) else clause
    return RECIPIENT_CLASS.refuse(f"The recipient is: {label}.", cited=cited, profile=profile.stamp)


def refuse_what(whole_list: bool, plates: int, known: int, profile: Profile) -> Refusal | None:
    """Refuse both or neither of the whole list and plates of it, and plates that are not live on it."""
    if whole_list and plates:
        return WHAT.refuse("Both the whole list and single plates were chosen.", profile=profile.stamp)
    if not whole_list and not plates:
        return WHAT.refuse("Neither the whole list nor a plate was chosen.", profile=profile.stamp)
    if plates != known:
        return WHAT.refuse("One of the plates is not live on this list, or not open to you.", profile=profile.stamp)
    return None


def refuse_period(starts: datetime, ends: datetime, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a period that has begun before it is asked for, ends before it starts, or is too long."""
    most = longest(profile)
    if most is None:
        return OFF.refuse("Sharing is not provided for.", profile=profile.stamp)
    if starts < at:
        return PERIOD.refuse("It would begin in the past.", profile=profile.stamp)
    if ends <= starts:
        return PERIOD.refuse("It would end before it begins.", profile=profile.stamp)
    if ends - starts > most:
        cited = profile["special_list.share_most"].citation
        return PERIOD.refuse(f"It would last longer than {most.days} days.", cited=cited, profile=profile.stamp)
    return None


def refuse_reason(why: str, case_number: str, profile: Profile) -> Refusal | None:
    """Refuse a share without words that say something, with forbidden ones, or without its case."""
    return refuse_why(why, WHY, profile) or refuse_case(case_number, CASE, profile)


def refuse_decider(decider: Decider, profile: Profile) -> Refusal | None:
    """Refuse the one who asked, under whichever account, and one who commands no division it concerns (I.2.b)."""
    if decider.asked:
        return OWN_REQUEST.refuse("You asked for this share yourself.", profile=profile.stamp)
    if not decider.commands:
        return COMMANDER.refuse("You do not command a division this concerns.", profile=profile.stamp)
    return None


def refuse_decision(share: HotListShare, words: str, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a second decision, one about a period that is over, and one without its words."""
    if share.decision:
        return DECIDED.refuse("This share is decided already.", profile=profile.stamp)
    if share.ends_at <= at:
        return DECIDED.refuse("Its period is over; nobody decided in time.", profile=profile.stamp)
    if len(words.split()) < 3:
        return DECISION_WORDS.refuse("Nothing says what you weighed.", profile=profile.stamp)
    return refuse_criminal_justice(profile, words=words)


def refuse_ending(share: HotListShare, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to end what was not approved, or is over."""
    if share.decision != HotListShare.Decision.APPROVED or share.ended_at is not None or share.ends_at <= at:
        return NOT_RUNNING.refuse("This share does not run.", profile=profile.stamp)
    return None
