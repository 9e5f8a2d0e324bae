"""What the life of an account refuses: how access is asked for, approved and opened, and when an account is over.

Pure: facts in, refusal or nothing out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audit.policy import Profile, duration
from audit.refusals import Citation, Refusal, Rule

ORDER = "SPD General Order 525.08"
CJIS = "CJIS Security Policy 5.9.5"
POLICY = "Elk Grove PD Policy 462"
# AC-2(2), in elapsed time.
TEMPORARY_LIFE = timedelta(hours=72)

ASK_FOR_OTHERS = Rule(
    "access.ask_for_others",
    Citation(CJIS, "AC-2(e)", "Accounts are asked for by those who answer for the person."),
    "Ask the person's supervisor or an ALPR administrator to do it.",
)
NO_SUPERVISOR = Rule(
    "access.no_supervisor",
    Citation(CJIS, "AC-2(e)", "Each request for an account is approved by whoever supervises the person."),
    "Have an administrator record the supervisor on the roster; then ask again.",
)
NOT_SUPERVISOR = Rule(
    "access.not_supervisor",
    Citation(CJIS, "AC-2(e)", "Each request for an account is approved by whoever supervises the person."),
    "Leave it to the supervisor named on the request, or to whoever supervises the person now.",
)
TWO_PEOPLE = Rule(
    "access.two_people",
    Citation(CJIS, "AC-5", "Who asks for access, or gets it, does not approve it."),
    "Leave it to the supervisor.",
)
STEP = Rule(
    "access.step",
    Citation(CJIS, "AC-2(e)", "Access is asked for, approved by the supervisor, then opened; no step is left out."),
    "Look at the request again: it says whose turn it is.",
)
NAME_USED = Rule(
    "access.name_used",
    Citation(CJIS, "IA-4", "A user name that was given once is never given to anybody again."),
    "Choose another user name.",
)
NOT_AUTHORIZED = Rule(
    "access.not_authorized",
    Citation(ORDER, "A.3", "Sworn officers, community service officers and professional staff may be authorized."),
    "Ask for roles that open no plate data, or correct the classification.",
)
NO_TRAINING = Rule(
    "access.no_training",
    Citation(ORDER, "A.3", "Authorized personnel have completed the CLETS course and ALPR training."),
    "Put the certificate on file; then open the access.",
)
TOO_LONG = Rule(
    "access.temporary_too_long",
    Citation(CJIS, "AC-2(2)", "Temporary and emergency accounts are closed within 72 hours."),
    "Choose an end within 72 hours, or ask for a standing account.",
)
END_PASSED = Rule(
    "access.end_passed",
    Citation(CJIS, "AC-2(3)", "An account is not opened beyond the time it was asked for."),
    "Ask again with an end that lies ahead.",
)
NOTHING_ASKED = Rule(
    "access.nothing_asked",
    Citation(CJIS, "AC-6", "People get what their duties need, and no more."),
    "Choose at least one role that the person does not hold.",
)
NEEDS_RTIC = Rule(
    "access.administrator_needs",
    Citation(ORDER, "A.2", "ALPR administrators are sergeants, detectives or IT staff assigned to the RTIC."),
    "Leave this role out, or have rank and assignment recorded first.",
)
ACCOUNT_IDLE = Rule(
    "account.idle",
    Citation(CJIS, "AC-2(3)", "An account that nobody has used for 90 days is closed."),
    "Ask an ALPR administrator to open it again.",
)
ACCOUNT_OVER = Rule(
    "account.expired",
    Citation(CJIS, "AC-2(2) and AC-2(3)", "An account ends when its time is over."),
    "Ask your supervisor to request access for you again.",
)
NOT_REOPENED = Rule(
    "account.not_reopened",
    Citation(CJIS, "AC-2(2)", "An account with an end stays closed; who needs more time asks for access again."),
    "Ask for access again.",
)
NO_WORDS = Rule(
    "roster.words_missing",
    Citation(CJIS, "AC-2(h) and AC-2(j)", "What is done about accounts is documented with its reason."),
    "Say in a few words why.",
)
ROSTER_CLOSED = Rule(
    "roster.closed",
    Citation(ORDER, "D.2.c", "ALPR administrators maintain personnel access and rosters."),
    "You can always open your own page. For others ask an ALPR administrator.",
)


@dataclass(frozen=True, slots=True)
class Life:
    """What decides whether an account is over: since when it is unused, and its own end."""

    unused_since: datetime
    expires_at: datetime | None


def idle_limit(profile: Profile) -> timedelta:
    """How long an account may be unused."""
    return duration(str(profile["access.idle_close"].value))


def refuse_account(life: Life, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse one whose account has run out, or that nobody used for the limit of days (the last day counts)."""
    if life.expires_at is not None and at >= life.expires_at:
        ended = f"Your account ended on {life.expires_at:%B %-d, %Y}."
        return ACCOUNT_OVER.refuse(ended, profile=profile.stamp)
    limit = idle_limit(profile)
    if at - life.unused_since >= limit:
        cited = profile["access.idle_close"].citation
        words = f"This account was not used for {limit.days} days."
        return ACCOUNT_IDLE.refuse(words, cited=cited, profile=profile.stamp)
    return None


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Time on a clock between two instants, also across a change of daylight saving time."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def refuse_end(kind: str, opened_at: datetime, ends_at: datetime | None, profile: Profile) -> Refusal | None:
    """Refuse an end that has passed, and a temporary account that would be open longer than 72 hours."""
    if ends_at is None:
        return None
    open_for = elapsed(opened_at, ends_at)
    if open_for <= timedelta(0):
        return END_PASSED.refuse("The time asked for is over.", profile=profile.stamp)
    if kind != "standing" and open_for > TEMPORARY_LIFE:
        words = f"A {kind} account may be open for 72 hours; this would be longer."
        return TOO_LONG.refuse(words, profile=profile.stamp)
    return None


