"""What we look for: hot plates with their authority and their clock (A.8, A.15, E)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.lookups import LessThanOrEqual
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from audit.models import User
from hotlists.models.imports import HotListImport
from hotlists.models.lists import HotList

# A difference of instants is elapsed time. "start + 1 day" would not be: PostgreSQL adds a calendar day in the
# session's zone, and one of those is 25 hours long every year.
_ELAPSED = ExpressionWrapper(F("expires_at") - F("effective_from"), output_field=DurationField())


class HotPlateQuerySet(models.QuerySet["HotPlate"]):
    """Questions about hot plates; the clock is arithmetic, never a job."""

    def active(self, at: datetime) -> "HotPlateQuerySet":
        """Live at the instant: ``effective_from <= at < expires_at`` and not withdrawn by then."""
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=at),
            Q(withdrawn_at=None) | Q(withdrawn_at__gt=at),
            effective_from__lte=at,
        )

    def ended(self, at: datetime) -> "HotPlateQuerySet":
        """Past their end at the instant, and not withdrawn before it."""
        return self.filter(withdrawn_at=None, expires_at__lte=at)

    def withdrawn(self, at: datetime) -> "HotPlateQuerySet":
        """Withdrawn by the instant."""
        return self.filter(withdrawn_at__lte=at)

    def visible_to(self, user: User, at: datetime) -> "HotPlateQuerySet":
        """Those on lists the person may see at the instant, and those shared with their agency by name."""
        from hotlists import access

        return self.filter(access.granted(user, at).entries())

    def workable_by(self, user: User, at: datetime) -> "HotPlateQuerySet":
        """Those a person may renew or withdraw: a guest sees what is shared and changes nothing (I.2.b)."""
        return self.none() if user.organisation else self.visible_to(user, at)

    def due_to_expire(self, at: datetime) -> "HotPlateQuerySet":
        """Past their end, not withdrawn, and the end not yet recorded."""
        return self.filter(expires_at__lte=at, withdrawn_at=None, expiry_recorded_at=None)


class HotPlate(models.Model):
    """One entry. Exactly one of case number and XREF; at most 24 elapsed hours where ``max_ttl_applies``.

    A row of an imported list becomes one when a read first matches it, so that hits point at something that stays
    (``listed_digest``, ``imported_from``): it has no case, nobody entered it, and it ends when it leaves the list.
    """

    class Category(models.TextChoices):
        STOLEN_VEHICLE = "stolen_vehicle", "Stolen vehicle"
        STOLEN_PLATE = "stolen_plate", "Stolen plate"
        MISSING_PERSON = "missing_person", "Missing person"
        WANTED_PERSON = "wanted_person", "Wanted person"
        VIOLENT_CRIME = "violent_crime", "Violent crime"
        NAMED_SUSPECT = "named_suspect", "Named suspect's vehicle"
        OTHER = "other", "Other, as described"

    class System(models.TextChoices):
        SVS = "SVS", "SVS"
        SLR = "SLR", "SLR"
        SFR = "SFR", "SFR"
        MUPS = "MUPS", "MUPS"
        NCIC = "NCIC", "NCIC"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hot_list = models.ForeignKey(HotList, on_delete=models.PROTECT, related_name="hot_plates")
    plate = models.CharField(max_length=8, db_collation="C", help_text="? stands for one unknown character.")
    partial = models.BooleanField(default=False, help_text="Never a hit, only possible matches.")
    incident_number = models.CharField(max_length=30, blank=True, help_text="A partial plate is tied to it (462.3(c)).")
    state = models.CharField(max_length=2, blank=True)
    vehicle_description = models.CharField(max_length=200, blank=True)
    case_number = models.CharField(max_length=20, blank=True)
    xref = models.CharField("XREF", max_length=20, blank=True)
    category = models.CharField(max_length=20, choices=Category)
    reason = models.CharField(max_length=500)
    system = models.CharField("CLETS/NCIC system", max_length=4, choices=System, blank=True)
    system_entry_number = models.CharField(max_length=30, blank=True)
    system_entered_at = models.DateTimeField(null=True, blank=True)
    system_entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    system_cleared_at = models.DateTimeField(null=True, blank=True)
    system_cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    not_listed_why = models.CharField(
        "why not in CLETS/NCIC",
        max_length=300,
        blank=True,
        help_text="On a special list: which criterion fails (A.15).",
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    imported_from = models.ForeignKey(
        HotListImport, on_delete=models.PROTECT, null=True, editable=False, related_name="hot_plates"
    )
    listed_digest = models.UUIDField(null=True, editable=False, help_text="Of the imported row; the same is one entry.")
    file_type = models.CharField(max_length=40, blank=True, help_text="The supplier's own name of the row's file.")
    effective_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    max_ttl_applies = models.BooleanField(default=True, help_text="The profile in force at entry capped its life.")
    profile = models.CharField(max_length=80, help_text="Policy profile and version under which it was entered.")
    renewal_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewals")
    renewed_times = models.PositiveSmallIntegerField(default=0, help_text="How many entries stand before it.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    expiry_recorded_at = models.DateTimeField(null=True, blank=True)

    objects = HotPlateQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(case_number="") & ~Q(xref=""))
                | (~Q(case_number="") & Q(xref=""))
                | Q(listed_digest__isnull=False, case_number="", xref=""),
                name="hot_plate_case_xor_xref",
                violation_error_message="Give the case number or else the subject's XREF: exactly one (E.1.a).",
            ),
            models.CheckConstraint(
                condition=Q(max_ttl_applies=False)
                | (Q(expires_at__isnull=False) & Q(LessThanOrEqual(_ELAPSED, Value(timedelta(hours=24))))),
                name="hot_plate_at_most_24_hours",
                violation_error_message="A hot plate lives at most 24 hours (E.2).",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("effective_from")),
                name="hot_plate_ends_after_start",
                violation_error_message="The end must come after the start.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="hot_plate_withdrawal_complete",
                violation_error_message="A withdrawal needs who, when and why.",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hot_plate_has_reason"),
            models.CheckConstraint(
                condition=Q(partial=False, plate__regex=r"^[A-Z0-9]{1,8}$")
                | (Q(partial=True, plate__regex=r"^[A-Z0-9?]*[?][A-Z0-9?]*$") & ~Q(incident_number="")),
                name="hot_plate_is_normalised",
                violation_error_message="A plate is letters and digits; a partial one has an incident (462.3(c)).",
            ),
            models.CheckConstraint(
                condition=Q(entered_by__isnull=False, listed_digest=None, imported_from=None)
                | Q(entered_by=None, listed_digest__isnull=False, imported_from__isnull=False),
                name="hot_plate_entered_or_imported",
            ),
            models.CheckConstraint(
                condition=Q(system_cleared_at=None, system_cleared_by=None)
                | Q(system_cleared_at__isnull=False, system_cleared_by__isnull=False),
                name="hot_plate_clearing_complete",
            ),
            models.UniqueConstraint(
                fields=["hot_list", "listed_digest"],
                condition=Q(listed_digest__isnull=False, expires_at=None),
                name="imported_row_is_one_hot_plate",
            ),
        ]
        indexes = [
            models.Index(fields=["plate"], condition=Q(withdrawn_at=None), name="hot_plate_lookup"),
            models.Index(
                fields=["expires_at"],
                condition=Q(expiry_recorded_at=None, withdrawn_at=None),
                name="hot_plate_due",
            ),
        ]

    def __str__(self) -> str:
        return f"hot plate {self.pk}"
