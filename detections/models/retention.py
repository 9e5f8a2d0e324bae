"""Holds: reads kept past their ceiling as evidence (C.1, 462.4)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from detections.models.reads import PointsAtRead


class Hold(models.Model):
    """Why reads are kept past their ceiling, for which case, until two people lift it."""

    class Kind(models.TextChoices):
        EVIDENCE = "evidence", "Evidence"
        ANTICIPATED = "anticipated", "Reasonably believed to become evidence"
        DISCOVERY = "discovery", "Discovery request"
        LAWFUL_PROCESS = "lawful_process", "Other lawful process"

    class Proceeding(models.TextChoices):
        CRIMINAL = "criminal", "Criminal"
        CIVIL = "civil", "Civil"
        ADMINISTRATIVE = "administrative", "Administrative"

    class Origin(models.TextChoices):
        READS = "reads", "Ticked reads"
        SEARCH = "search", "All that a search found"
        WINDOW = "window", "All that cameras saw in a time"

    class LiftGround(models.TextChoices):
        OVER = "over", "No longer evidence"
        BOOKED = "booked", "Booked into evidence"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case_number = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, choices=Kind)
    proceeding = models.CharField(max_length=20, choices=Proceeding)
    reason = models.CharField(max_length=500)
    belief = models.CharField(
        max_length=1000, blank=True, help_text="Why they will become evidence; anticipated holds rest on it (462.4)."
    )
    review_on = models.DateField()
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.READS)
    placed_on = models.JSONField(default=dict, blank=True, help_text="The search, or cameras, from and to. No plate.")
    reads = models.PositiveIntegerField(default=0, help_text="How many it was placed on.")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lift_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lift_requested_at = models.DateTimeField(null=True, blank=True)
    lift_ground = models.CharField(max_length=10, choices=LiftGround, blank=True)
    lift_reason = models.CharField(max_length=300, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_by=None) | ~Q(lifted_by=F("lift_requested_by")),
                name="hold_lifted_by_two_people",
                violation_error_message="The person who asked to lift a hold does not lift it.",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lift_requested_by__isnull=False, lifted_by__isnull=False),
                name="hold_lift_complete",
            ),
            models.CheckConstraint(condition=~Q(case_number="") & ~Q(reason=""), name="hold_has_case_and_reason"),
            models.CheckConstraint(
                condition=~Q(kind="anticipated") | ~Q(belief=""), name="hold_anticipated_states_its_belief"
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class HeldRead(PointsAtRead):
    """A read under a hold, with a copy of it as it stood when the hold was placed."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="held_reads")
    plate = models.CharField(max_length=8)
    copy = models.JSONField(default=dict, help_text="The row of the read.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "detection_id"], name="read_once_per_hold")]
        indexes = [models.Index(fields=["captured_at", "detection_id"], name="held_by_time")]

    def __str__(self) -> str:
        return f"read {self.detection_id} under {self.hold_id}"