def refuse_asking(for_another: bool, answers_for_people: bool, profile: Profile) -> Refusal | None:
    """Refuse one who asks for somebody else without being a supervisor or administrator."""
    if not for_another or answers_for_people:
        return None
    return ASK_FOR_OTHERS.refuse("You can ask for yourself only.", profile=profile.stamp)


def refuse_supervisor(named: bool, may_supervise: bool, profile: Profile) -> Refusal | None:
    """Refuse a request that nobody could approve."""
    if named and may_supervise:
        return None
    words = "The one named supervises nobody and commands no division." if named else "No supervisor is on the roster."
    return NO_SUPERVISOR.refuse(words, profile=profile.stamp)


def refuse_decider(supervises: bool, profile: Profile) -> Refusal | None:
    """Refuse a decision by anyone but the supervisor."""
    return None if supervises else NOT_SUPERVISOR.refuse("You do not supervise this person.", profile=profile.stamp)


def refuse_same_people(same: bool, profile: Profile) -> Refusal | None:
    """Refuse a decision by who asked or whom it is for, under whichever account."""
    return TWO_PEOPLE.refuse("You asked for this, or it is for you.", profile=profile.stamp) if same else None


def refuse_step(allowed: bool, state: str, profile: Profile) -> Refusal | None:
    """Refuse a step that is not the next one."""
    return None if allowed else STEP.refuse(f"This request is {state}.", profile=profile.stamp)


def refuse_name(used: bool, name: str, profile: Profile) -> Refusal | None:
    """Refuse a user name that an account or a request has or had."""
    return NAME_USED.refuse(f"The user name “{name}” was used before.", profile=profile.stamp) if used else None


def refuse_classification(opens_data: bool, classification: str, profile: Profile) -> Refusal | None:
    """Refuse roles that open plate data to a classification the policy does not authorize."""
    allowed: Collection[str] = profile.get("access.allowed") or ()
    if not opens_data or classification in allowed:
        return None
    return NOT_AUTHORIZED.refuse(
        "The policy does not authorize people of this classification for plate data.",
        cited=profile["access.allowed"].citation if "access.allowed" in profile.values else None,
        profile=profile.stamp,
    )


def refuse_administrator(asked: bool, classification: str, of_the_rtic: bool, profile: Profile) -> Refusal | None:
    """Refuse the role of ALPR administrator where rank or assignment would leave it without force."""
    needs = profile.get("administrator.needs")
    if not asked or needs is None or (classification in needs and ("rtic" not in needs or of_the_rtic)):
        return None
    cited = profile["administrator.needs"].citation
    return NEEDS_RTIC.refuse("Rank or assignment do not allow this role.", cited=cited, profile=profile.stamp)


def refuse_untrained(missing: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse to open access to plate data before the certificates are on file."""
    if not missing:
        return None
    words = f"Not on file, or not valid today: {', '.join(missing)}."
    return NO_TRAINING.refuse(words, cited=profile["train.gate"].citation, profile=profile.stamp)


def refuse_nothing(roles: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse a request that would change nothing."""
    return None if roles else NOTHING_ASKED.refuse("No role is asked for.", profile=profile.stamp)


def refuse_reopening(kind: str, has_run_out: bool, profile: Profile) -> Refusal | None:
    """Refuse to open a temporary or emergency account again, or one beyond the end it was given."""
    if kind == "standing" and not has_run_out:
        return None
    words = "This account's time is over." if has_run_out else f"This was a {kind} account."
    return NOT_REOPENED.refuse(words, profile=profile.stamp)


def refuse_wordless(words: str, profile: Profile) -> Refusal | None:
    """Refuse what is done without a reason."""
    return None if len(words.split()) >= 2 else NO_WORDS.refuse("Nothing says why.", profile=profile.stamp)


def refuse_roster(may: bool, profile: Profile) -> Refusal | None:
    """Refuse the roster to who neither keeps nor audits it."""
    return None if may else ROSTER_CLOSED.refuse("The roster is not open to you.", profile=profile.stamp)
