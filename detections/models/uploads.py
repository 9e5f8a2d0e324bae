"""Files of reads that were handed in (A.6, A.12), what became of their rows, and decisions about wrong clocks."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.actions import ActorKind
from audit.ids import uuid7
from cameras.models import Camera
from detections.models.reads import QuarantinedRead


def upload_path(upload: "Upload", _: str) -> str:
    """A random name; nothing in it tells camera, time or plate."""
    return f"uploads/{upload.pk.hex[-2:]}/{upload.pk.hex}"


class Upload(models.Model):
    """A file on its way into the store. ``offset`` and ``line`` say how far it is: all before them is settled.

    ``tries`` are the instants at which the part that follows was begun: a read made at one of them is this file's own.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being taken in"
        DONE = "done", "Finished"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Broken off"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    layout = models.CharField(max_length=60)
    file = models.FileField(upload_to=upload_path, max_length=200, blank=True)
    file_name = models.CharField(max_length=120, help_text="As it was sent.")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    camera = models.ForeignKey(
        Camera,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of all rows; empty where the file names the camera of each.",
    )
    kind = models.CharField(max_length=10, choices=ActorKind)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    address = models.CharField(max_length=45)
    handed_in_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    verdict = models.CharField(max_length=300, blank=True, help_text="Why it broke off, or what to look at.")
    ended_at = models.DateTimeField(null=True, blank=True)
    worker = models.UUIDField(null=True, blank=True, help_text="Who is at it.")
    beat_at = models.DateTimeField(null=True, blank=True, help_text="The last sign of that worker.")
    tries = models.JSONField(default=list)
    offset = models.PositiveBigIntegerField(default=0)
    line = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    recorded = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    hits = models.PositiveBigIntegerField(default=0, help_text="On ordinary hot lists.")
    seconds = models.FloatField(default=0, help_text="Spent at it.")
    file_removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-handed_in_at"], name="upload_by_time"),
            models.Index(fields=["beat_at"], condition=Q(status__in=["waiting", "running"]), name="upload_open"),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def chip(self) -> str:
        """The class of the chip that shows its state."""
        return {"running": "reading", "stopped": "closed"}.get(self.status, self.status)

    @property
    def per_cent(self) -> int:
        """Of its bytes, how much is settled; 100 only when it is finished."""
        if self.status == self.Status.DONE:
            return 100
        return min(99, int(100 * self.offset / self.size)) if self.size else 0

    @property
    def rate(self) -> int:
        """Rows a second of the time spent at it."""
        return round(self.rows / self.seconds) if self.seconds else 0


class UploadCamera(models.Model):
    """What a file held of one camera, and where reads of that camera are missing between its first and its last."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="cameras")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    recorded = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    first = models.DateTimeField(null=True, blank=True)
    last = models.DateTimeField(null=True, blank=True)
    spacing = models.FloatField(null=True, blank=True, help_text="Seconds between neighbouring reads, the median.")
    gap_count = models.PositiveIntegerField(default=0)
    gaps = models.JSONField(default=list, help_text="The longest: [from, to], ISO 8601.")
    bins = models.JSONField(default=list, help_text="Reads in equal parts of the time from first to last.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "camera"], name="upload_camera_once")]

    def __str__(self) -> str:
        return f"{self.camera_id} of upload {self.upload_id}"


class UploadRejection(models.Model):
    """A row that was not taken. Its text stays in the file (``offset``, ``length`` in bytes) and goes with it."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rejections")
    line = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField()
    length = models.PositiveIntegerField()
    column = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "line"], name="upload_line_rejected_once")]

    def __str__(self) -> str:
        return f"line {self.line} of upload {self.upload_id}"


class QuarantineOrigin(models.Model):
    """The file and line that a quarantined read came from, where it came from a file."""

    read = models.OneToOneField(QuarantinedRead, on_delete=models.CASCADE, primary_key=True, related_name="origin")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"line {self.line} of upload {self.upload_id}"


class QuarantineDecision(models.Model):
    """What a person decided about a wrong clock. The quarantined read stays beside it as it came."""

    class Kind(models.TextChoices):
        RELEASED = "released", "Released"
        DISCARDED = "discarded", "Discarded"

    read = models.OneToOneField(QuarantinedRead, on_delete=models.CASCADE, primary_key=True, related_name="decision")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=300)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    corrected_to = models.DateTimeField(null=True, blank=True, help_text="The capture time it was recorded with.")
    detection_id = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["-decided_at"], name="quarantine_decided")]

    def __str__(self) -> str:
        return f"decision about {self.read_id}"
