"""What waits for somebody: a wide search for its approval, and a hold whose day of review is tomorrow."""

from datetime import datetime, timedelta

from audit import asker, policy
from audit.models import User
from detections.models import Detection, Hold, SearchApproval
from detections.retention.holds import HoldTerms, agency_day, place_hold
from detections.searching.approval import ask_approval
from detections.searching.asked import Asked
from detections.searching.question import Kind, Match

CASE = "100321"
HELD = "0DEM777"


def ask_wide_search(at: datetime) -> int:
    """Let the detective ask for a search that is wide by its two known characters; how many were asked."""
    detective = User.objects.get(username="demo-detective")
    if SearchApproval.objects.filter(asked_by=detective).exists():
        return 0
    asked = Asked(
        kind=Kind.PLATE,
        purpose=next(one.code for one in policy.in_force(at).purposes if not one.review),
        reason="Hit and run on Levee Road; the witness saw no more than 0D at the beginning of the plate",
        case_number=_case(at),
        attested=True,
        plate="0D*",
        match=Match.PATTERN,
        from_at=at - timedelta(days=2),
    )
    ask_approval(by=asker.person(detective), at=at, asked=asked)
    return 1


def hold_reads(at: datetime) -> int:
    """Let the detective hold what one vehicle's last ways left, to be looked at again tomorrow; how many reads."""
    detective = User.objects.get(username="demo-detective")
    if Hold.objects.filter(placed_by=detective).exists():
        return 0
    reads = Detection.objects.filter(plate=HELD, captured_at__gte=at - timedelta(days=7)).order_by("-captured_at")[:3]
    terms = HoldTerms(
        case_number=_case(at),
        kind="evidence",
        proceeding="criminal",
        reason="The vehicle of the hit and run; its ways show the evening before",
        review_on=agency_day(at) + timedelta(days=1),
    )
    hold = place_hold(by=asker.person(detective), at=at, reads=[read.ref for read in reads], terms=terms)
    return hold.held_reads.count()


def _case(at: datetime) -> str:
    return f"{at:%y}-{CASE}"
