"""What we look for: sources, hot lists, and hot plates with their authority and their clock (A.8, A.15, E)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.lookups import LessThanOrEqual
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from audit.models import User

# A difference of instants is elapsed time. "start + 1 day" would not be: PostgreSQL adds a calendar day in the
# session's zone, and one of those is 25 hours long every year.
_ELAPSED = ExpressionWrapper(F("expires_at") - F("effective_from"), output_field=DurationField())


class HotListSource(models.Model):
    """An issuing authority and its supply: the department itself, the state's stolen vehicle system, NCIC."""

    name = models.CharField(max_length=120, unique=True)
    authority = models.CharField(max_length=200)
    refresh_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="How often it should be renewed.")
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class HotListQuerySet(models.QuerySet["HotList"]):
    """Who sees which list."""

    def visible_to(self, user: User) -> "HotListQuerySet":
        """Ordinary lists, and those special ones on which the person (or a group of theirs) was granted ``see_hits``.

        Being a superuser opens nothing (I.2.a; C-09: who runs the machine does not search the data).
        """
        return self.filter(~Q(kind=HotList.Kind.SPECIAL) | Q(pk__in=self.granted_to(user).values("pk")))

    def granted_to(self, user: User) -> "HotListQuerySet":
        """The lists granted to the person by name or group. Nobody of another agency is granted any, whatever is
        on file (I.2.a: hits on a special list stay with the department)."""
        if user.organisation:
            return self.none()
        granted = get_objects_for_user(
            user, "hotlists.see_hits", HotList, with_superuser=False, accept_global_perms=False
        )
        return self.filter(pk__in=granted.values("pk"))


class HotList(models.Model):
    """A list of hot plates. Hits on a special list are informational only and seen by those granted it (I)."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", "Hot list"
        SPECIAL = "special", "Special hot list"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ORDINARY)
    source = models.ForeignKey(HotListSource, on_delete=models.PROTECT, related_name="hot_lists")

    objects = HotListQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        permissions = [("see_hits", "Can see this list's plates and hits")]

    def __str__(self) -> str:
        return self.name


class HotListUserObjectPermission(UserObjectPermissionBase):
    """A person's right on one list: a real foreign key, so that a deleted list leaves no right behind."""

    content_object = models.ForeignKey(HotList, on_delete=models.CASCADE)


class HotListGroupObjectPermission(GroupObjectPermissionBase):
    """A group's right on one list."""

    content_object = models.ForeignKey(HotList, on_delete=models.CASCADE)


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

    def visible_to(self, user: User) -> "HotPlateQuerySet":
        """Those on lists the person may see."""
        return self.filter(hot_list__in=HotList.objects.visible_to(user).values("pk"))

    def due_to_expire(self, at: datetime) -> "HotPlateQuerySet":
        """Past their end, not withdrawn, and the end not yet recorded."""
        return self.filter(expires_at__lte=at, withdrawn_at=None, expiry_recorded_at=None)


class HotPlate(models.Model):
    """One entry. Exactly one of case number and XREF; at most 24 elapsed hours where ``max_ttl_applies``."""

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
    plate = models.CharField(max_length=8)
    state = models.CharField(max_length=2, blank=True)
    vehicle_description = models.CharField(max_length=200, blank=True)
    case_number = models.CharField(max_length=20, blank=True)
    xref = models.CharField("XREF", max_length=20, blank=True)
    category = models.CharField(max_length=20, choices=Category)
    reason = models.CharField(max_length=500)
    system = models.CharField("CLETS/NCIC system", max_length=4, choices=System, blank=True)
    system_entry_number = models.CharField(max_length=30, blank=True)
    system_entered_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    max_ttl_applies = models.BooleanField(default=True, help_text="The profile in force at entry capped its life.")
    profile = models.CharField(max_length=80, help_text="Policy profile and version under which it was entered.")
    renewal_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewals")
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
                condition=(Q(case_number="") & ~Q(xref="")) | (~Q(case_number="") & Q(xref="")),
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
            models.CheckConstraint(condition=Q(plate__regex=r"^[A-Z0-9]{1,8}$"), name="hot_plate_is_normalised"),
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
