"""Exports of the ledger for outsiders: who asked, for which records, what is withheld, and where the file is."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7


class LedgerExport(models.Model):
    """One export: the records ``[first, upto)`` in a file that is removed after some days. The row stays."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        MAKING = "making", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        REMOVED = "removed", "File removed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    purpose = models.CharField(max_length=60)
    reason = models.TextField()
    recipient = models.CharField(max_length=120, blank=True)
    first = models.BigIntegerField(help_text="First record of the export.")
    upto = models.BigIntegerField(help_text="The record after its last.")
    withheld_fields = models.JSONField(default=list, help_text="Names of sensitive fields left out everywhere.")
    hidden_acts = models.JSONField(default=list, help_text="Acts whose records are withheld whole.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.BigIntegerField(default=0, help_text="Records written so far.")
    ready_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=120, blank=True, help_text="Name in storage; blank once removed.")
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    record_index = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "export of the ledger"
        verbose_name_plural = "exports of the ledger"
        constraints = [
            models.CheckConstraint(condition=Q(first__gte=0) & Q(upto__gte=F("first")), name="ledger_export_range"),
        ]
        indexes = [models.Index(fields=["-asked_at"], name="ledger_export_newest")]

    def __str__(self) -> str:
        return f"records {self.first} to {self.upto - 1}"

    @property
    def records(self) -> int:
        """How many records it holds."""
        return self.upto - self.first

    @property
    def last(self) -> int:
        """Its last record; one less than ``first`` when it holds none."""
        return self.upto - 1
