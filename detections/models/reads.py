"""Reads and their photographs (A.4, A.7). The original read is never overwritten; a correction is a new layer.

The store is partitioned by capture time (docs/adr/0007). In the database a read's key is (plate, captured_at, id);
Django sees the id alone, so a read is always fetched by a ``ReadRef``: camera and time find it in one index probe.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import ForeignObject, Q

from audit.ids import made_at, uuid7
from cameras.models import Camera
from detections.fields import ScaledField
from detections.models.refs import ReadRef

MILLIONTHS, TEN_THOUSANDTHS = 1_000_000, 10_000


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


class DetectionQuerySet(models.QuerySet["Detection"]):
    """Reads, found the way the store is laid out."""

    def at(self, ref: ReadRef) -> "DetectionQuerySet":
        """The read of this reference: one probe of one partition's camera index."""
        return self.filter(camera=ref.camera, captured_at=ref.captured_at, id=ref.id)

    def of_photo(self, photo: Photo) -> "DetectionQuerySet":
        """The reads made from a photograph: they share its camera and time."""
        return self.filter(camera__id=photo.camera_id, captured_at=photo.captured_at, photo=photo)


def kept_as_read(written: str, plate: str) -> str:
    """What is stored of a plate as it was read: nothing where that is the plate."""
    return "" if written == plate else written


class Detection(models.Model):
    """A read: plate, time, position, device, in public view. ``plate_read`` is what was seen, ``plate`` what stands.

    Reads are added by COPY or ``create`` and changed by verbs through ``objects.at(ref)``; ``save`` on a stored one
    raises TypeError, since it would look for the id in every partition.
    """

    class Source(models.IntegerChoices):
        DEVICE = 1, "Device"
        PHOTO = 2, "Photograph read by machine"
        PERSON = 3, "Photograph read by a person"
        WEBHOOK = 4, "Vendor software"
        UPLOAD = 5, "Uploaded file"

    # In the order of the table's columns, wide before narrow: alignment costs 8 bytes a read otherwise.
    captured_at = models.DateTimeField()
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Checked by statement, not by row: a row's own check cost 4 us of the 30 a read takes (migration 0007).
    camera = models.ForeignKey(
        Camera,
        on_delete=models.PROTECT,
        to_field="number",
        related_name="detections",
        db_index=False,
        db_constraint=False,
    )
    latitude = ScaledField(
        steps=MILLIONTHS, null=True, blank=True, help_text="The device's own; else the deployment's site tells."
    )
    longitude = ScaledField(steps=MILLIONTHS, null=True, blank=True)
    confidence = ScaledField(
        steps=TEN_THOUSANDTHS, small=True, null=True, blank=True, help_text="0 to 1, as the reader said."
    )
    source = models.SmallIntegerField(choices=Source, default=Source.DEVICE)
    plate = models.CharField(max_length=8, db_collation="C")
    state = models.CharField(max_length=2, blank=True)
    as_read = models.CharField(max_length=32, blank=True, help_text="As it was read, where that is not the plate.")
    image_reference = models.CharField(max_length=200, blank=True, help_text="The device's own name for its picture.")
    vehicle = models.CharField(max_length=120, blank=True, help_text="Make, model and colour, as the reader said.")
    photo = models.ForeignKey(
        Photo,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    objects = DetectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(plate__regex=r"^[A-Z0-9]{1,8}$"), name="detection_plate_is_normalised"),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__range=(0.0, 1.0)),
                name="detection_confidence_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"read {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new read."""
        if not self._state.adding:
            raise TypeError("a stored read is changed through Detection.objects.at(ref)")
        super().save(*args, **kwargs)

    @property
    def ref(self) -> ReadRef:
        """What finds this read again."""
        return ReadRef(self.id, self.camera_id, self.captured_at)

    @property
    def received_at(self) -> datetime:
        """When the read came in, which its UUIDv7 tells to the millisecond."""
        return made_at(self.id)

    @property
    def plate_read(self) -> str:
        """What was seen, as it was written."""
        return self.as_read or self.plate

    @plate_read.setter
    def plate_read(self, written: str) -> None:
        self.as_read = kept_as_read(written, self.plate)


class PointsAtRead(models.Model):
    """A row about a read: it carries all three columns that find the read, and Django joins on all three.

    There is no foreign key in the database: it would have to be checked whenever a month of reads is detached.
    """

    detection_id = models.UUIDField(editable=False)
    camera = models.ForeignKey(
        Camera, on_delete=models.PROTECT, to_field="number", related_name="+", db_index=False, editable=False
    )
    captured_at = models.DateTimeField(editable=False)
    detection = ForeignObject(
        Detection,
        on_delete=models.DO_NOTHING,
        from_fields=["camera", "captured_at", "detection_id"],
        to_fields=["camera", "captured_at", "id"],
        related_name="%(class)ss",
    )

    class Meta:
        abstract = True

    @property
    def read_ref(self) -> ReadRef:
        """The read it is about, whether or not that still stands."""
        return ReadRef(self.detection_id, self.camera_id, self.captured_at)


class Plate(models.Model):
    """The dictionary of distinct plates that any read has: what patterns are looked up in (docs/adr/0007).

    The database adds plates itself, in the statement that stores or corrects a read (migration 0008).
    """

    plate = models.CharField(primary_key=True, max_length=8, db_collation="C")

    def __str__(self) -> str:
        return "a plate"


class PlateCorrection(PointsAtRead):
    """A person's reading over a machine's: the newest stands, all are kept."""

    plate_before = models.CharField(max_length=8)
    plate_after = models.CharField(max_length=8)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["captured_at", "detection_id"], name="correction_by_read")]

    def __str__(self) -> str:
        return f"correction of {self.detection_id}"


class IngestKey(models.Model):
    """What a client key stands for: a replay gets the same answer, another body under the same key is a conflict (409).

    Kept for ``ingest.keys.KEPT``; an older read that comes again is known by camera, time and plate. ``key`` and
    ``body`` are the first 16 bytes of SHA-256; when the key came is told by ``read_id``, a UUIDv7.
    """

    pk = models.CompositePrimaryKey("camera_number", "key")
    camera_number = models.IntegerField()
    key = models.UUIDField()
    body = models.UUIDField()
    read_id = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is quarantined; blank where recorded.")

    class Meta:
        # Only the clean-up asks by time, so the index must cost ingest next to nothing.
        indexes = [BrinIndex(fields=["read_id"], name="ingest_key_by_time")]

    def __str__(self) -> str:
        return f"key {self.key}"


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
