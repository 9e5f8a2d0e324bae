"""Rules of reading a photograph by eye, and of correcting a read by its picture. Pure: facts in, refusal or nothing."""

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import NO_PURPOSE, ORDER
from detections.models import Detection, Photo

_READING = Citation(ORDER, "A.4", "ALPR data is what a reader recorded; a person's reading is added once, beside it.")
_PICTURE = Citation(ORDER, "A.4", "A person's reading is a reading of the picture.")

ALREADY_READ = Rule("photo.already_read", _READING, "Go back to the queue and take the next photograph.")
WITH_THE_READER = Rule(
    "photo.with_the_reader", _READING, "Wait until the machine has tried; what it cannot read comes to the queue."
)
HAS_READ = Rule(
    "photo.has_read",
    NO_PURPOSE.citation,
    "Search for the read under your purpose and case; correct it on its own page.",
)
PICTURE_UNSEEN = Rule("photo.picture_unseen", _PICTURE, "Open the picture first, then type what it shows.")
NO_PICTURE = Rule(
    "read.no_picture", _PICTURE, "Leave the read as it is: what the camera did not show cannot be checked."
)
UNCHANGED = Rule("read.unchanged", _READING, "Nothing needs to be done if the plate is right.")
UNEXPLAINED = Rule(
    "read.correction_unexplained", _READING, "Say in at least three words what the picture shows differently."
)
MINIMUM_WORDS = 3


def refuse_reading(photo: Photo, profile: Profile, *, reader_works: bool) -> Refusal | None:
    """Refuse a photograph that is nobody's to read by eye: read already, by person, machine or camera, or still to be.

    Only what the machine could not read needs a person, or what waits while there is no machine.
    """
    status = Photo.Status(photo.status)
    if status in (Photo.Status.TRANSCRIBED, Photo.Status.NO_PLATE):
        return ALREADY_READ.refuse("Somebody has read this photograph already.", profile=profile.stamp)
    if status in (Photo.Status.READ, Photo.Status.ATTACHED):
        return HAS_READ.refuse("This photograph has its read; looking at it needs a purpose.", profile=profile.stamp)
    waits = status in (Photo.Status.WAITING, Photo.Status.READING)
    if waits and (reader_works or status == Photo.Status.READING):
        return WITH_THE_READER.refuse("The machine has this photograph.", profile=profile.stamp)
    return None


def refuse_unseen(seen: bool, profile: Profile) -> Refusal | None:
    """Refuse a reading by one who has not opened the picture."""
    return None if seen else PICTURE_UNSEEN.refuse("You have not opened this picture.", profile=profile.stamp)


def refuse_correction(read: Detection, plate: str, why: str, profile: Profile) -> Refusal | None:
    """Refuse a correction that changes nothing, says nothing, or has no picture to rest on."""
    if read.photo_id is None:
        return NO_PICTURE.refuse("The camera sent no picture with this read.", profile=profile.stamp)
    if read.plate == plate:
        return UNCHANGED.refuse("This is the plate that stands already.", profile=profile.stamp)
    if len(why.split()) < MINIMUM_WORDS:
        return UNEXPLAINED.refuse("Nothing says why the read is wrong.", profile=profile.stamp)
    return None
