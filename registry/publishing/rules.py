"""Rules of publications and of the lists of agencies: what may go out, and when. Pure."""

from audit.refusals import Citation, Refusal, Rule

HOUSE = "Platekeeper default"

CONTRADICTED = Rule(
    "publish.contradicted",
    Citation(
        "Civil Code",
        "§ 1798.90.51(b)(1)",
        "The usage and privacy policy is made available to the public: what is published has to be what is in force.",
    ),
    "Settle what the list of checks names, then prepare again.",
)
SECOND_PERSON = Rule(
    "publish.second_person",
    Citation(HOUSE, "publish.two_people", "One person prepares a publication, and another one publishes it."),
    "Ask another person who may publish to look at it.",
)
DECIDED = Rule(
    "publish.decided",
    Citation(HOUSE, "publish.once", "A publication is decided about once and never changed afterwards."),
    "Prepare a new publication.",
)
WAITS = Rule(
    "publish.waits",
    Citation(HOUSE, "publish.one_at_a_time", "One publication waits for the second person at a time."),
    "Have the one that waits decided about first.",
)
NOTHING_NEW = Rule(
    "publish.nothing_counted",
    Citation(HOUSE, "publish.closed", "Only months that are closed and counted are published."),
    "Wait for the night after the first month has closed; it is counted then.",
)
OUT_OF_DATE = Rule(
    "publish.out_of_date",
    Citation(HOUSE, "publish.as_seen", "What goes out is what the second person saw, and is still true then."),
    "Refuse this one and prepare again.",
)
NO_WORDS = Rule(
    "publish.words_missing",
    Citation(HOUSE, "publish.why", "Who does not publish what was prepared says why."),
    "Write in a sentence what has to change.",
)
AGENCY_UNCLEAR = Rule(
    "agencies.unclear",
    Citation(HOUSE, "agencies.one_name", "Each agency stands under one name, with one legal class, confirmed by hand."),
    "Give each line a name and a class, or leave the line out.",
)
AGENCY_PERIOD = Rule(
    "agencies.period",
    Citation(
        HOUSE, "agencies.period", "Sharing in one direction under one paper is one period; it ends after it began."
    ),
    "Choose a day after the first one, or end what runs before you begin anew.",
)


def refuse_contradicted(open_checks: int) -> Refusal | None:
    """Refuse while a text says something else than what is enforced."""
    if not open_checks:
        return None
    words = "One check shows" if open_checks == 1 else f"{open_checks} checks show"
    return CONTRADICTED.refuse(f"{words} that the page would say something else than what is in force.")


def refuse_same_person(same: bool) -> Refusal | None:
    """Refuse who prepared it themselves, under whichever account."""
    return SECOND_PERSON.refuse("You prepared this publication yourself.") if same else None


def refuse_decided(waits: bool) -> Refusal | None:
    """Refuse a second decision."""
    return None if waits else DECIDED.refuse("This publication was decided about already.")


def refuse_while_waiting(waiting: bool) -> Refusal | None:
    """Refuse a second publication beside one that waits."""
    return WAITS.refuse("A publication waits for the second person.") if waiting else None


def refuse_uncounted(counted: bool) -> Refusal | None:
    """Refuse where no closed month is counted."""
    return None if counted else NOTHING_NEW.refuse("No closed month has been counted yet.")


def refuse_out_of_date(differences: list[str]) -> Refusal | None:
    """Refuse where what was prepared is no longer what is in force."""
    if not differences:
        return None
    return OUT_OF_DATE.refuse(f"Since it was prepared this changed: {', '.join(differences)}.")


def refuse_without_words(words: str) -> Refusal | None:
    """Refuse a refusal without a reason."""
    return None if len(words.strip()) >= 5 else NO_WORDS.refuse("There is no reason yet.")


def refuse_unclear(lines: list[str]) -> Refusal | None:
    """Refuse lines that have no name or no class, or two of which are one agency."""
    if not lines:
        return None
    return AGENCY_UNCLEAR.refuse(f"These lines are not clear: {'; '.join(lines[:5])}.")


def refuse_period(fits: bool) -> Refusal | None:
    """Refuse an end before the beginning, and a second period beside a running one."""
    return None if fits else AGENCY_PERIOD.refuse("These dates do not fit.")
