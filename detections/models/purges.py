"""Plans, approvals and certificates of purges, and what a purge leaves to be done (C.1, 462.4)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7
from detections.models.reads import PointsAtRead


class PurgePlan(models.Model):
    """What a purge of one partition would destroy, counted and listed before it runs. Holds no plate.

    The reads to be destroyed are those whose ids stand in ``ids_file`` (16 bytes each, ascending); ``root`` is the
    RFC 9162 root over them. What comes under a hold after the plan was made is kept all the same.
    """

    class Status(models.TextChoices):
        MAKING = "making", "Being made"
        READY = "ready", "Ready"
        DONE = "done", "Carried out"
        REPLACED = "replaced", "Replaced by a newer one"
        FAILED = "failed", "Could not be made"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.MAKING)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent, while it is being made.")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(null=True)
    partition = models.CharField(max_length=63)
    first = models.DateTimeField()
    upto = models.DateTimeField()
    due_at = models.DateTimeField(help_text="From then on it may run: ceiling reached, floor passed.")
    profile = models.CharField(max_length=80)
    floor = models.CharField(max_length=20, blank=True)
    ceiling = models.CharField(max_length=20)
    reads = models.PositiveBigIntegerField(default=0, help_text="To be destroyed.")
    earliest = models.DateTimeField(null=True)
    latest = models.DateTimeField(null=True)
    reads_held = models.PositiveBigIntegerField(default=0)
    reads_with_open_hits = models.PositiveBigIntegerField(default=0)
    photos = models.PositiveBigIntegerField(default=0)
    hits = models.PositiveBigIntegerField(default=0)
    corrections = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Reads by camera number and day: {number: {day: count}}.")
    holds = models.JSONField(default=dict, help_text="Reads kept, by hold: {id: count}.")
    kept = models.JSONField(default=list, help_text="References to the reads that this plan leaves.")
    root = models.CharField(max_length=64, blank=True)
    ids_sha256 = models.CharField(max_length=64, blank=True)
    ids_file = models.CharField(max_length=100, blank=True)
    chunks = models.BinaryField(default=b"", help_text="Roots of each 4,096 ids: what a proof is built from.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partition"], condition=Q(status__in=["making", "ready"]), name="one_live_plan_per_partition"
            )
        ]
        indexes = [models.Index(fields=["-first"], name="purge_plan_by_time")]

    def __str__(self) -> str:
        return f"plan of {self.first:%Y-%m-%d} to {self.upto:%Y-%m-%d}"


def approval_paper_path(approval: "PurgeApproval", _: str) -> str:
    """Storage name of an attached paper: an id, never the name it was handed in under."""
    return f"purges/papers/{uuid7()}.pdf"


class PurgeApproval(models.Model):
    """An approval by the custodian, or by council and attorney as the custodian files it.

    Of one plan; or, where ``plan`` is empty, of the nightly removal of single expired reads that lie in no partition
    of their own, for seven days.
    """

    class Kind(models.TextChoices):
        CUSTODIAN = "custodian", "Custodian of records"
        COUNCIL_AND_ATTORNEY = "council_and_attorney", "City council and attorney (Government Code § 34090.6)"

    plan = models.ForeignKey(PurgePlan, on_delete=models.PROTECT, null=True, blank=True, related_name="approvals")
    kind = models.CharField(max_length=30, choices=Kind)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, help_text="The council's resolution, or another paper.")
    consent = models.CharField(max_length=300, blank=True, help_text="The attorney's written consent.")
    paper = models.FileField(upload_to=approval_paper_path, blank=True, max_length=100)
    paper_sha256 = models.CharField(max_length=64, blank=True)

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
    """What a purge destroyed: counts, range, what was held back, and the Merkle root over the destroyed ids.

    ``statement`` is the signed text (JSON); the columns repeat of it what is searched and listed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.OneToOneField(
        PurgePlan, on_delete=models.PROTECT, null=True, related_name="certificate", help_text="None: single reads."
    )
    run_at = models.DateTimeField()
    period = models.DateField(help_text="The day of the run; a second run on a day finds nothing new.")
    profile = models.CharField(max_length=80)
    ceiling = models.CharField(max_length=20)
    cutoff = models.DateTimeField(help_text="Reads captured before this instant could be destroyed.")
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
    ids_sha256 = models.CharField(max_length=64, blank=True)
    ids_file = models.CharField(max_length=100, blank=True)
    chunks = models.BinaryField(default=b"")
    statement = models.TextField(blank=True)
    signature = models.BinaryField(default=b"")
    key_id = models.CharField(max_length=16, blank=True)
    public_key = models.TextField(blank=True)
    record_index = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period"], condition=Q(plan=None), name="one_purge_of_strays_a_day")
        ]

    def __str__(self) -> str:
        return f"purge of {self.period}"


class Latecomer(PointsAtRead):
    """A read that came into a partition after its purge was planned: kept, for the next plan. Filled by a trigger."""

    class Meta:
        indexes = [models.Index(fields=["captured_at"], name="latecomer_by_time")]

    def __str__(self) -> str:
        return f"read {self.detection_id} came late"


class FileRemoval(models.Model):
    """The files of a purge's photographs: how many were listed, how many are gone, how many were not there."""

    certificate = models.OneToOneField(
        PurgeCertificate, on_delete=models.PROTECT, primary_key=True, related_name="files"
    )
    listed = models.PositiveBigIntegerField()
    removed = models.PositiveBigIntegerField(default=0)
    missing = models.PositiveBigIntegerField(default=0, help_text="Not there when their turn came.")
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"files of {self.certificate_id}"


class FileToRemove(models.Model):
    """A file that a committed purge no longer wants. The row goes once the file is gone."""

    removal = models.ForeignKey(FileRemoval, on_delete=models.PROTECT, related_name="waiting")
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"file {self.pk}"


class PlateSweep(models.Model):
    """A walk through the dictionary that takes out plates no read has any more; a stopped one goes on at ``bucket``.

    A bucket is all plates with the same first two characters: a place in the walk that names no plate.
    """

    started_at = models.DateTimeField()
    bucket = models.PositiveSmallIntegerField(default=0)
    forgotten = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="one_open_sweep",
            )
        ]

    def __str__(self) -> str:
        return f"sweep of {self.started_at:%Y-%m-%d}"
