"""Rules of changing the policy: who, from when, on what paper. Pure: facts in, refusal or nothing out."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from audit.policies.document import Conflict, Profile, show_sides
from audit.refusals import Citation, Refusal, Rule

# Between the approval and the change lies time enough for every act in flight to end under the policy it began under.
LEAD = timedelta(minutes=1)

_CHANGE = Citation("CJIS Security Policy 5.9.5", "CM-3", "Changes to a system's rules are reviewed and approved first.")
_PUBLIC = Citation(
    "Civil Code",
    "§ 1798.90.51(b)(1)",
    "The usage and privacy policy is implemented in writing, for everyone to read.",
)
TWO_PEOPLE = Rule(
    "policy.two_people",
    Citation("CJIS Security Policy 5.9.5", "AC-5", "Duties that could be misused together lie with different people."),
    "Ask somebody else who may approve policies: one proposes, another decides.",
)
PAST = Rule(
    "policy.date_past",
    Citation(
        "Platekeeper default",
        "policy.effective_from",
        "A policy never reaches back: every act is judged by what was in force at its instant.",
    ),
    "Choose an instant that is still to come, at least a minute from now.",
)
DECIDED = Rule("policy.decided", _CHANGE, "Open the proposal to see who decided, and propose anew if need be.")
NOTE_MISSING = Rule("policy.note_missing", _CHANGE, "Say in a sentence what changes and why.")
VERSION_TAKEN = Rule(
    "policy.version_taken",
    _PUBLIC,
    "Choose another version name: a name stands for one text for ever, so that old decisions can be looked up.",
)
NOTHING_NEW = Rule("policy.nothing_new", _CHANGE, "Change something, or leave the version that is there in force.")
IN_FORCE_ALREADY = Rule(
    "policy.in_force_already",
    _CHANGE,
    "Nothing to do: this version is in force at that instant anyway.",
)
NO_CONFLICT = Rule(
    "policy.no_conflict",
    _PUBLIC,
    "Open the policy's page: it lists the contradictions that wait for a determination.",
)
CHOICE = Rule(
    "policy.determination_choice",
    _PUBLIC,
    "Choose one of the values the two texts give; another value needs another text, as the next version.",
)
SIGNED = Rule(
    "policy.determination_signed",
    _PUBLIC,
    "Copy name and title, the date and the reference from the signed paper.",
)
NOT_FIRST = Rule(
    "policy.not_first",
    _CHANGE,
    "Propose it on the policy's page; another person approves it.",
)


def refuse_same_person(same: bool, profile: Profile) -> Refusal | None:
    """Refuse one who decides about their own proposal."""
    return TWO_PEOPLE.refuse("You proposed this yourself.", profile=profile.stamp) if same else None


def refuse_past(effective_from: datetime, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a change that would reach back, or come before those at work have ended what they do."""
    if effective_from >= at + LEAD:
        return None
    return PAST.refuse("That instant is past, or less than a minute away.", profile=profile.stamp)


def refuse_decided(decided_by: str, profile: Profile) -> Refusal | None:
    """Refuse a second decision; ``decided_by`` is who was first, "" where nobody was."""
    return DECIDED.refuse(f"{decided_by} has decided already.", profile=profile.stamp) if decided_by else None


def refuse_note(note: str, profile: Profile) -> Refusal | None:
    """Refuse a change that does not say what and why."""
    if len(note.split()) >= 3:
        return None
    return NOTE_MISSING.refuse("Nothing says what changes and why.", profile=profile.stamp)


def refuse_version(taken: bool, stamp: str, profile: Profile) -> Refusal | None:
    """Refuse a version name that stands for another text already."""
    return VERSION_TAKEN.refuse(f"{stamp} is there already.", profile=profile.stamp) if taken else None


def refuse_nothing_new(changes: Sequence[object], profile: Profile) -> Refusal | None:
    """Refuse a new name for an old text."""
    return None if changes else NOTHING_NEW.refuse("This text says what the one before says.", profile=profile.stamp)


def refuse_in_force_already(same: bool, profile: Profile) -> Refusal | None:
    """Refuse a proposal that would change nothing."""
    if not same:
        return None
    return IN_FORCE_ALREADY.refuse("This version will be in force then without a proposal.", profile=profile.stamp)


def refuse_not_first(activated: bool, profile: Profile) -> Refusal | None:
    """Refuse putting a policy in force without a second person when one has been before."""
    return NOT_FIRST.refuse("A policy was put in force before.", profile=profile.stamp) if activated else None


def refuse_choice(chosen: str, conflict: Conflict, profile: Profile) -> Refusal | None:
    """Refuse a value that neither text gives; the reason names both clauses."""
    if chosen in offered(conflict):
        return None
    return CHOICE.refuse(f"The texts say {show_sides(conflict)}.", profile=profile.stamp)


def offered(conflict: Conflict) -> list[str]:
    """The values a determination may choose from."""
    return [str(side.value) for side in conflict.sides]


def refuse_unsigned(texts: Iterable[str], signed_on: date, today: date, profile: Profile) -> Refusal | None:
    """Refuse a determination without signer, reasoning and paper, or signed on a day that has not come."""
    if not all(text.strip() for text in texts):
        return SIGNED.refuse("Signer, reasoning and paper are not all there.", profile=profile.stamp)
    if signed_on > today:
        return SIGNED.refuse("It is signed on a day that has not come yet.", profile=profile.stamp)
    return None
