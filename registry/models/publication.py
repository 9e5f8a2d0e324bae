"""What the transparency page publishes: counted months, and publications that two people put out."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7

USER = settings.AUTH_USER_MODEL


class MonthFigure(models.Model):
    """One cell of one figure of one closed month, counted once and never again. ``cell`` is "" for the whole."""

    month = models.DateField(help_text="First day of the month.")
    figure = models.CharField(max_length=40, help_text="Code of the figure; its definition is in the code.")
    cell = models.CharField(max_length=120, blank=True)
    value = models.BigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["month", "figure", "cell"]
        constraints = [models.UniqueConstraint(fields=["month", "figure", "cell"], name="one_count_a_month")]

    def __str__(self) -> str:
        return f"{self.figure} {self.cell} {self.month:%Y-%m}"


class Publication(models.Model):
    """One version of the transparency page: prepared by one person, put out by another, never changed."""

    class State(models.TextChoices):
        PREPARED = "prepared", "Waiting for a second person"
        PUBLISHED = "published", "Published"
        REFUSED = "refused", "Not published"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(null=True, unique=True, help_text="Version, counted up as they are published.")
    closed_upto = models.DateField(help_text="The first day that is not covered: all periods before it are closed.")
    content = models.JSONField(help_text="All that is shown, suppressed cells already without their value.")
    sha256 = models.CharField(max_length=64, help_text="Of the published JSON, byte for byte.")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREPARED)
    prepared_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_words = models.TextField(blank=True)
    record_index = models.BigIntegerField(null=True, help_text="Ledger record of the publication.")

    class Meta:
        ordering = ["-prepared_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("prepared_by")),
                name="publication_two_people",
                violation_error_message="Who prepared does not publish.",
            ),
            models.CheckConstraint(
                condition=Q(state="prepared", decided_by=None, number=None)
                | Q(state="refused", decided_by__isnull=False, number=None)
                | Q(state="published", decided_by__isnull=False, decided_at__isnull=False, number__isnull=False),
                name="publication_state_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"publication {self.number or 'in preparation'}"
