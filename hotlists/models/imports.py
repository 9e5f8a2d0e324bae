"""Files of hot lists: what was handed in, how far it is, what was wrong with it (A.8; requirement 55).

The rows of a list lie in ``hotlists_listedplate``, one partition for each import (migration 0004), and are read by SQL
only: ``hotlists.imports.store``. ``HotList.live_import`` says which import's rows are live.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.ids import uuid7


class HotListImport(models.Model):
    """One file for one list. All or nothing: it becomes the whole list, or changes nothing and says why."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being read"
        LIVE = "live", "Live"
        SUPERSEDED = "superseded", "Superseded"
        REFUSED = "refused", "Refused"
        STOPPED = "stopped", "Stopped"

    class Origin(models.TextChoices):
        UPLOAD = "upload", "Handed in on the page"
        FOLDER = "folder", "Picked up from the folder"
        API = "api", "Sent by software"

    # Also the partition's number: small, in order, never used again.
    id = models.BigAutoField(primary_key=True)
    hot_list = models.ForeignKey("HotList", on_delete=models.PROTECT, related_name="imports")
    layout = models.CharField(max_length=60)
    origin = models.CharField(max_length=10, choices=Origin)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    handed_in_at = models.DateTimeField()
    name = models.CharField(max_length=200, help_text="The file's name as handed in.")
    file = models.FileField(upload_to="hot-lists/", max_length=200, blank=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    expect_shrink = models.BooleanField(
        default=False, help_text="Who handed it in said that the list becomes much shorter."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    worker = models.UUIDField(null=True, editable=False)
    beat_at = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    # progress in bytes of the file; `stage` in words for the page
    done_bytes = models.BigIntegerField(default=0)
    stage = models.CharField(max_length=60, blank=True)
    rows = models.BigIntegerField(default=0, help_text="Rows read, without the header.")
    kept = models.BigIntegerField(default=0, help_text="Rows that are on the list.")
    dropped = models.JSONField(default=dict, help_text="Rows dropped, by file type.")
    screened = models.BigIntegerField(default=0, help_text="Texts left out: criminal-justice information.")
    rejected = models.BigIntegerField(default=0, help_text="Bad rows; one is enough to refuse the file.")
    verdict = models.CharField(max_length=500, blank=True)
    profile = models.CharField(max_length=80, blank=True)
    live_from = models.DateTimeField(null=True)
    live_until = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True, help_text="When the rows of a superseded import were destroyed.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hot_list"], condition=Q(status="live"), name="one_live_import_for_each_list"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["live", "superseded"]) | Q(live_from__isnull=False),
                name="import_live_from_an_instant",
            ),
        ]
        indexes = [models.Index(fields=["hot_list", "-id"], name="import_by_list")]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportRejection(models.Model):
    """A bad row of a refused file: where, and why. ``line`` counts from 1 in the file; no text of the row is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    of = models.ForeignKey(HotListImport, on_delete=models.CASCADE, related_name="rejections")
    line = models.BigIntegerField()
    column = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["of", "line"], name="rejection_by_import")]

    def __str__(self) -> str:
        return f"line {self.line} of import {self.of_id}"
