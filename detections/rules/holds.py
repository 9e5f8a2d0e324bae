"""How reads are held as evidence, and how a hold ends (C.1, 462.4). Pure."""

from datetime import date, timedelta

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

ORDER = "SPD General Order 525.08"
_KEPT = Citation(ORDER, "C.1", "ALPR data is kept for its retention period and then purged, unless it is evidence.")

HOLD_CASE = Rule("hold.case", _KEPT, "Enter the case number the reads are evidence in, such as 26-123456.")
HOLD_REASON = Rule("hold.reason", _KEPT, "Say in a few words why these reads are evidence.")
HOLD_TRIGGER = Rule("hold.trigger", _KEPT, "Choose one of the grounds your policy names, or ask the custodian.")
HOLD_REVIEW = Rule("hold.review_date", _KEPT, "Choose a day after today and within a year to look at this hold again.")
HOLD_READS = Rule("hold.reads", _KEPT, "Open the search again and tick the reads that are there.")
TWO_PEOPLE = Rule(
    "hold.two_people",
    _KEPT,
    "Ask a colleague who may place holds to lift it: one asks, another lifts.",
)
HOLD_STATE = Rule("hold.state", _KEPT, "Open the list of holds to see where it stands.")

MINIMUM_WORDS = 3
LONGEST_REVIEW = timedelta(days=366)
MOST_READS = 1000


def refuse_hold(
    *, case_number: str, reason: str, kind: str, proceeding: str, review_on: date, today: date, profile: Profile
) -> Refusal | None:
    """Refuse a hold without case, words, a ground the profile names, or a day on which it is looked at again."""
    stamp = profile.stamp
    if not case_number:
        return HOLD_CASE.refuse("No case number was given.", profile=stamp)
    if len(reason.split()) < MINIMUM_WORDS:
        return HOLD_REASON.refuse("Nothing says why these reads are kept.", profile=stamp)
    ground = proceeding if kind == "evidence" else kind
    triggers = profile["hold.triggers"]
    if ground not in triggers.value:
        named = ", ".join(triggers.value).replace("_", " ")
        return HOLD_TRIGGER.refuse(
            f"“{ground.replace('_', ' ')}” is not a ground for a hold here ({named}).",
            cited=triggers.citation,
            profile=stamp,
        )
    if not today < review_on <= today + LONGEST_REVIEW:
        return HOLD_REVIEW.refuse("The day of review is not within the next year.", profile=stamp)
    return None


def refuse_reads(asked: int, found: int, profile: Profile) -> Refusal | None:
    """Refuse a hold on nothing, on too many reads at once, or on reads that are no longer there."""
    if asked == 0:
        return HOLD_READS.refuse("No read was chosen.", profile=profile.stamp)
    if asked > MOST_READS:
        return HOLD_READS.refuse(f"A hold takes at most {MOST_READS:,} reads at once.", profile=profile.stamp)
    if found != asked:
        return HOLD_READS.refuse(f"{asked - found} of {asked} reads are not there.", profile=profile.stamp)
    return None


def refuse_lift_request(*, lifted: bool, requested: bool, profile: Profile) -> Refusal | None:
    """Refuse to ask for the end of a hold twice, or after it ended."""
    if lifted:
        return HOLD_STATE.refuse("This hold was lifted before.", profile=profile.stamp)
    if requested:
        return HOLD_STATE.refuse("Someone has already asked to lift this hold.", profile=profile.stamp)
    return None


def refuse_lift(*, lifted: bool, requested: bool, same_person: bool, profile: Profile) -> Refusal | None:
    """Refuse to lift a hold alone, unasked, or twice."""
    if lifted:
        return HOLD_STATE.refuse("This hold was lifted before.", profile=profile.stamp)
    if not requested:
        return TWO_PEOPLE.refuse("Nobody has asked to lift this hold yet.", profile=profile.stamp)
    if same_person:
        return TWO_PEOPLE.refuse("You asked to lift this hold, so another person lifts it.", profile=profile.stamp)
    return None
