"""Rules every look shares: role, training, purpose and case number. Pure: facts in, refusal or nothing out."""

import re
from dataclasses import dataclass
from datetime import date

from audit import criminal_justice_text
from audit.plain_words import as_read
from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

ORDER = "SPD General Order 525.08"
SB34 = "Civil Code"

ROLE = Rule(
    "access.role",
    Citation(ORDER, "B.1", "Only authorized department personnel may use ALPR and connected databases."),
    "Ask an ALPR administrator if your duties need this.",
)
UNTRAINED = Rule(
    "access.training",
    Citation(ORDER, "A.3", "Authorized personnel have completed the CLETS course and ALPR training."),
    "Ask the training sergeant for the missing course; access opens when the certificate is on file.",
)
NO_PURPOSE = Rule(
    "query.purpose_missing",
    Citation(SB34, "§ 1798.90.52(a)(4)", "Each access is recorded with the purpose for accessing the information."),
    "Choose the purpose of your search and say in a few words what it is for.",
)
VAGUE_REASON = Rule(
    "query.reason_vague",
    Citation(SB34, "§ 1798.90.52(a)(4)", "Each access is recorded with the purpose for accessing the information."),
    "Say what happened and what you hope to find, in at least three words.",
)
CASE_MISSING = Rule(
    "query.case_missing",
    Citation(
        "Elk Grove PD ALPR transparency page",
        "Access Policy",
        "All system access requires a valid case number.",
    ),
    "Enter the case number of the investigation.",
)
CASE_FORM = Rule(
    "query.case_form",
    Citation(
        "Elk Grove PD ALPR transparency page",
        "Access Policy",
        "All system access requires a valid case number.",
    ),
    "Enter the case number as year, dash and digits, such as 26-123456.",
)
PROHIBITED = Rule(
    "query.prohibited",
    Citation(ORDER, "B.1", "ALPR may be used for official law enforcement purposes only."),
    "This use is not allowed for anyone. If the words misled us, rephrase; the attempt is on record either way.",
)
NEEDS_REVIEW = Rule(
    "query.review_missing",
    Citation(ORDER, "D.1.c", "Other uses must be reviewed and documented by a sergeant or an ALPR administrator."),
    "Have a sergeant or ALPR administrator document the use first.",
)
CRIMINAL_JUSTICE = Rule(
    "free_text.criminal_justice",
    Citation(
        "State Auditor report 2019-118",
        "recommendation 42",
        "Information that comes from CLETS or NCIC is not typed into hot lists; it stays in those systems.",
    ),
    "Leave it out and name the case: who is cleared for it looks there. Then send the form again.",
)

CJIS = "CJIS Security Policy 5.9.5"
SEPARATION = Citation(CJIS, "AC-5", "Duties that could be misused together are kept with different people.")
OWN_RECORD = Rule(
    "people.own_record",
    SEPARATION,
    "Ask another administrator to do it.",
)
OWN_RIGHTS = Rule(
    "people.own_rights",
    SEPARATION,
    "Ask another administrator to grant it.",
)
DATA_ROLE = Rule(
    "people.data_role",
    SEPARATION,
    "Ask an ALPR administrator or the training sergeant.",
)
AUDITOR_ACCOUNT = Rule(
    "people.auditor_account",
    SEPARATION,
    "Ask a system administrator who is no ALPR administrator.",
)
ONE_FACTOR_A_DAY = Rule(
    "people.one_factor_a_day",
    SEPARATION,
    "Ask another administrator, or do it a day later.",
)

CASE_NUMBER = re.compile(r"(?:[0-9]{2}|[0-9]{4})-[0-9]{3,8}")
_VAGUE_WORDS = """
inv investigation investigate case police work check test search official business le law enforcement n/a na none stuff
info see above misc other reason plate lookup look up asap
"""
_VAGUE = frozenset(_VAGUE_WORDS.split())


@dataclass(frozen=True, slots=True)
class Training:
    """Certificates a person holds on a day: kind -> whether it is valid."""

    clets: bool
    alpr: bool


def refuse_role(allowed: bool, what: str, profile: Profile) -> Refusal | None:
    """Refuse one whose roles do not include the ability."""
    if allowed:
        return None
    return ROLE.refuse(
        f"Your role does not let you {what}.", cited=profile["access.role"].citation, profile=profile.stamp
    )


