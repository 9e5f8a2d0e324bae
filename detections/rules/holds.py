"""How reads are held as evidence, looked at again, booked, and let go (C.1, 462.4). Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

ORDER, POLICY = "SPD General Order 525.08", "EGPD Policy 462"
_KEPT = Citation(ORDER, "C.1", "ALPR data is kept for its retention period and then purged, unless it is evidence.")
_BELIEVED = Citation(
    POLICY, "462.4", "ALPR data is kept where it is reasonable to believe that it will become evidence."
)
_BOOKED = Citation(POLICY, "462.4", "Data that is evidence is downloaded onto portable media and booked into evidence.")

HOLD_CASE = Rule("hold.case", _KEPT, "Enter the case number the reads are evidence in, such as 26-123456.")
HOLD_REASON = Rule("hold.reason", _KEPT, "Say in a few words why these reads are evidence.")
HOLD_TRIGGER = Rule("hold.trigger", _KEPT, "Choose one of the grounds your policy names, or ask the custodian.")
HOLD_BELIEF = Rule(
    "hold.belief", _BELIEVED, "Say what makes you believe that these reads will become evidence, and in what."
)
HOLD_REVIEW = Rule("hold.review_date", _KEPT, "Choose a day after today and within a year to look at this hold again.")
HOLD_READS = Rule("hold.reads", _KEPT, "Open the search again and tick the reads that are there.")
HOLD_TOO_MANY = Rule(
    "hold.too_many", _KEPT, "Choose less time, fewer cameras or more of the plate, and place several holds if you must."
)
HOLD_WINDOW = Rule("hold.window", _KEPT, "Choose at least one camera, and a time that ends after it begins.")
HOLD_SEARCH = Rule("hold.search", _KEPT, "Run the search yourself, in this case, and hold what it finds.")
HOLD_UNSEARCHED = Rule(
    "hold.unsearched",
    Citation(
        ORDER, "D.1", "ALPR is used to locate vehicles and persons, to canvass scenes, or as a sergeant approves."
    ),
    "Search with this hold's case number: what is held is found too, under the purpose of your search.",
)
HOLD_BOOKING = Rule(
    "hold.booking", _BOOKED, "Copy the booking number, the place and the SHA-256 from the evidence receipt."
)
HOLD_NOT_BOOKED = Rule("hold.not_booked", _BOOKED, "Enter the booking first, or choose the other ground.")
TWO_PEOPLE = Rule(
    "hold.two_people",
    _KEPT,
    "Ask a colleague who may place holds to lift it: one asks, another lifts.",
)
HOLD_STATE = Rule("hold.state", _KEPT, "Open the list of holds to see where it stands.")

MINIMUM_WORDS = 3
MINIMUM_BELIEF = 5
# Ticked one by one, and found by a search or in a window.
MOST_READS = 1_000
MOST_FOUND = 10_000
MOST_CAMERAS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Everything that some cameras (their numbers) saw in ``[from_at, to_at)``."""

    cameras: frozenset[int]
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the evidence room gives back: where the copy lies, its number, its SHA-256, who booked it and when."""

    medium: str
    place: str
    number: str
    sha256: str
    booked_by: str
    booked_at: datetime


def latest_review(today: date) -> date:
    """A year after the day; after a 29 February, the next 28 February."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:
        return today.replace(year=today.year + 1, day=28)


def refuse_hold(
    *,
    case_number: str,
    reason: str,
    kind: str,
    proceeding: str,
    review_on: date,
    today: date,
    profile: Profile,
    belief: str = "",
) -> Refusal | None:
    """Refuse a hold without case, words, a ground the profile names, the belief it rests on, or a day of review."""
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
    if kind == "anticipated" and len(belief.split()) < MINIMUM_BELIEF:
        return HOLD_BELIEF.refuse(
            "Nothing says why these reads are believed to become evidence.", cited=triggers.citation, profile=stamp
        )
    return refuse_review_day(review_on, today, profile)


def refuse_review_day(review_on: date, today: date, profile: Profile) -> Refusal | None:
    """Refuse a day of review that is not after today, or more than a year off."""
    if today < review_on <= latest_review(today):
        return None
    return HOLD_REVIEW.refuse("The day of review is not within the next year.", profile=profile.stamp)


def refuse_reads(asked: int, found: int, profile: Profile) -> Refusal | None:
    """Refuse a hold on nothing, on too many ticked reads, or on reads that are no longer there."""
    if asked == 0:
        return HOLD_READS.refuse("No read was chosen.", profile=profile.stamp)
    if asked > MOST_READS:
        return HOLD_READS.refuse(f"A hold takes at most {MOST_READS:,} ticked reads at once.", profile=profile.stamp)
    return refuse_gone(asked, found, profile)


