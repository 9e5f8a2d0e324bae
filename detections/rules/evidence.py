"""When reads may leave as an evidence package (525.08 F.4, 462.4). Pure."""

from datetime import datetime, timedelta

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

ORDER, POLICY = "SPD General Order 525.08", "EGPD Policy 462"
_KEPT = Citation(ORDER, "C.1", "ALPR data is kept for its retention period and then purged, unless it is evidence.")
_DOCUMENTED = Citation(ORDER, "F.4.a", "The collection of evidence is documented in the related report.")
_BOOKED = Citation(POLICY, "462.4", "Data that is evidence is downloaded onto portable media and booked into evidence.")

EVIDENCE_CASE = Rule(
    "evidence.case",
    _DOCUMENTED,
    "Search again with the case number of the investigation, and make the package from there.",
)
EVIDENCE_NONE = Rule("evidence.reads", _DOCUMENTED, "Open your search again and tick the reads that are evidence.")
EVIDENCE_TOO_MANY = Rule(
    "evidence.too_many", _DOCUMENTED, "Tick the reads that matter, or make several packages in the same case."
)
EVIDENCE_GONE = Rule(
    "evidence.gone",
    _KEPT,
    "Open your search again and tick what it still shows. What is evidence is held first, in the same case.",
)
EVIDENCE_REMOVED = Rule(
    "evidence.removed",
    _BOOKED,
    "Take the copy that was booked into evidence. If there is none and the reads are still kept, make a new package.",
)

MOST_READS = 200
MOST_BYTES = 1024**3
# A copy outside the evidence repository is a second set of the data, so it does not stay.
FILE_KEPT = timedelta(days=30)


def refuse_request(*, case_number: str, reads: int, profile: Profile) -> Refusal | None:
    """Refuse a package without a case number, without reads, or with more than 200 of them."""
    if not case_number:
        return EVIDENCE_CASE.refuse("The look these reads come from has no case number.", profile=profile.stamp)
    if reads == 0:
        return EVIDENCE_NONE.refuse("No read was chosen.", profile=profile.stamp)
    if reads > MOST_READS:
        return EVIDENCE_TOO_MANY.refuse(
            f"{reads:,} reads were chosen; a package holds {MOST_READS}.", profile=profile.stamp
        )
    return None


def refuse_size(size: int, profile: Profile) -> Refusal | None:
    """Refuse pictures of more than a gibibyte together."""
    if size <= MOST_BYTES:
        return None
    return EVIDENCE_TOO_MANY.refuse(
        f"The pictures have {size / 1024**3:.1f} GiB together; a package holds {MOST_BYTES // 1024**3}.",
        profile=profile.stamp,
    )


def refuse_gone(asked: int, seen: int, profile: Profile) -> Refusal | None:
    """Refuse the whole package when some of its reads may not be seen any more: past their ceiling and not held."""
    if seen >= asked:
        return None
    missing = asked - seen
    are = "is" if missing == 1 else "are"
    return EVIDENCE_GONE.refuse(
        f"{missing} of the {asked} chosen reads {are} past the retention period and not held in this case, or gone.",
        profile=profile.stamp,
    )


def refuse_fetch(*, ready: bool, ready_at: datetime | None, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse the file of a package that is not ready, or whose days are over, whether or not it is still stored."""
    if not ready or ready_at is None:
        return EVIDENCE_REMOVED.refuse("The file of this package is not there.", profile=profile.stamp)
    if at >= ready_at + FILE_KEPT:
        return EVIDENCE_REMOVED.refuse(
            f"The file of a package is kept for {FILE_KEPT.days} days, and they are over.", profile=profile.stamp
        )
    return None