def refuse_untrained(training: Training, profile: Profile) -> Refusal | None:
    """Refuse one whose certificates, as the profile demands them, are missing or expired."""
    names = {"clets": "CLETS less-than-full-operator certificate", "alpr": "ALPR training certificate"}
    missing = [names[kind] for kind in profile["train.gate"].value if not getattr(training, kind)]
    if not missing:
        return None
    sentence = " and ".join(missing)
    return UNTRAINED.refuse(
        f"No valid {sentence} is on file for you.",
        cited=profile["train.gate"].citation,
        profile=profile.stamp,
    )


def refuse_purpose(code: str, reason: str, profile: Profile) -> Refusal | None:
    """Refuse a look without a purpose of the profile's list, or with words that say nothing."""
    if not profile.purpose(code):
        return NO_PURPOSE.refuse("No purpose was given.", profile=profile.stamp)
    words = re.findall(r"[\w/'-]+", reason.lower())
    if not words:
        return NO_PURPOSE.refuse("Nothing says what this is for.", profile=profile.stamp)
    if len(words) < 3 or all(word in _VAGUE for word in words):
        return VAGUE_REASON.refuse(f"“{reason.strip()[:60]}” does not say what this is for.", profile=profile.stamp)
    return None


def refuse_case_number(case_number: str, profile: Profile) -> Refusal | None:
    """Refuse a missing case number where the profile demands one, and a wrong form wherever one is given."""
    if not case_number:
        if "case_number" not in profile["query.requires"].value:
            return None
        cited = profile["query.requires"].citation
        return CASE_MISSING.refuse("No case number was given.", cited=cited, profile=profile.stamp)
    if not CASE_NUMBER.fullmatch(case_number):
        shown = case_number[:30]
        return CASE_FORM.refuse(f"“{shown}” is not the form of a case number.", profile=profile.stamp)
    return None


def refuse_prohibited(reason: str, profile: Profile) -> Refusal | None:
    """Refuse words that name a use the profile forbids."""
    text = as_read(reason)
    for prohibition in profile.prohibitions:
        for word in prohibition.words:
            if re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", text):
                return PROHIBITED.refuse(
                    f"“{word}” points to a forbidden use: {prohibition.label.lower()}.",
                    cited=prohibition.citation,
                    profile=profile.stamp,
                )
    return None


def refuse_criminal_justice(profile: Profile, **texts: str) -> Refusal | None:
    """Refuse free text that holds CLETS/NCIC-derived information, naming the field and the kind, never the text.

    Fields are given by name: ``refuse_criminal_justice(profile, reason=..., vehicle=...)``.
    """
    for field, text in texts.items():
        if kind := criminal_justice_text.found_in(text):
            words = f"The {field.replace('_', ' ')} holds what looks like {kind}."
            return CRIMINAL_JUSTICE.refuse(words, profile=profile.stamp)
    return None


def certificate_holds(issued_on: date, expires_on: date, day: date) -> bool:
    """``issued_on <= day < expires_on``."""
    return issued_on <= day < expires_on


def refuse_own_record(own: bool, what: str, profile: Profile) -> Refusal | None:
    """Refuse an administrator who is about to change what is on file about themselves, under whichever account."""
    if not own:
        return None
    return OWN_RECORD.refuse(f"This {what} is your own.", profile=profile.stamp)


def refuse_own_rights(own: bool, what: str, profile: Profile) -> Refusal | None:
    """Refuse one who is about to give rights on a thing to themselves or to a group of theirs."""
    if not own:
        return None
    return OWN_RIGHTS.refuse(f"These rights on the {what} would be your own.", profile=profile.stamp)


def refuse_data_role(may_grant: bool, what: str, profile: Profile) -> Refusal | None:
    """Refuse one who only runs the machine what opens plate data to somebody, or lets somebody open it (C-09)."""
    if may_grant:
        return None
    return DATA_ROLE.refuse(f"Who runs the machine does not change this {what}.", profile=profile.stamp)


def refuse_auditor_account(of_auditor: bool, may: bool, profile: Profile) -> Refusal | None:
    """Refuse the password and factors of an auditor to one whose acts the auditor reads."""
    if not of_auditor or may:
        return None
    return AUDITOR_ACCOUNT.refuse("This account is an auditor's.", profile=profile.stamp)


def refuse_second_factor_today(other_done: bool, profile: Profile) -> Refusal | None:
    """Refuse one administrator both the password and a second factor of one person within 24 hours."""
    if not other_done:
        return None
    return ONE_FACTOR_A_DAY.refuse(
        "You changed this person's other way to sign in less than a day ago.", profile=profile.stamp
    )
