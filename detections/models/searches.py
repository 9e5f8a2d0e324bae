"""A search as it was asked, and the approval that a wide one needs first (D.1.c).

What a search finds is looked up anew, and recorded anew, at each page.
"""

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7


class Standing(StrEnum):
    """Where an asked-for approval stands at an instant."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    LAPSED = "lapsed"
    USED = "used"


class SearchApproval(models.Model):
    """A wide search that waits for, or has, the word of a sergeant or ALPR administrator: one question, one run."""

    class Decision(models.TextChoices):
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    purpose = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    case_number = models.CharField(max_length=20, blank=True)
    question = models.JSONField(help_text="As searching.question says it.")
    why_wide = models.CharField(max_length=500, help_text="What made it wide, in the words of the refusal.")
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True, help_text="What was reviewed, and why so decided.")
    good_until = models.DateTimeField(null=True, blank=True, help_text="An approved search is run before this.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None, words="")
                | (~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(words="")),
                name="search_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(decision="approved", good_until__isnull=False)
                | (~Q(decision="approved") & Q(good_until=None)),
                name="search_approval_ends",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="search_approver_is_not_asker",
                violation_error_message="Nobody approves their own search.",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(decision=""), name="search_approval_waits"),
            models.Index(fields=["asked_by", "-asked_at"], name="search_approval_own"),
        ]

    def __str__(self) -> str:
        return f"approval {self.pk}"

    def standing(self, at: datetime, *, used: bool) -> Standing:
        """Where it stands at the instant; ``used``: whether the search was run."""
        if not self.decision:
            return Standing.WAITING
        if self.decision == self.Decision.DENIED:
            return Standing.DENIED
        if used:
            return Standing.USED
        return Standing.APPROVED if self.good_until and at < self.good_until else Standing.LAPSED


class Search(models.Model):
    """A search with purpose and case, answered under an opaque id. Private to the person who ran it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="searches")
    asked_at = models.DateTimeField()
    purpose = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    case_number = models.CharField(max_length=20, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The sergeant or ALPR administrator who documented another use, or approved a wide search (D.1.c).",
    )
    review = models.CharField(max_length=500, blank=True, help_text="What was documented.")
    question = models.JSONField(help_text="What was asked, as searching.question says it.")
    approval = models.OneToOneField(
        SearchApproval, on_delete=models.PROTECT, null=True, blank=True, related_name="search"
    )
    result_count = models.PositiveIntegerField(help_text="Reads, or plates; capped, see result_capped.")
    result_capped = models.BooleanField(default=False)
    record_index = models.BigIntegerField(null=True, help_text="The ledger record of the search.")

    class Meta:
        indexes = [models.Index(fields=["asked_by", "-asked_at"], name="search_own_history")]

    def __str__(self) -> str:
        return f"search {self.pk}"
