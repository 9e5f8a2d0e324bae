"""Rules of possible matches: a lead for eyes only, never a hit or a stop by itself (A.9, D.4, 462.3(c)). Pure."""

from audit import rules
from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import ORDER
from detections.models import PossibleMatch

Kind, Status = PossibleMatch.Kind, PossibleMatch.Status
MINIMUM_WORDS = 3

_LEAD = Citation(ORDER, "A.9", "A hit is a notice of a read on the hot list, and requires verification.")

DECIDED = Rule(
    "possible_match.decided",
    _LEAD,
    "Nothing is left to do here. If it was decided wrongly, talk to the person named; the decision stays on record.",
)
PICTURE_UNSEEN = Rule(
    "possible_match.picture_unseen", _LEAD, "Open the picture, compare it with the hot plate, then decide."
)
NO_PICTURE = Rule(
    "possible_match.no_picture",
    _LEAD,
    "Call it another vehicle, or a lead with a note: without a picture nobody can say that it is this plate.",
)
PARTIAL = Rule(
    "possible_match.partial",
    Citation("EGPD Policy 462", "462.3(c)", "Partial plates reported during major crimes help to identify vehicles."),
    "Choose a lead, and say what fits. Enter the whole plate as a hot plate once you know it.",
)
LEAD_UNEXPLAINED = Rule(
    "possible_match.lead_unexplained",
    _LEAD,
    "Say in at least three words what fits: the investigator of the case reads this.",
)
OUTCOME = Rule("possible_match.outcome", _LEAD, "Choose one of the outcomes on the page.")


def refuse_decision(
    match: PossibleMatch, outcome: str, note: str, profile: Profile, *, has_picture: bool, seen: bool
) -> Refusal | None:
    """Refuse a second decision, one without a look at the picture, and one that the facts do not carry."""
    stamp = profile.stamp
    if match.status != Status.NEW:
        how = match.get_status_display().lower()
        return DECIDED.refuse(f"{match.decided_by} has decided about this already: {how}.", profile=stamp)
    if outcome not in (Status.DISMISSED, Status.SAME, Status.LEAD):
        return OUTCOME.refuse("That is no outcome of a possible match.", profile=stamp)
    if outcome == Status.SAME and match.kind == Kind.PARTIAL:
        return PARTIAL.refuse("A partial plate fits many vehicles; no picture makes it one of them.", profile=stamp)
    if outcome == Status.SAME and not has_picture:
        return NO_PICTURE.refuse("The camera sent no picture with this read.", profile=stamp)
    if has_picture and not seen:
        return PICTURE_UNSEEN.refuse("You have not opened the picture of this read.", profile=stamp)
    if outcome == Status.LEAD and len(note.split()) < MINIMUM_WORDS:
        return LEAD_UNEXPLAINED.refuse("Nothing says what makes this a lead.", profile=stamp)
    return rules.refuse_criminal_justice(profile, note=note)
