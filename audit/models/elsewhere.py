"""Queries made in other systems (LEARN, a vendor's portal): their audit exports, kept with the file's hash."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from audit.models.people import Period

USER = settings.AUTH_USER_MODEL


class QuerySystem(models.Model):
    """A system outside this one in which members ask for reads."""

    name = models.CharField(max_length=80, unique=True)
    layout = models.CharField(max_length=60, help_text="Name of the column layout of its audit export.")
    names_people = models.BooleanField(
        "names the person of each query", default=True, help_text="Off where exports leave names out."
    )
    expected_from = models.DateField(help_text="From this day on, every week must be covered by an export.")
    ended_on = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class SystemAccount(Period):
    """Which member a user name of the other system belonged to over time."""

    system = models.ForeignKey(QuerySystem, on_delete=models.PROTECT, related_name="accounts")
    account = models.CharField(max_length=150)
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="system_accounts")
    history = HistoricalRecords()

    class Meta(Period.Meta):
        indexes = [models.Index(fields=["system", "account"], name="system_account")]

    def __str__(self) -> str:
        return self.account


class QueryImport(models.Model):
    """An audit export that was handed in, whole or not at all; the file is kept under its hash."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        UNFIT = "unfit", "Not taken in"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.ForeignKey(QuerySystem, on_delete=models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    byte_count = models.BigIntegerField()
    covers_from = models.DateField(help_text="First day the export is said to cover.")
    covers_upto = models.DateField(help_text="The day after the last one it covers.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    verdict = models.TextField(blank=True)
    rows_read = models.BigIntegerField(default=0)
    rows_kept = models.BigIntegerField(default=0)
    rows_bad = models.BigIntegerField(default=0)
    rows_known = models.BigIntegerField(default=0, help_text="Rows that an earlier export brought already.")
    bytes_done = models.BigIntegerField(default=0)
    handed_in_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, help_text="When its worker last gave a sign.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(covers_upto__gt=models.F("covers_from")), name="import_covers_days"),
            models.UniqueConstraint(
                fields=["system", "sha256"], condition=~Q(state__in=["unfit", "failed"]), name="one_import_a_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"


class QueryElsewhere(models.Model):
    """One query of an audit export."""

    source = models.ForeignKey(QueryImport, on_delete=models.PROTECT, related_name="queries")
    system = models.ForeignKey(QuerySystem, on_delete=models.PROTECT, related_name="queries")
    line = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the row's cells: the same row comes in once.")
    at = models.DateTimeField()
    account = models.CharField(max_length=150, blank=True)
    person = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    plate = models.CharField(max_length=20, blank=True)
    elements = models.JSONField(default=dict, help_text="All other cells that say what was asked.")
    purpose = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)
    case_number = models.CharField(max_length=60, blank=True)
    result_count = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "digest"], name="one_row_a_query_elsewhere")]
        indexes = [models.Index(fields=["at"], name="elsewhere_by_time")]

    def __str__(self) -> str:
        return f"query {self.pk} made elsewhere"


class QueryImportFault(models.Model):
    """A row of an export that could not be taken in: where, and why."""

    source = models.ForeignKey(QueryImport, on_delete=models.CASCADE, related_name="faults")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=80, blank=True)
    why = models.CharField(max_length=300)

    class Meta:
        ordering = ["line", "pk"]

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"
