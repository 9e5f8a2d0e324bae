"""What the law and the house forbid about cameras and their keys. Pure: facts in, refusal or nothing out."""

from collections.abc import Collection
from datetime import datetime

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from cameras.models import Camera, Deployment, DeviceKey

ORDER = "SPD General Order 525.08"
HOUSE = "Platekeeper default"

NOT_PUBLIC_VIEW = Rule(
    "camera.public_view",
    Citation(ORDER, "A.7", "A detection is data obtained by an ALPR device in public view."),
    "Look at the camera's picture. If it shows public view only, attest that on the camera's page first.",
)
CITY_CLAUSE = Citation(ORDER, "A.10-A.11", "City and city traffic cameras are installed in public view.")
NO_PURPOSE = Rule(
    "camera.purpose_missing",
    Citation(ORDER, "D.1", "ALPR devices are deployed for official law enforcement purposes only."),
    "Say in a few words which official purpose the camera serves at this place.",
)
NO_APPROVER = Rule(
    "camera.approver",
    Citation(ORDER, "D.1.c", "Uses are reviewed and documented by a sergeant or an ALPR administrator."),
    "Name the sergeant (or above), ALPR administrator or division commander who approved it.",
)
DONOR_KEY = Rule(
    "camera.donor_key",
    Citation(ORDER, "G.1", "Private donor footage is the donor's property and is not recorded or stored."),
    "Nothing to do: a donor camera sends no reads. Viewing it follows the donor's agreement.",
)
DONOR_VIDEO_ONLY = Rule(
    "camera.donor_video_only",
    Citation(ORDER, "G.1", "Private donor footage is the donor's property and is not recorded or stored."),
    "Choose “Video only”, or another owner if the camera is not a donor's.",
)
RETIRED = Rule(
    "camera.retired",
    Citation(HOUSE, "camera.retired", "A retired camera is not used again; a new one gets a new code."),
    "Commission the device again under a new code.",
)
CODE_TAKEN = Rule(
    "camera.code_taken",
    Citation(HOUSE, "camera.code", "A camera's code is its own for ever, so that old reads stay clear."),
    "Choose another code.",
)
ALREADY_DEPLOYED = Rule(
    "camera.deployed_already",
    Citation(HOUSE, "camera.deployment", "A camera stands at one place at a time."),
    "End the deployment that is open, or start the new one after it.",
)
NOT_DEPLOYED = Rule(
    "camera.not_deployed",
    Citation(HOUSE, "camera.deployment", "A camera stands at one place at a time."),
    "Reload the page: somebody may have ended this deployment already.",
)
WRONG_PERIOD = Rule(
    "camera.period",
    Citation(HOUSE, "camera.deployment", "A period ends after it starts and lies within the camera's service."),
    "Mend the times and send the form again.",
)
KEY_REVOKED = Rule(
    "camera.key_revoked",
    Citation(HOUSE, "camera.key", "A revoked key is dead and stays dead."),
    "Issue a new key if the device needs one.",
)


def refuse_commission(owner_class: str, kind: str, code_taken: bool, profile: Profile) -> Refusal | None:
    """Refuse a code in use, and a donor camera that would read plates."""
    if code_taken:
        return CODE_TAKEN.refuse("Another camera has this code.", profile=profile.stamp)
    if owner_class == Camera.OwnerClass.DONOR and kind != Camera.Kind.VIDEO:
        return DONOR_VIDEO_ONLY.refuse(
            "A private donor's camera cannot be an ALPR device here.",
            cited=_donor_clause(profile),
            profile=profile.stamp,
        )
    return None


def refuse_retired(camera: Camera, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to use a camera that is out of service at the instant."""
    if camera.retired_at is not None and camera.retired_at <= at:
        return RETIRED.refuse(f"Camera {camera.code} is retired.", profile=profile.stamp)
    return None


def refuse_deployment(
    camera: Camera,
    *,
    purpose: str,
    named: bool,
    may_approve: bool,
    starts_at: datetime,
    at: datetime,
    others: Collection[Deployment],
    profile: Profile,
) -> Refusal | None:
    """Refuse a deployment without attested public view, purpose or approver, or beside another one.

    ``named``: whether an approver was given at all; ``may_approve``: whether that person may.
    """
    if not camera.public_view:
        city = camera.owner_class in (Camera.OwnerClass.CITY, Camera.OwnerClass.CITY_TRAFFIC)
        return NOT_PUBLIC_VIEW.refuse(
            "Nobody has attested that it looks at public view only.",
            cited=CITY_CLAUSE if city else None,
            profile=profile.stamp,
        )
    if len(purpose.split()) < 2:
        return NO_PURPOSE.refuse("No official purpose was given.", profile=profile.stamp)
    if not may_approve:
        words = "This person cannot approve it." if named else "Nobody is named who approved it."
        return NO_APPROVER.refuse(words, profile=profile.stamp)
    if starts_at > at:
        return WRONG_PERIOD.refuse("It would start in the future.", profile=profile.stamp)
    if starts_at < camera.commissioned_at:
        return WRONG_PERIOD.refuse("It would start before the camera was commissioned.", profile=profile.stamp)
    if any(other.ends_at is None or other.ends_at > starts_at for other in others):
        return ALREADY_DEPLOYED.refuse(f"Camera {camera.code} stands somewhere else then.", profile=profile.stamp)
    return None


def refuse_end(deployment: Deployment | None, ends_at: datetime, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to end what is not open, or before it began."""
    if deployment is None:
        return NOT_DEPLOYED.refuse("This camera has no open deployment.", profile=profile.stamp)
    if ends_at <= deployment.starts_at:
        return WRONG_PERIOD.refuse("It would end before it starts.", profile=profile.stamp)
    if ends_at > at:
        return WRONG_PERIOD.refuse("It would end in the future.", profile=profile.stamp)
    return None


def refuse_retirement(camera: Camera, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to retire twice, or before commissioning."""
    if camera.retired_at is not None:
        return RETIRED.refuse(f"Camera {camera.code} is retired already.", profile=profile.stamp)
    if at <= camera.commissioned_at:
        return WRONG_PERIOD.refuse("It would retire before it was commissioned.", profile=profile.stamp)
    return None


def refuse_key(camera: Camera, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a key for a donor's camera and for one out of service."""
    if camera.owner_class == Camera.OwnerClass.DONOR:
        return DONOR_KEY.refuse(
            "A private donor's camera gets no key.", cited=_donor_clause(profile), profile=profile.stamp
        )
    return refuse_retired(camera, at, profile)


def refuse_revocation(key: DeviceKey, profile: Profile) -> Refusal | None:
    """Refuse to revoke a key twice."""
    if key.revoked:
        return KEY_REVOKED.refuse(f"Key {key.prefix} is revoked already.", profile=profile.stamp)
    return None


def _donor_clause(profile: Profile) -> Citation | None:
    return profile["donor.storage"].citation if "donor.storage" in profile.values else None
