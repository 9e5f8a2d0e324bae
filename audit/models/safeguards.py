"""The safeguards of 462.5: procedures, techniques, vendor contracts, the breach policy; and breaches themselves."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from audit.ids import uuid7

USER = settings.AUTH_USER_MODEL


class Safeguard(models.Model):
    """A safeguard with its owner, its paper and its next review; ``evidence`` names what the system itself can show."""

    class Kind(models.TextChoices):
        PROCEDURAL = "procedural", "Procedure"
        TECHNICAL = "technical", "Technique"
        CONTRACT = "contract", "Vendor contract"
        BREACH = "breach", "Breach policy"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=Kind)
    clause = models.CharField(max_length=120, help_text="The clause it serves, such as 462.5(1).")
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    owner_title = models.CharField(max_length=150, blank=True)
    paper = models.CharField(max_length=200, blank=True, help_text="The document: its name, version and date.")
    paper_sha256 = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the document's file.")
    evidence = models.CharField(
        max_length=60, blank=True, help_text="Code of what the system can show; blank for none."
    )
    in_force_from = models.DateField()
    next_review_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["kind", "title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("in_force_from")), name="safeguard_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.title


class SafeguardReview(models.Model):
    """That a safeguard was looked at, by whom, with what the system could show at that moment. Never changed."""

    safeguard = models.ForeignKey(Safeguard, on_delete=models.PROTECT, related_name="reviews")
    at = models.DateTimeField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    shown = models.JSONField(default=dict, help_text="What the system showed at the review.")
    next_review_on = models.DateField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"review of {self.safeguard_id} on {self.at:%Y-%m-%d}"


class Breach(models.Model):
    """A breach of security or data (462.5 last paragraph; Civil Code 1798.29): clock, people affected, end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    discovered_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    what = models.TextField()
    reported_at = models.DateTimeField(null=True, help_text="When it was reported (IR-6: within an hour of discovery).")
    reported_to = models.CharField(max_length=200, blank=True)
    people_affected = models.PositiveIntegerField(null=True)
    people_told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closing_words = models.TextField(blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-discovered_at"]

    def __str__(self) -> str:
        return f"breach of {self.discovered_at:%Y-%m-%d}"
