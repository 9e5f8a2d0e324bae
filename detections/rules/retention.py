"""When reads may be destroyed, and how a hold is placed and lifted (C.1, 462.4). Pure."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from audit.policy import Conflict, Profile
from audit.refusals import Citation, Refusal, Rule

ORDER = "SPD General Order 525.08"
_KEPT = Citation(ORDER, "C.1", "ALPR data is kept for its retention period and then purged, unless it is evidence.")

CONFLICT = Rule(
    "retention.conflict",
    Citation("Government Code", "§ 34090.6", "Recordings are destroyed only after their period, with approval."),
    "File a signed determination of which text stands; nothing is destroyed until then.",
)
NO_CEILING = Rule(
    "retention.no_ceiling",
    Citation(
        "Civil Code",
        "§ 1798.90.51(b)(2)(G)",
        "The policy says how long ALPR information is kept and how its end is decided.",
    ),
    "Have the policy profile state how long reads are kept.",
)
APPROVAL_MISSING = Rule(
    "retention.approval_missing",
    Citation("Platekeeper default", "purge.approvals", "The custodian of records approves each purge."),
    "Ask the custodian of records to approve the next runs on the page “Purges”.",
)
RESOLUTION_MISSING = Rule(
    "retention.resolution_missing",
    Citation(
        "Government Code",
        "§ 34090.6",
        "Destruction needs the approval of the legislative body and the agency attorney.",
    ),
    "Name the resolution and the attorney's written consent.",
)
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


def refuse_conflict(conflicts: Sequence[Conflict], profile: Profile) -> Refusal | None:
    """Refuse a purge while the agency's own texts contradict each other; the reason names them all."""
    if not conflicts:
        return None
    sides = conflicts[0].sides
    texts = " But: ".join(f"{side.citation}: {side.citation.text}" for side in sides)
    both = Citation("; ".join(str(side.citation) for side in sides), conflicts[0].topic, texts)
    return CONFLICT.refuse(
        "Two texts of this agency say different things about how long reads are kept, and nobody has decided.",
        cited=both,
        profile=profile.stamp,
    )


def refuse_no_ceiling(ceiling: str, profile: Profile) -> Refusal | None:
    """Refuse a purge under a policy that names no end."""
    if ceiling:
        return None
    return NO_CEILING.refuse("The policy in force does not say when reads are to be destroyed.", profile=profile.stamp)


def refuse_unapproved(given: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse a purge without every approval the profile asks for; ``given`` are the kinds valid now."""
    wanted = profile.get("purge.approvals", [])
    missing = [kind.replace("_", " ") for kind in wanted if kind not in given]
    if not missing:
        return None
    return APPROVAL_MISSING.refuse(
        f"No approval is in force of: {', '.join(missing)}.",
        cited=profile["purge.approvals"].citation,
        profile=profile.stamp,
    )


def refuse_approval(kind: str, note: str, profile: Profile) -> Refusal | None:
    """Refuse to file the council's and attorney's approval without naming the paper it stands in."""
    if kind != "council_and_attorney" or len(note.split()) >= MINIMUM_WORDS:
        return None
    return RESOLUTION_MISSING.refuse("The resolution is not named.", profile=profile.stamp)


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
