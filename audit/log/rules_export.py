"""When records of the ledger may leave it, and when their clear values may be destroyed. Pure."""

from datetime import datetime, timedelta

from audit.plain_words import as_read
from audit.policy import Profile, add_duration
from audit.refusals import Citation, Refusal, Rule

_RECORDED = Citation(
    "Civil Code",
    "§ 1798.90.52(a)(4)",
    "Each access is recorded with the purpose for accessing the information.",
)
_RELEASED = Citation(
    "SPD General Order 525.08", "B.1", "Only authorized department personnel may use ALPR and connected databases."
)
_KEPT = Citation("Elk Grove PD ALPR transparency page", "Access Policy", "All system access is stored indefinitely.")

EXPORT_REASON = Rule(
    "ledger.export_reason",
    _RECORDED,
    "Choose what the export is for and say in at least three words who wants it and why.",
)
EXPORT_RANGE = Rule("ledger.export_range", _RECORDED, "Choose days or record numbers between the first record and now.")
EXPORT_GONE = Rule("ledger.export_gone", _RELEASED, "Make a new export: it holds the same records, and those since.")
EXTRACT_RECORDS = Rule(
    "ledger.extract_records", _RELEASED, "Name the record numbers, such as 12, 15-18; for more than 500 make an export."
)
VALUES_KEPT = Rule(
    "ledger.values_kept",
    _KEPT,
    "Wait until the policy in force lets them go, or name the court order that seals them.",
)

PURPOSES = {
    "court": "Court or prosecutor",
    "records_request": "Public records request",
    "oversight": "Oversight body or outside audit",
    "subject": "The person concerned",
    "own_check": "Checking our own ledger",
}
FILE_KEPT = timedelta(days=7)
MOST_EXTRACTED = 500
FEWEST_WORDS = 3


def refuse_request(purpose: str, reason: str, profile: Profile) -> Refusal | None:
    """Refuse a release without a purpose of the list, or without a reason in words."""
    if purpose not in PURPOSES:
        return EXPORT_REASON.refuse("It was not said what this is for.", profile=profile.stamp)
    return refuse_why(reason, profile)


def refuse_why(reason: str, profile: Profile) -> Refusal | None:
    """Refuse what nobody gave a reason for."""
    if len(as_read(reason).split()) >= FEWEST_WORDS:
        return None
    return EXPORT_REASON.refuse("The reason is missing or too short.", profile=profile.stamp)


def refuse_range(first: int, upto: int, size: int, profile: Profile) -> Refusal | None:
    """Refuse records that are not there."""
    if 0 <= first < upto <= size:
        return None
    return EXPORT_RANGE.refuse(f"There are no such records; the ledger has 0 to {size - 1:,}.", profile=profile.stamp)


def refuse_fetch(*, ready_at: datetime | None, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a file that is not there, or whose days are over."""
    if ready_at is None:
        return EXPORT_GONE.refuse("The file of this export is not there.", profile=profile.stamp)
    if at >= ready_at + FILE_KEPT:
        return EXPORT_GONE.refuse(
            f"The file is kept for {FILE_KEPT.days} days, and they are over.", profile=profile.stamp
        )
    return None


def refuse_records(found: int, asked: int, profile: Profile) -> Refusal | None:
    """Refuse an extract of no records, of too many, or of one that is not there."""
    if not asked:
        return EXTRACT_RECORDS.refuse("No record was named.", profile=profile.stamp)
    if asked > MOST_EXTRACTED:
        return EXTRACT_RECORDS.refuse(
            f"{asked:,} records were named; an extract holds {MOST_EXTRACTED}.", profile=profile.stamp
        )
    if found < asked:
        return EXTRACT_RECORDS.refuse(f"{asked - found:,} of the records named are not there.", profile=profile.stamp)
    return None


def refuse_destroying(*, youngest: datetime, at: datetime, order: str, profile: Profile) -> Refusal | None:
    """Refuse to destroy clear values that the policy still keeps; a court's order to seal goes before it."""
    if order.strip():
        return None
    kept = profile["accesslog.retention"]
    words = "The policy in force keeps access records without end."
    if kept.value != "indefinite":
        if add_duration(youngest, kept.value) <= at:
            return None
        words = "The policy in force still keeps some of these access records."
    return VALUES_KEPT.refuse(words, cited=kept.citation, profile=profile.stamp)
