"""What the order forbids about special hot lists: A.15 and section I. Pure: facts in, refusal or nothing out."""

from dataclasses import dataclass
from datetime import datetime

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import CASE_NUMBER, refuse_criminal_justice, refuse_prohibited
from hotlists import rules
from hotlists.models import HotList

ORDER = "SPD General Order 525.08"
HOUSE = "Platekeeper default"
CJIS = "CJIS Security Policy 5.9.5"
_DEFINED = Citation(
    ORDER, "A.15", "A special hot list holds plates of criminal activity that meet no CLETS/NCIC criteria."
)
_SEPARATION = Citation(CJIS, "AC-5", "Duties that could be misused together are kept with different people.")

# What a list may be about: its name is made of this and a number, so that nobody invents one.
SUBJECTS = {
    "burglary": "burglary series",
    "robbery": "robbery series",
    "vehicle_theft": "vehicle theft series",
    "retail_theft": "organized retail theft",
    "assault": "assaults and shootings",
    "homicide": "homicide investigation",
    "narcotics": "narcotics investigation",
    "trafficking": "human trafficking",
    "street_racing": "street racing and sideshows",
    "fraud": "fraud series",
    "arson": "arson series",
    "other_crime": "other criminal activity",
}

NOT_IN_USE = Rule(
    "special_list.not_in_use",
    _DEFINED,
    "Use a list that is open, or ask for a new special list.",
)
NAME = Rule(
    "special_list.name",
    Citation(HOUSE, "special_list.name", "A list is named by the crime it is about and a number."),
    "Choose what the list is about; its name is made of that.",
)
WHY = Rule(
    "special_list.why",
    _DEFINED,
    "Say in at least three words which criminal activity the plates have to do with.",
)
CASE = Rule(
    "special_list.case",
    _DEFINED,
    "Give the number of the case the list is for, such as 26-123456.",
)
OWN_REQUEST = Rule(
    "special_list.own_request",
    _SEPARATION,
    "Another ALPR administrator opens it.",
)
NOT_WAITING = Rule(
    "special_list.not_waiting",
    Citation(HOUSE, "special_list.open", "A special list is opened once, after somebody asked for it."),
    "Open the list's page: it shows where the list stands.",
)
CLOSED = Rule(
    "special_list.closed",
    Citation(HOUSE, "special_list.close", "A special list is closed once and stays closed; its record is kept."),
    "Nothing to do: nothing on this list matches any more.",
)
WORDS = Rule(
    "special_list.words_missing",
    Citation(HOUSE, "special_list.words", "Who opens, closes or grants a special list says why."),
    "Say why, in at least two words.",
)
NOT_AUTHORIZED = Rule(
    "special_list.not_authorized",
    Citation(ORDER, "I.2.a", "Special hot lists notify only authorized department personnel."),
    "Choose a person of the department with an account and role in force and valid training.",
)
GUEST = Rule(
    "special_list.guest",
    Citation(ORDER, "I.2.a", "Special hot lists notify only authorized department personnel."),
    "What is shared with your agency stands among your hot plates and hits.",
)
GRANTED_ALREADY = Rule(
    "special_list.granted_already",
    Citation(HOUSE, "special_list.grant", "A grant stands until it is revoked."),
    "Nothing to do: the list is open to them.",
)
NOT_GRANTED = Rule(
    "special_list.not_granted",
    Citation(HOUSE, "special_list.grant", "What is revoked was granted before."),
    "Nothing to do: the list is not open to them.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the house knows of one who is to see a special list."""

    own: bool
    active: bool
    has_role: bool
    trained: bool

    @property
    def lacks(self) -> str:
        """What is missing, in words; "" where nothing is."""
        for there, words in (
            (self.own, "is of another agency"),
            (self.active, "has no account in force"),
            (self.has_role, "has no role that sees hot plates or hits"),
            (self.trained, "has no valid training on file"),
        ):
            if not there:
                return words
        return ""


def in_use(hot_list: HotList, at: datetime) -> bool:
    """Whether a list takes entries: an ordinary one always, a special one from its opening to its closing."""
    if hot_list.kind != HotList.Kind.SPECIAL:
        return True
    opened = hot_list.opened_at is not None and hot_list.opened_at <= at
    return opened and (hot_list.closed_at is None or hot_list.closed_at > at)


def refuse_entry_on(hot_list: HotList, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse an entry on, or the sharing of, a special list that nobody has opened yet or that was closed.

    Asked while the list is locked: who waited for the lock while it was closed came before that, and is late all the
    same.
    """
    closed = hot_list.kind == HotList.Kind.SPECIAL and hot_list.closed_at is not None
    if in_use(hot_list, at) and not closed:
        return None
    words = f"This special hot list is {'closed' if closed else 'not opened yet'}."
    return NOT_IN_USE.refuse(words, profile=profile.stamp)


def refuse_list(subject: str, why: str, case_number: str, profile: Profile) -> Refusal | None:
    """Refuse a list without a known subject, without words that say something, or without its case."""
    if subject not in SUBJECTS:
        return NAME.refuse("Nothing of the choice says what the list is about.", profile=profile.stamp)
    return refuse_why(why, WHY, profile) or refuse_case(case_number, CASE, profile)


def refuse_renaming(hot_list: HotList, name: str, profile: Profile) -> Refusal | None:
    """Refuse another name for a special list: it was made of its crime and a number, for good."""
    if hot_list.kind == HotList.Kind.SPECIAL and name != hot_list.name:
        return NAME.refuse("A special hot list keeps the name it was made with.", profile=profile.stamp)
    return None


def refuse_why(why: str, rule: Rule, profile: Profile) -> Refusal | None:
    """Refuse words that say nothing, that name a forbidden use, or that hold criminal-justice information."""
    if refusal := refuse_prohibited(why, profile):
        return refusal
    if vague := rules.refuse_reason(why, profile):
        words = vague.reason if why.strip() else "Nothing says what it is for."
        return rule.refuse(words, profile=profile.stamp)
    return refuse_criminal_justice(profile, reason=why)


def refuse_case(case_number: str, rule: Rule, profile: Profile) -> Refusal | None:
    """Refuse a missing case number and one of the wrong form."""
    if CASE_NUMBER.fullmatch(case_number):
        return None
    words = "This is not the form of a case number." if case_number else "No case number was given."
    return rule.refuse(words, profile=profile.stamp)


def refuse_opening(hot_list: HotList, own: bool, words: str, profile: Profile) -> Refusal | None:
    """Refuse to open what does not wait, one's own request under whichever account, and opening without a word."""
    if hot_list.asked_at is None or hot_list.opened_at is not None or hot_list.closed_at is not None:
        return NOT_WAITING.refuse("This list does not wait to be opened.", profile=profile.stamp)
    if own:
        return OWN_REQUEST.refuse("You asked for this list yourself.", profile=profile.stamp)
    return refuse_words(words, profile)


def refuse_closing(hot_list: HotList, words: str, profile: Profile) -> Refusal | None:
    """Refuse to close twice, and to close without a word."""
    if hot_list.closed_at is not None:
        return CLOSED.refuse("This list is closed already.", profile=profile.stamp)
    return refuse_words(words, profile)


def refuse_words(words: str, profile: Profile) -> Refusal | None:
    """Refuse an act without its reason, with a forbidden one, or with one that holds criminal-justice information."""
    if len(words.split()) < 2:
        return WORDS.refuse("Nothing says why.", profile=profile.stamp)
    return refuse_prohibited(words, profile) or refuse_criminal_justice(profile, reason=words)


def refuse_grantee(name: str, standing: Standing, profile: Profile) -> Refusal | None:
    """Refuse a special list to one who is not authorized personnel of the department (I.2.a)."""
    if not standing.lacks:
        return None
    cited = profile["special_list.audience"].citation if "special_list.audience" in profile.values else None
    return NOT_AUTHORIZED.refuse(f"{name} {standing.lacks}.", cited=cited, profile=profile.stamp)


def refuse_guest(guest: bool, profile: Profile) -> Refusal | None:
    """Refuse people of another agency what only the department's own do with special lists (I.2.a)."""
    if not guest:
        return None
    return GUEST.refuse("Your account is another agency's.", profile=profile.stamp)


def refuse_group(name: str, members: int, guests: int, profile: Profile) -> Refusal | None:
    """Refuse a group in which nobody is, or somebody of another agency."""
    if members == 0:
        return NOT_AUTHORIZED.refuse(f"Nobody is in the group “{name}”.", profile=profile.stamp)
    if guests:
        words = f"The group “{name}” has people of another agency in it."
        return NOT_AUTHORIZED.refuse(words, next_step="Take them out of the group first.", profile=profile.stamp)
    return None


def refuse_change_of_grant(granted: bool, grant: bool, profile: Profile) -> Refusal | None:
    """Refuse to grant twice and to revoke what was not granted; ``grant`` says which of the two is asked."""
    if granted and grant:
        return GRANTED_ALREADY.refuse("This list is open to them already.", profile=profile.stamp)
    if not granted and not grant:
        return NOT_GRANTED.refuse("This list is not open to them.", profile=profile.stamp)
    return None
