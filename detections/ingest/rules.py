"""What ingest refuses or sets aside by law or by the clock. Pure: facts in, refusal or nothing out."""

from datetime import UTC, datetime, timedelta

from audit.policy import Profile, add_duration
from audit.refusals import Citation, Refusal, Rule
from cameras.models import Camera
from cameras.rules import refuse_retired

CLOCK_TOLERANCE = timedelta(minutes=2)
# Where a profile sets no ceiling: a device without a battery for its clock wakes up in 1970 or 1980.
FIRST_PLAUSIBLE = datetime(2000, 1, 1, tzinfo=UTC)

PAST_CEILING = Rule(
    "read.past_ceiling",
    Citation("SPD General Order 525.08", "C.1", "ALPR data is kept for at most two years and then purged."),
    "Correct the device's clock. A read this old may not be stored; if it is evidence, book it as evidence.",
)
DONOR_CAMERA = Rule(
    "read.donor_camera",
    Citation("SPD General Order 525.08", "G.1", "Private donor footage is the donor's property and is not stored."),
    "Revoke this key: a donor camera sends no reads.",
)


def refuse_camera(camera: Camera, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse all that comes from a camera that may store nothing here, or nothing any more."""
    if camera.owner_class == Camera.OwnerClass.DONOR:
        cited = profile["donor.storage"].citation if "donor.storage" in profile.values else None
        return DONOR_CAMERA.refuse("This is a private donor camera.", cited=cited, profile=profile.stamp)
    return refuse_retired(camera, at, profile)


def ceiling_cutoff(at: datetime, profile: Profile) -> datetime | None:
    """The instant before which a capture is past the profile's ceiling; None where it sets none."""
    ceiling = profile.get("retention.alpr.ceiling")
    return add_duration(at, ceiling, sign=-1) if ceiling else None


def refuse_past_ceiling(captured_at: datetime, cutoff: datetime | None, profile: Profile) -> Refusal | None:
    """Refuse a read older than the longest time reads may be kept: it would have to be purged at once."""
    if cutoff is None or captured_at >= cutoff:
        return None
    value = profile["retention.alpr.ceiling"]
    return PAST_CEILING.refuse(
        f"captured_at: the read is older than reads may be kept ({value.value}).",
        cited=value.citation,
        profile=profile.stamp,
    )


def why_impossible(captured_at: datetime, at: datetime) -> str:
    """Why the device's clock cannot be right; "" where it can."""
    if captured_at > at + CLOCK_TOLERANCE:
        return "is in the future: the device's clock cannot be right."
    if captured_at < FIRST_PLAUSIBLE:
        return "is before 2000: the device's clock cannot be right."
    return ""


def why_quarantined(captured_at: datetime, at: datetime) -> str:
    """Why a read is kept aside instead of recorded; "" where it is recorded."""
    why = why_impossible(captured_at, at)
    return f"captured_at: {why} Kept aside for a person to decide." if why else ""
