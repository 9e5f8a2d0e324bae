"""Evidence packages: what was packed for which case, by whom, and what became of the file. The row stays for good."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.ids import uuid7
from detections.models.refs import ReadRef


class EvidencePackage(models.Model):
    """A signed file of chosen reads, private to the person who made it. It holds references and no plate."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to be made"
        MAKING = "making", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"
        REMOVED = "removed", "File removed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="evidence_packages")
    asked_at = models.DateTimeField()
    purpose = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    case_number = models.CharField(max_length=20)
    recipient = models.CharField("for whom", max_length=120, blank=True)
    report_number = models.CharField(
        max_length=40, blank=True, help_text="The report that documents the collection (525.08 F.4.a)."
    )
    profile = models.CharField(max_length=80, help_text="Policy profile and version it was asked under.")
    refs = models.JSONField(help_text="The chosen reads, as references in the order of the sheet.")
    read_count = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    problem = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=100, blank=True, help_text="Its random name in storage.")
    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    record_index = models.BigIntegerField(null=True, help_text="The ledger record of the request.")
    sealed_index = models.BigIntegerField(null=True, help_text="The ledger record that holds the file's hash.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(case_number=""), name="evidence_has_a_case"),
            models.CheckConstraint(
                condition=~Q(status="ready")
                | (~Q(file="") & ~Q(sha256="") & ~Q(key_id="") & Q(ready_at__isnull=False)),
                name="evidence_ready_is_signed_and_hashed",
            ),
            models.CheckConstraint(
                condition=~Q(status="removed") | Q(removed_at__isnull=False), name="evidence_removed_has_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["made_by", "-asked_at"], name="evidence_own"),
            models.Index(
                fields=["asked_at"],
                condition=~Q(file="") | Q(status__in=["waiting", "making"]),
                name="evidence_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"evidence package {self.pk}"

    @property
    def read_refs(self) -> list[ReadRef]:
        """The chosen reads."""
        return [ReadRef.from_list(parts) for parts in self.refs]
