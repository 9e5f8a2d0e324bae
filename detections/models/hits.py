"""A hit: a read on a live hot plate. A lead that requires verification (A.9), never itself a basis for a stop (D.4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from detections.models.reads import PointsAtRead
from hotlists.models import HotPlate


class Hit(PointsAtRead):
    """Read x hot plate, and the road from there: take, check by eye, verify, broadcast, close.

    ``status`` is where it stands; each step keeps its own who and when, and a constraint ties the two together.
    """

    class Status(models.TextChoices):
        NEW = "new", "New"
        TAKEN = "taken", "Taken"
        CHECKED = "checked", "Checked by eye"
        VERIFIED = "verified", "Verified"
        REJECTED = "rejected", "Not confirmed"
        CLOSED = "closed", "Closed"

    class Check(models.TextChoices):
        CORRECT = "correct", "The picture shows this plate"
        MISREAD = "misread", "Misread: the picture shows another plate"
        WRONG_STATE = "wrong_state", "Right characters, wrong state"
        NO_PICTURE = "no_picture", "There is no picture to compare"

    class Result(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed: the entry is current"
        NOT_CURRENT = "not_current", "Not current: cleared or recovered"
        NO_RECORD = "no_record", "No record found"

    class Disposition(models.TextChoices):
        STOP = "stop", "Vehicle stopped"
        RECOVERED = "recovered", "Stolen vehicle recovered"
        NOT_LOCATED = "not_located", "Not located"
        INFORMATION = "information", "Information only"
        MISREAD = "misread", "Misread"
        STALE = "stale", "Entry no longer current"

    class Channel(models.TextChoices):
        TAS = "tas", "TAS"
        LOOK_BACK = "look_back", "Look back at entry"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hot_plate = models.ForeignKey(HotPlate, on_delete=models.PROTECT, related_name="hits")
    plate = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.TAS, db_default=Channel.TAS)
    repeats = models.PositiveIntegerField(default=0, help_text="Later reads of the car at this camera.")
    last_seen_at = models.DateTimeField(null=True, help_text="Capture time of the newest read folded into it.")
    escalated_at = models.DateTimeField(null=True, help_text="When it had waited longer than the profile allows.")
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    informational = models.BooleanField(
        default=False, help_text="On a special hot list: never a basis for a stop (I.1)."
    )

    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who took it first."
    )
    received_at = models.DateTimeField(null=True)
    check_result = models.CharField(max_length=12, choices=Check, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    clets_result = models.CharField("CLETS result", max_length=12, choices=Result, blank=True)
    ncic_result = models.CharField("NCIC result", max_length=12, choices=Result, blank=True)
    clets_at = models.DateTimeField("CLETS run at", null=True, help_text="As the verifier told it.")
    ncic_at = models.DateTimeField("NCIC run at", null=True, help_text="As the verifier told it.")
    not_practicable = models.CharField(
        max_length=300, blank=True, help_text="Why no query could be run, where the profile allows that (462.3(f))."
    )
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    call_number = models.CharField("call for service number", max_length=30, blank=True)
    incident_type = models.CharField("incident type code", max_length=20, blank=True)
    vehicle_seen = models.CharField("vehicle description", max_length=200, blank=True)
    direction = models.CharField("direction of travel", max_length=60, blank=True)
    broadcast_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    broadcast_at = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=12, choices=Disposition, blank=True)
    independent_basis = models.TextField(blank=True, help_text="Reasonable suspicion or probable cause beyond the hit.")
    recovery_call = models.CharField("recovery call for service number", max_length=30, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    # Histories outlive reads; so they keep the steps of a hit and neither its plate nor the time it was seen.
    history = HistoricalRecords(excluded_fields=["plate", "captured_at", "camera", "detection", "last_seen_at"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["detection_id", "hot_plate"], name="one_hit_per_read_and_hot_plate"),
            models.CheckConstraint(
                condition=Q(status="new", taken_by=None) | (~Q(status="new") & Q(taken_by__isnull=False)),
                name="hit_taken_has_owner",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["verified", "rejected"])
                | Q(verified_by__isnull=False, verified_at__isnull=False)
                | Q(status="rejected", check_result__in=["misread", "wrong_state"]),
                name="hit_verified_has_verifier",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(disposition="")),
                name="hit_closed_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(disposition__in=["stop", "recovered"]) | Q(verified_by__isnull=False),
                name="hit_no_action_unverified",
                violation_error_message="No action is recorded on a hit that no one has verified.",
            ),
            models.CheckConstraint(
                condition=~Q(disposition="stop") | (~Q(independent_basis="") & Q(informational=False)),
                name="hit_stop_has_independent_basis",
                violation_error_message="A stop needs an independent basis beyond the hit (D.4).",
            ),
            models.CheckConstraint(
                condition=Q(not_practicable="") | Q(clets_result="", ncic_result=""),
                name="hit_queried_or_not_practicable",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], condition=~Q(status="closed"), name="hit_open"),
            models.Index(fields=["plate", "captured_at"], name="hit_by_plate"),
            models.Index(fields=["captured_at"], name="hit_by_time"),
            models.Index(
                fields=["hot_plate", "camera", "captured_at"], condition=~Q(status="closed"), name="hit_to_fold_into"
            ),
        ]

    def __str__(self) -> str:
        return f"hit {self.pk}"


class HitRepeat(PointsAtRead):
    """A later read of the same car at the same camera that was folded into a hit instead of making another."""

    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="folded")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["detection_id", "hit"], name="one_repeat_per_read_and_hit")]
        indexes = [models.Index(fields=["captured_at"], name="repeat_by_time")]

    def __str__(self) -> str:
        return f"repeat of {self.hit_id}"


class PossibleMatch(PointsAtRead):
    """A read near a hot plate, or one that fits a partial one: a lead for eyes only, never a hit (requirement 21).

    Where a person finds that the picture shows the hot plate itself, the read is corrected, and the correction is
    matched like any read: so a hit always rests on the very plate.
    """

    class Kind(models.TextChoices):
        LOOKALIKE = "lookalike", "Look-alike characters"
        EDIT1 = "edit1", "One character off"
        PARTIAL = "partial", "Fits a partial plate"

    class Status(models.TextChoices):
        NEW = "new", "New"
        DISMISSED = "dismissed", "Another vehicle"
        SAME = "same", "The picture shows the hot plate"
        LEAD = "lead", "A lead for the investigation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hot_plate = models.ForeignKey(HotPlate, on_delete=models.PROTECT, related_name="possible_matches")
    kind = models.CharField(max_length=10, choices=Kind)
    plate = models.CharField(max_length=8)
    informational = models.BooleanField(default=False, help_text="On a special hot list (I.1).")
    created_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0, help_text="Later reads of that plate at this camera.")
    last_seen_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    history = HistoricalRecords(excluded_fields=["plate", "captured_at", "camera", "detection", "last_seen_at"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["detection_id", "hot_plate"], name="one_possible_per_read_and_hot_plate"),
            models.CheckConstraint(
                condition=Q(status="new", decided_by=None, decided_at=None)
                | (~Q(status="new") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="possible_match_decided_by_someone",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], condition=Q(status="new"), name="possible_open"),
            models.Index(fields=["hot_plate", "camera", "captured_at"], name="possible_to_fold_into"),
            models.Index(fields=["captured_at"], name="possible_by_time"),
        ]

    def __str__(self) -> str:
        return f"possible match {self.pk}"


class OutboxEvent(models.Model):
    """Something to tell the people at the desk, written in the transaction that made it true; sent at least once."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField()
    topic = models.CharField(max_length=30)
    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, null=True, related_name="+")
    possible = models.ForeignKey(PossibleMatch, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="outbox_by_time")]

    def __str__(self) -> str:
        return f"event {self.pk}"
