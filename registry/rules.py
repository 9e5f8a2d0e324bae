"""Rules of the voluntary registry (A.17, H): who is let through the public form, and which links still work. Pure."""

from datetime import datetime, timedelta

from audit.refusals import Citation, Refusal, Rule
from registry import consent

HOUSE = "Platekeeper default"
ORDER = "SPD General Order 525.08"

FASTEST = timedelta(seconds=3)
LONGEST_OPEN = timedelta(hours=12)
CONFIRM_WITHIN = timedelta(hours=24)
KEEP_UNCONFIRMED = timedelta(hours=48)
MOST_MAILS_A_DAY = 3
BETWEEN_LINKS = timedelta(hours=1)

TOO_MANY = Rule(
    "registry.too_many",
    Citation(HOUSE, "registry.limit", "So that nobody floods the registry, only so many forms are taken in an hour."),
    "Wait an hour and send the form again.",
)
FORM_TRAP = Rule(
    "registry.form_trap",
    Citation(HOUSE, "registry.form", "The form is for people; what a program seems to have filled in is not taken."),
    "Look over what you wrote and send the form once more.",
)
NO_CONSENT = Rule(
    "registry.no_consent",
    Citation(ORDER, "A.17", "The registry is voluntary: people volunteer their location and contact information."),
    "Tick the box if you agree; if you do not, nothing is registered.",
)
LINK_OVER = Rule(
    "registry.link_over",
    Citation(HOUSE, "registry.link", "A confirmation link works once, within 24 hours; a private link is yours alone."),
    "Use the newest message you got from us, or register the camera again.",
)  # fmt: skip


def refuse_trapped(honeypot: str, opened_at: datetime | None, at: datetime) -> Refusal | None:
    """Refuse what a program would send: the empty field filled, or the form sent at once, or days later, or forged."""
    if honeypot:
        return FORM_TRAP.refuse("The field that people never see was filled in.")
    if opened_at is None or at - opened_at > LONGEST_OPEN or opened_at > at:
        return FORM_TRAP.refuse("The form had been open for too long.")
    if at - opened_at < FASTEST:
        return FORM_TRAP.refuse("The form was sent faster than a person can fill it in.")
    return None


def refuse_without_consent(version: str) -> Refusal | None:
    """Refuse without consent, and with consent to words that are not the current ones."""
    if not version:
        return NO_CONSENT.refuse("You have not agreed to the terms.")
    if version != consent.CURRENT:
        return NO_CONSENT.refuse("The terms have changed since you opened the form.")
    return None


def refuse_link(found: bool) -> Refusal | None:
    """Refuse a link that is unknown, used or too old; which of these, a stranger is not told."""
    return None if found else LINK_OVER.refuse("This link does not work, or does not work any more.")
