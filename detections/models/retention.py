"""Holds and purge certificates: nothing kept past its ceiling, nothing destroyed under a hold (C.1, 462.4)."""

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

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case_number = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, choices=Kind)
    proceeding = models.CharField(max_length=20, choices=Proceeding)
    reason = models.CharField(max_length=500)
    review_on = models.DateField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lift_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lift_requested_at = models.DateTimeField(null=True, blank=True)
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


class PurgeApproval(models.Model):
    """A purge approved for a few days: by the custodian, or by council and attorney as the custodian files it."""

    class Kind(models.TextChoices):
        CUSTODIAN = "custodian", "Custodian of records"
        COUNCIL_AND_ATTORNEY = "council_and_attorney", "City council and attorney (Government Code § 34090.6)"

    kind = models.CharField(max_length=30, choices=Kind)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, help_text="The resolution or letter it rests on.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("approved_at")),
                name="approval_ends_after_start",
                violation_error_message="An approval ends after it was given.",
            )
        ]
        indexes = [models.Index(fields=["kind", "-valid_until"], name="approval_latest")]

    def __str__(self) -> str:
        return f"{self.kind} approval until {self.valid_until:%Y-%m-%d}"


class PurgeCertificate(models.Model):
    """What a purge destroyed: counts, range, what was held back, and the Merkle root over the destroyed ids."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run_at = models.DateTimeField()
    period = models.DateField(unique=True, help_text="The day of the run; a second run on a day finds nothing new.")
    profile = models.CharField(max_length=80)
    ceiling = models.CharField(max_length=20)
    cutoff = models.DateTimeField(help_text="Reads captured before this instant were past their ceiling.")
    earliest = models.DateTimeField(null=True)
    latest = models.DateTimeField(null=True)
    reads_destroyed = models.PositiveBigIntegerField()
    photos_destroyed = models.PositiveBigIntegerField()
    reads_held = models.PositiveBigIntegerField()
    hits_destroyed = models.PositiveBigIntegerField(default=0)
    reads_with_open_hits = models.PositiveBigIntegerField(
        default=0, help_text="Past their ceiling, but kept until their hit is closed."
    )
    root = models.CharField(max_length=64, help_text="RFC 9162 root over the destroyed read ids in order, hex.")
    record_index = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"purge of {self.period}"
