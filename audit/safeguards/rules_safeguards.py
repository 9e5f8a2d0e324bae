"""What the records of safeguards and breaches refuse, and the clause for it. Pure: facts in, refusal or nothing out."""

from datetime import date, datetime, timedelta

from audit.refusals import Citation, Refusal, Rule

POLICY = "EGPD Policy 462"
CJIS = "CJIS Security Policy 5.9.5"
REPORT_WITHIN = timedelta(hours=1)

PAPER = Rule(
    "safeguard.paper",
    Citation(POLICY, "462.5", "Data is safeguarded by procedural and technological means that can be shown."),
    "Name the document with its version and date.",
)
REVIEW_DATE = Rule(
    "safeguard.review_date",
    Citation("Civil Code", "§ 1798.90.51(a)", "Security procedures are maintained, not only written once."),
    "Give a day after today, at most a year ahead.",
)
WORDS = Rule(
    "safeguard.words",
    Citation("Civil Code", "§ 1798.90.51(a)", "Security procedures are maintained, not only written once."),
    "Say in a sentence what was looked at and what was found.",
)
ENDED = Rule(
    "safeguard.ended",
    Citation(POLICY, "462.5", "Data is safeguarded by procedural and technological means that can be shown."),
    "Enter a new safeguard instead.",
)
BREACH_ORDER = Rule(
    "breach.order",
    Citation(CJIS, "IR-6", "A breach is reported within one hour of its discovery."),
    "Check day and time. What happened first comes first.",
)
BREACH_CLOSE = Rule(
    "breach.close",
    Citation("Civil Code", "§ 1798.29", "People whose data was taken are told without unreasonable delay."),
    "Enter whom it was reported to, how many people are affected and when they were told; then close it.",
)


def refuse_paper(kind: str, paper: str) -> Refusal | None:
    """A contract or the breach policy without its paper is only a claim."""
    missing = kind in ("contract", "breach") and not paper.strip()
    return PAPER.refuse("A contract or a breach policy needs its document.") if missing else None


def refuse_review_date(next_review_on: date, today: date) -> Refusal | None:
    """The next review lies ahead, and within a year."""
    if today < next_review_on <= today + timedelta(days=366):
        return None
    return REVIEW_DATE.refuse("The next review must be after today and within a year.")


def refuse_words(words: str) -> Refusal | None:
    """One word is no review."""
    return None if len(words.split()) >= 3 else WORDS.refuse("A review needs at least three words.")


def refuse_ended(ended_on: date | None) -> Refusal | None:
    """What has ended is neither changed nor reviewed."""
    return ENDED.refuse(f"This safeguard ended on {ended_on:%B} {ended_on.day}, {ended_on.year}.") if ended_on else None


def refuse_breach_order(
    discovered: datetime, reported: datetime | None, told: datetime | None, at: datetime
) -> Refusal | None:
    """Discovery, report, notice: each not before the one before it, and none in the future."""
    known = [discovered, *(one for one in (reported, told) if one)]
    if any(one > at for one in known):
        return BREACH_ORDER.refuse("A time given lies in the future.")
    if any(one < discovered for one in known):
        return BREACH_ORDER.refuse("It cannot be reported, nor people told, before it was discovered.")
    return None


def refuse_breach_close(reported: datetime | None, affected: int | None, told: datetime | None) -> Refusal | None:
    """Closed only with the report, the number of people, and the notice to them where there are any."""
    if reported and affected is not None and (affected == 0 or told):
        return None
    return BREACH_CLOSE.refuse("Something is still missing from the record of this breach.")