def refuse_gone(asked: int, found: int, profile: Profile) -> Refusal | None:
    """Refuse a hold on fewer reads than were asked for: all or none."""
    if found == asked:
        return None
    verb = "is" if asked - found == 1 else "are"
    return HOLD_READS.refuse(f"{asked - found:,} of {asked:,} reads {verb} not there.", profile=profile.stamp)


def refuse_found(found: int, what: str, profile: Profile) -> Refusal | None:
    """Refuse a hold on a search or window that finds nothing, or more than one hold takes."""
    if found == 0:
        return HOLD_READS.refuse(
            f"This {what} finds no read now.",
            next_step="Check time and cameras. What is past its ceiling cannot be held any more.",
            profile=profile.stamp,
        )
    if found > MOST_FOUND:
        return HOLD_TOO_MANY.refuse(
            f"This {what} finds more than {MOST_FOUND:,} reads, and one hold takes no more.", profile=profile.stamp
        )
    return None


def refuse_window(window: Window, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a window without a camera, with too many, that ends before it begins, or that has not begun."""
    if not window.cameras:
        return HOLD_WINDOW.refuse("No camera was chosen.", profile=profile.stamp)
    if len(window.cameras) > MOST_CAMERAS:
        return HOLD_WINDOW.refuse(
            f"A window takes at most {MOST_CAMERAS} cameras.",
            next_step="Choose fewer cameras, and place several holds if you must.",
            profile=profile.stamp,
        )
    if window.from_at >= window.to_at:
        return HOLD_WINDOW.refuse("The time ends before it begins.", profile=profile.stamp)
    if window.from_at >= at:
        return HOLD_WINDOW.refuse(
            "The time has not come yet, and a hold keeps what was read.",
            next_step="Come back when the reads are there, or choose a time that has passed.",
            profile=profile.stamp,
        )
    return None


def refuse_search(profile: Profile) -> Refusal:
    """Refuse a search that is not the person's own, or that was never let run."""
    return HOLD_SEARCH.refuse("That is not a search of yours that was run.", profile=profile.stamp)


def refuse_unsearched(*, window: bool, profile: Profile) -> Refusal | None:
    """Withhold the plates of a window: it was held unseen, and a look at so many is a search, with its own approval."""
    if not window:
        return None
    return HOLD_UNSEARCHED.refuse("Nobody has searched this window.", profile=profile.stamp)


def refuse_review(*, lifted: bool, words: str, next_on: date, today: date, profile: Profile) -> Refusal | None:
    """Refuse a review of a hold that ended, without words, or without the next day."""
    if lifted:
        return HOLD_STATE.refuse("This hold was lifted before.", profile=profile.stamp)
    if len(words.split()) < MINIMUM_WORDS:
        return HOLD_REASON.refuse(
            "Nothing says what the review found.",
            next_step="Say in a few words why the reads are still evidence.",
            profile=profile.stamp,
        )
    return refuse_review_day(next_on, today, profile)


def refuse_booking(receipt: Receipt, *, lifted: bool, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a booking that nobody could find again, or prove whole."""
    stamp = profile.stamp
    if lifted:
        return HOLD_STATE.refuse("This hold was lifted before.", profile=stamp)
    told = (
        (receipt.place, "Nothing says where the evidence lies."),
        (receipt.number, "No booking number was given."),
        (receipt.booked_by, "Nothing says who booked it."),
    )
    for value, missing in told:
        if not value.strip():
            return HOLD_BOOKING.refuse(missing, profile=stamp)
    if not re.fullmatch(r"[0-9a-f]{64}", receipt.sha256):
        return HOLD_BOOKING.refuse("The hash is not a SHA-256 of 64 digits from 0 to f.", profile=stamp)
    if receipt.booked_at > at:
        return HOLD_BOOKING.refuse("The booking lies in the future.", profile=stamp)
    return None


def refuse_lift_request(
    *, lifted: bool, requested: bool, profile: Profile, ground: str = "over", booked: bool = False
) -> Refusal | None:
    """Refuse to ask for the end of a hold twice, after it ended, or as booked where nothing was booked."""
    if lifted:
        return HOLD_STATE.refuse("This hold was lifted before.", profile=profile.stamp)
    if requested:
        return HOLD_STATE.refuse("Someone has already asked to lift this hold.", profile=profile.stamp)
    if ground == "booked" and not booked:
        return HOLD_NOT_BOOKED.refuse("Nothing of this hold has been booked into evidence.", profile=profile.stamp)
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


def grounds_of(profile: Profile) -> Collection[str]:
    """The kinds of hold that the profile names, with "evidence" where it names a proceeding."""
    named = set(profile["hold.triggers"].value)
    proceedings = {"criminal", "civil", "administrative"}
    return (named - proceedings) | ({"evidence"} if named & proceedings else set())
