"""What happens to a hold between its placing and its end: reviews, and bookings into evidence (462.4)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7
from detections.models.retention import Hold


class HoldReview(models.Model):
    """A hold looked at again and kept on: by whom, with what words, until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="reviews")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()
    words = models.CharField(max_length=500)
    due_on = models.DateField(help_text="The day it was to be looked at.")
    next_on = models.DateField(help_text="The day it is looked at next.")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="hold_review_has_words")]

    def __str__(self) -> str:
        return f"review of {self.hold_id}"


class Booking(models.Model):
    """Held reads booked into evidence: repository or medium, the number there, and the hash of what was booked."""

    class Medium(models.TextChoices):
        REPOSITORY = "repository", "Evidence repository, such as evidence.com"
        PORTABLE = "portable", "Portable medium in the evidence room"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="bookings")
    medium = models.CharField(max_length=12, choices=Medium)
    place = models.CharField(max_length=80, help_text="Name of the repository, or id of the medium.")
    number = models.CharField(max_length=60, help_text="Evidence booking number.")
    sha256 = models.CharField(max_length=64, help_text="Of the exported package or file, hex.")
    booked_by = models.CharField(max_length=120, help_text="Who handed it in, by name or badge.")
    booked_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="booking_hash_is_sha256"),
            models.CheckConstraint(
                condition=~Q(place="") & ~Q(number="") & ~Q(booked_by=""), name="booking_can_be_found_again"
            ),
            models.CheckConstraint(condition=Q(booked_at__lte=F("recorded_at")), name="booking_before_its_record"),
        ]

    def __str__(self) -> str:
        return f"booking of {self.hold_id}"
