"""Who may mark, sign, approve, answer and close in an inspection, and when. Pure: facts in, refusal or nothing out."""

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

_SEPARATION = Citation(
    "CJIS Security Policy 5.9.5", "AC-5", "Duties that could be misused together are kept with different people."
)
_AUDIT_PLAN = Citation(
    "State Auditor report 2019-118",
    "recommendation 25",
    "An audit plan says who audits, who reviews and approves, and how audits are documented and resolved.",
)
_COMMANDER = Citation(
    "SPD General Order 525.08",
    "D.2.b(2)(a)",
    "Out-of-compliance queries are submitted to the employee's division commander.",
)

OWN_QUERY = Rule("review.own_query", _SEPARATION, "Leave it: another reviewer marks it.")
SUPERVISED = Rule("review.supervised", _SEPARATION, "Hand it over: another reviewer marks it.")
MARKED = Rule("review.marked", _AUDIT_PLAN, "Open the inspection and go on with a query that is not marked yet.")
WORDS = Rule("review.words", _AUDIT_PLAN, "Say in at least three words what you saw.")
STATE = Rule("review.state", _AUDIT_PLAN, "Open the inspection; its page says what comes next.")
UNMARKED = Rule("review.unmarked", _AUDIT_PLAN, "Mark what is left, or hand over what you may not mark.")
TWO_PEOPLE = Rule("review.two_people", _SEPARATION, "Ask another person who may approve inspections.")
APPROVER_FOUND = Rule("review.approver_found", _SEPARATION, "Ask another person who may approve inspections.")
NOT_YOURS = Rule("finding.not_yours", _COMMANDER, "Ask the reviewer to whom it was sent, if you think it is yours.")
FINDING_STATE = Rule("finding.state", _COMMANDER, "Open the finding again; its page says what was done.")
FINDING_WORDS = Rule("finding.words", _COMMANDER, "Say in at least three words what was done and why.")
ABOUT_YOU = Rule("finding.about_you", _SEPARATION, "Leave it to the person it was sent to.")
CLOSER = Rule("finding.two_people", _SEPARATION, "Ask another reviewer to look at the answer and close it.")

LEAST_WORDS = 3
NEEDS_WORDS = frozenset({"explain", "out"})


def refuse_own_query(own: bool, profile: Profile) -> Refusal | None:
    """Refuse one who made the query, under whichever account."""
    return OWN_QUERY.refuse("You made this query yourself.", profile=profile.stamp) if own else None


def refuse_supervised(supervised: bool, name: str, profile: Profile) -> Refusal | None:
    """Refuse one who supervises whoever made the query, then or now."""
    if not supervised:
        return None
    return SUPERVISED.refuse(f"You supervise {name}, or did when this was asked.", profile=profile.stamp)


def refuse_marked(by_whom: str, profile: Profile) -> Refusal | None:
    """Refuse a second mark by another reviewer; ``by_whom`` is "" where there is none yet."""
    return MARKED.refuse(f"{by_whom} has marked this query already.", profile=profile.stamp) if by_whom else None


def refuse_settled(has_finding: bool, profile: Profile) -> Refusal | None:
    """Refuse to change a mark from which a finding came: the finding is answered and closed instead."""
    if not has_finding:
        return None
    return MARKED.refuse(
        "This mark was sent to a commander as a finding, so it stays.",
        next_step="Close the finding with your words when it is answered.",
        profile=profile.stamp,
    )


def refuse_words(mark: str, words: str, profile: Profile) -> Refusal | None:
    """Refuse a mark that says something is wrong and not what."""
    if mark not in NEEDS_WORDS or len(words.split()) >= LEAST_WORDS:
        return None
    return WORDS.refuse("This mark needs words: somebody will have to answer it.", profile=profile.stamp)


def refuse_summary(words: str, profile: Profile) -> Refusal | None:
    """Refuse a signature, or a return, without words."""
    if len(words.split()) >= LEAST_WORDS:
        return None
    return WORDS.refuse("Nothing says what you found.", profile=profile.stamp)


def refuse_state(fits: bool, words: str, profile: Profile) -> Refusal | None:
    """Refuse a step for which the inspection is not ready, or which was done already; ``words`` say which."""
    return None if fits else STATE.refuse(words, profile=profile.stamp)


def refuse_unmarked(count: int, profile: Profile) -> Refusal | None:
    """Refuse to sign while queries are not marked."""
    if not count:
        return None
    left = "1 query is" if count == 1 else f"{count} queries are"
    return UNMARKED.refuse(f"{left} not marked yet.", profile=profile.stamp)


def refuse_same_hands(reviewed: bool, marked: int, profile: Profile) -> Refusal | None:
    """Refuse an approver who signed the inspection or marked queries of it."""
    if reviewed:
        return TWO_PEOPLE.refuse("You signed this inspection yourself.", profile=profile.stamp)
    if marked:
        times = "1 of its queries" if marked == 1 else f"{marked} of its queries"
        return TWO_PEOPLE.refuse(f"You marked {times} yourself.", profile=profile.stamp)
    return None


def refuse_found_approver(found: int, profile: Profile) -> Refusal | None:
    """Refuse an approver of whose own queries one was marked out of compliance."""
    if not found:
        return None
    return APPROVER_FOUND.refuse("A query of yours is out of compliance in it.", profile=profile.stamp)


def refuse_not_yours(yours: bool, profile: Profile) -> Refusal | None:
    """Refuse whoever is not the commander a finding was sent to."""
    if yours:
        return None
    cited = profile["audit.escalate_to"].citation if "audit.escalate_to" in profile.values else None
    return NOT_YOURS.refuse("This finding was sent to somebody else.", cited=cited, profile=profile.stamp)


def refuse_finding_state(fits: bool, words: str, profile: Profile) -> Refusal | None:
    """Refuse a second answer, or to close what is not answered."""
    return None if fits else FINDING_STATE.refuse(words, profile=profile.stamp)


def refuse_finding_words(words: str, profile: Profile) -> Refusal | None:
    """Refuse an answer, a closure or a new address without words."""
    if len(words.split()) >= LEAST_WORDS:
        return None
    return FINDING_WORDS.refuse("This says too little.", profile=profile.stamp)


def refuse_about_you(about_you: bool, profile: Profile) -> Refusal | None:
    """Refuse whoever the finding is about."""
    return ABOUT_YOU.refuse("This finding is about you.", profile=profile.stamp) if about_you else None


def refuse_closer(answered: bool, profile: Profile) -> Refusal | None:
    """Refuse to let the one who answered close it too."""
    return CLOSER.refuse("You answered this finding yourself.", profile=profile.stamp) if answered else None
