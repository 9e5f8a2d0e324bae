"""Other agencies, and in which direction reads flow between them and this one, over time."""

from django.db import models
from simple_history.models import HistoricalRecords

from audit.models.people import Period


class PartnerAgency(models.Model):
    """Another agency or party under its one official name. Its legal class decides what may go to it (C.4, .55(b))."""

    class LegalClass(models.TextChoices):
        CA_LAW = "ca_law", "California law enforcement agency"
        CA_PROSECUTOR = "ca_prosecutor", "California prosecutor"
        CA_PUBLIC = "ca_public", "Other California public agency"
        OUT_OF_STATE = "out_of_state", "Agency of another state"
        FEDERAL = "federal", "Federal agency"
        PRIVATE = "private", "Private party"

    name = models.CharField(max_length=160, unique=True)
    state = models.CharField(max_length=2, default="CA")
    legal_class = models.CharField(max_length=14, choices=LegalClass)
    aliases = models.JSONField(default=list, blank=True, help_text="Other ways it is written.")
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "partner agencies"

    def __str__(self) -> str:
        return self.name


class Sharing(Period):
    """That reads flowed in one direction for a half-open period, and under which paper."""

    class Direction(models.TextChoices):
        HAS_ACCESS = "has_access", "Has access to our reads"
        SHARES = "shares", "Shares its reads with us"

    agency = models.ForeignKey(PartnerAgency, on_delete=models.PROTECT, related_name="sharings")
    direction = models.CharField(max_length=10, choices=Direction)
    authority = models.CharField(max_length=200, blank=True, help_text="Agreement or request it rests on.")
    history = HistoricalRecords()

    class Meta(Period.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.agency_id}"
