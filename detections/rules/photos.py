"""Rules of reading a photograph by eye. Pure: facts in, refusal or nothing out."""

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import ORDER
from detections.models import Photo

ALREADY_READ = Rule(
    "photo.already_read",
    Citation(ORDER, "A.4", "ALPR data is what a reader recorded; a person's reading is added once, beside it."),
    "Go back to the queue and take the next photograph.",
)
HAS_READS = Rule(
    "photo.has_reads",
    Citation(ORDER, "A.4", "ALPR data is what a reader recorded; it is corrected, never removed by hand."),
    "Correct the plate instead.",
)
WHICH_READ = Rule(
    "photo.which_read",
    Citation(ORDER, "A.4", "Each plate in a photograph is a read of its own."),
    "Say which of the reads you correct.",
)
PICTURE_UNSEEN = Rule(
    "photo.picture_unseen",
    Citation(ORDER, "A.4", "A person's reading is a reading of the picture."),
    "Open the picture first, then type what it shows.",
)


def refuse_transcription(
    photo: Photo, profile: Profile, *, no_plate: bool, reads: int, chosen: bool, seen: bool
) -> Refusal | None:
    """Refuse a reading by eye that was done already, without a look, or that does not say which read it mends."""
    if photo.status in (Photo.Status.TRANSCRIBED, Photo.Status.NO_PLATE):
        return ALREADY_READ.refuse("Somebody has read this photograph already.", profile=profile.stamp)
    if not seen:
        return PICTURE_UNSEEN.refuse("You have not opened this picture.", profile=profile.stamp)
    if no_plate and reads:
        return HAS_READS.refuse("A plate was read from this photograph.", profile=profile.stamp)
    if not no_plate and reads > 1 and not chosen:
        return WHICH_READ.refuse(f"{reads} plates were read from this photograph.", profile=profile.stamp)
    return None
