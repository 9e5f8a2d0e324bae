"""A special list opened to another agency: asked by one, approved by the division commander, for a time (I.2.b)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from hotlists.models.hot_plates import HotPlate
from hotlists.models.lists import HotList


class HotListShareQuerySet(models.QuerySet["HotListShare"]):
    """Questions about shares; the end is arithmetic, never a job."""

    def active(self, at: datetime) -> "HotListShareQuerySet":
        """Approved, begun, and neither over nor ended by then."""
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at), decision="approved", starts_at__lte=at, ends_at__gt=at
        )


class HotListShare(models.Model):
    """One agency, one special list (whole, or the plates named), one period ``[starts_at, ends_at)``."""

    class Decision(models.TextChoices):
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    class AgencyClass(models.TextChoices):
        """What kind of body it is in law; which of them may be given anything is the profile's to say."""

        CA_LEA_LEARN_PARTNER = "ca_lea_learn_partner", "California law enforcement agency, partner in LEARN"
        CA_LEA = "ca_lea", "California law enforcement agency, no partner in LEARN"
        CA_PROSECUTOR = "ca_prosecutor", "California prosecutor's office"
        OUT_OF_STATE = "out_of_state", "Law enforcement agency of another state"
        FEDERAL = "federal", "Federal agency"
        PRIVATE = "private", "Private entity"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hot_list = models.ForeignKey(HotList, on_delete=models.PROTECT, related_name="shares")
    whole_list = models.BooleanField(help_text="Every plate of the list, those entered later too.")
    hot_plates = models.ManyToManyField(HotPlate, blank=True, related_name="shares")
    agency = models.CharField(max_length=120, help_text="As the accounts of its people name it.")
    agency_class = models.CharField("kind of agency", max_length=24, choices=AgencyClass, default=AgencyClass.CA_LEA)
    why = models.CharField(max_length=500)
    case_number = models.CharField(max_length=20, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_words = models.CharField(max_length=300, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)
    profile = models.CharField(max_length=80)

    objects = HotListShareQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="share_decided_by_another",
                violation_error_message="Who asks to share a list does not approve it (I.2.b).",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None)
                | (~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="share_decision_complete",
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None, ended_why="")
                | (Q(ended_by__isnull=False, ended_at__isnull=False, decision="approved") & ~Q(ended_why="")),
                name="share_ending_complete",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="share_ends_after_start"),
            models.CheckConstraint(condition=~Q(agency="") & ~Q(why=""), name="share_names_agency_and_why"),
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"
