"""Reads and their photographs (A.4, A.7). The original read is never overwritten; a correction is a new layer.

The store is partitioned by capture time in a later step (docs/adr/0005): every row that points at a read carries
(plate, captured_at, read id), so that step changes no other table.
"""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from audit.ids import uuid7
from cameras.models import Camera


def photo_path(photo: "Photo", _: str) -> str:
    """A random name; nothing in it tells camera, time or plate."""
    return f"original/{photo.pk.hex[-2:]}/{photo.pk.hex}"


def served_path(photo: "Photo", _: str) -> str:
    """Beside the original: upright, without metadata."""
    return f"served/{photo.pk.hex[-2:]}/{photo.pk.hex}.jpg"


class Photo(models.Model):
    """A photograph as it came (evidence) and as it is served (upright, metadata removed)."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for the reader"
        READING = "reading", "Being read"
        READ = "read", "Read by machine"
        UNREADABLE = "unreadable", "Needs a person"
        TRANSCRIBED = "transcribed", "Read by a person"
        NO_PLATE = "no_plate", "No plate in the picture"
        ATTACHED = "attached", "Came with its read"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="photos")
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    client_key = models.CharField(max_length=100)
    original = models.FileField(upload_to=photo_path, max_length=200)
    served = models.FileField(upload_to=served_path, max_length=200)
    sha256 = models.CharField(max_length=64, help_text="Of the original bytes, as they came.")
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    engine = models.CharField(max_length=60, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="How long the machine took.")
    readings = models.JSONField(
        default=list, help_text="All the machine saw: text, plate, confidence, box, candidates."
    )
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "client_key"], name="photo_once_per_client_key"),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(status__in=["waiting", "reading"]), name="photo_waiting"),
            models.Index(fields=["received_at"], condition=Q(status="unreadable"), name="photo_unread"),
            BrinIndex(fields=["captured_at"], name="photo_by_time"),
        ]

    def __str__(self) -> str:
        return f"photograph {self.pk}"


class Detection(models.Model):
    """A read: plate, time, position, device, in public view. ``plate_read`` is what was seen, ``plate`` what stands."""

    class Source(models.TextChoices):
        DEVICE = "device", "Device"
        PHOTO = "photo", "Photograph read by machine"
        PERSON = "person", "Photograph read by a person"
        WEBHOOK = "webhook", "Vendor software"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plate = models.CharField(max_length=8)
    plate_read = models.CharField(max_length=32)
    state = models.CharField(max_length=2, blank=True)
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Checked by statement, not by row: see migration 0007. A row's own check cost 4 us of the 30 a read takes.
    camera = models.ForeignKey(
        Camera, on_delete=models.PROTECT, related_name="detections", db_index=False, db_constraint=False
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True, help_text="0 to 1, as the reader said.")
    source = models.CharField(max_length=10, choices=Source, default=Source.DEVICE)
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, null=True, blank=True, related_name="detections")
    image_reference = models.CharField(max_length=200, blank=True, help_text="The device's own name for its picture.")
    vehicle = models.CharField(max_length=120, blank=True, help_text="Make, model and colour, as the reader said.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(plate__regex=r"^[A-Z0-9]{1,8}$"), name="detection_plate_is_normalised"),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__range=(0, 1)),
                name="detection_confidence_in_range",
            ),
        ]
        indexes = [
            models.Index(fields=["plate", "captured_at"], name="detection_by_plate"),
            models.Index(fields=["camera", "captured_at"], name="detection_by_camera"),
            # For purges and periods only: rows come about in the order of time, and a btree costs each read 2.4 us.
            BrinIndex(fields=["captured_at"], name="detection_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"read {self.pk}"


class PlateCorrection(models.Model):
    """A person's reading over a machine's: the newest stands, all are kept."""

    detection = models.ForeignKey(Detection, on_delete=models.PROTECT, related_name="corrections")
    plate_before = models.CharField(max_length=8)
    plate_after = models.CharField(max_length=8)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"correction of {self.detection_id}"


class IngestKey(models.Model):
    """The answer a client key got: a replay gets it again, another body under the same key is a conflict (409)."""

    class Status(models.TextChoices):
        RECORDED = "recorded", "Recorded"
        QUARANTINED = "quarantined", "Quarantined"
        REFUSED = "refused", "Refused"

    # The read is written in the same transaction and its own foreign key checks the camera: a second check of every
    # row would cost a tenth of ingest.
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    client_key = models.CharField(max_length=100)
    body_hash = models.BinaryField(help_text="SHA-256 of the canonical body.")
    received_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status)
    reason = models.CharField(max_length=300, blank=True)
    read_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["camera", "client_key"], name="ingest_once_per_client_key")]
        # Only the purge asks by time, so the index must cost ingest next to nothing.
        indexes = [BrinIndex(fields=["received_at"], name="ingest_key_by_time")]

    def __str__(self) -> str:
        return f"key {self.pk}"


class QuarantinedRead(models.Model):
    """A read whose clock cannot be right: kept with both times until a person decides; never searched or matched."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField(help_text="The capture time the device claims.")
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    body = models.JSONField()

    def __str__(self) -> str:
        return f"quarantined read {self.pk}"
