"""A search as it was asked; its results are looked up anew, and recorded anew, at each page."""

from django.conf import settings
from django.db import models

from audit.ids import uuid7
from cameras.models import Camera


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
        help_text="The sergeant or ALPR administrator who documented another use (D.1.c).",
    )
    review = models.CharField(max_length=500, blank=True, help_text="What was documented.")
    plate = models.CharField(max_length=8)
    state = models.CharField(max_length=2, blank=True)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    result_count = models.PositiveIntegerField(help_text="Capped; see result_capped.")
    result_capped = models.BooleanField(default=False)
    record_index = models.BigIntegerField(null=True, help_text="The ledger record of the search.")

    class Meta:
        indexes = [models.Index(fields=["asked_by", "-asked_at"], name="search_own_history")]

    def __str__(self) -> str:
        return f"search {self.pk}"
