"""The roster: who asked for access, who supervises whom, who oversees the system, and when the roster was reviewed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from audit.ids import uuid7
from audit.models.people import Division, Period, User


class Supervision(Period):
    """Who supervised a person over time: approves their access, and never reviews their queries."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="supervisions")
    supervisor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="supervised")
    history = HistoricalRecords()

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(user=F("supervisor")),
                name="nobody_supervises_themselves",
                violation_error_message="Nobody supervises themselves.",
            ),
        ]

    def __str__(self) -> str:
        return f"supervision of {self.user_id}"


class Designation(Period):
    """Who oversees ALPR, and who keeps its records: title and name are public (462.2.1(5), 1798.90.51(b)(2)(E))."""

    class Kind(models.TextChoices):
        DESIGNEE = "designee", "Designee who oversees the ALPR operation"
        CUSTODIAN = "custodian", "Official custodian of the ALPR system"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=150)
    title = models.CharField(max_length=150)
    letter = models.CharField("letter of designation", max_length=200, blank=True, help_text="Its reference and date.")
    history = HistoricalRecords()

    class Meta(Period.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.title} {self.name}"


class AccessRequest(models.Model):
    """A wish for access, on its way: asked, approved by the supervisor, training on file, active (C-01).

    ``person`` is the account it is for; null until activation for somebody who has none yet.
    """

    class Decision(models.TextChoices):
        WAITING = "", "Waiting for the supervisor"
        APPROVED = "approved", "Approved by the supervisor"
        REFUSED = "refused", "Refused by the supervisor"

    class Kind(models.TextChoices):
        STANDING = "standing", "Standing account"
        TEMPORARY = "temporary", "Temporary account, closed within 72 hours"
        EMERGENCY = "emergency", "Emergency account, closed within 72 hours"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="access_requests")
    username = models.CharField(max_length=150)
    first_name = models.CharField(max_length=150)
    last_name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    badge = models.CharField(max_length=20, blank=True)
    employee_number = models.CharField(max_length=20, blank=True)
    classification = models.CharField(max_length=20, choices=User.Classification)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STANDING)
    roles = models.JSONField(help_text="Codes of the roles asked for.")
    why = models.TextField(help_text="Right and need to know, in words.")
    wanted_until = models.DateTimeField(null=True, blank=True)
    supervisor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default=Decision.WAITING)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_words = models.TextField(blank=True)
    activated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    activated_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")) & ~Q(decided_by=F("person")),
                name="access_two_people",
                violation_error_message="Who asks, or whom it is for, does not approve.",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by=None)
                | Q(~Q(decision=""), decided_at__isnull=False, decided_by__isnull=False),
                name="access_decision_whole",
            ),
            models.CheckConstraint(
                condition=Q(activated_at=None, activated_by=None)
                | Q(activated_at__isnull=False, activated_by__isnull=False, person__isnull=False, decision="approved"),
                name="access_active_only_approved",
                violation_error_message="Access opens only after the supervisor approved it.",
            ),
        ]
        indexes = [models.Index(fields=["-asked_at"], name="access_latest")]

    def __str__(self) -> str:
        return f"access for {self.username}"


class RosterReview(models.Model):
    """That somebody went through all accounts and their rights (AC-2(j), AC-6(7): at least once a year)."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accounts = models.PositiveIntegerField()
    drift = models.JSONField(help_text="What differed between roster and accounts, as it stood.")
    words = models.TextField()

    def __str__(self) -> str:
        return f"roster review of {self.at:%Y-%m-%d}"


class Terminal(models.Model):
    """A machine the department knows: what kind it is, and whether it is exempt from the idle limit (AC-11)."""

    class DeviceClass(models.TextChoices):
        DESK = "desk", "Desk"
        DISPATCH = "dispatch", "Dispatch console in a secure room"
        VEHICLE = "vehicle", "Vehicle computer"
        PHONE = "phone", "Phone or tablet"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, unique=True)
    device_class = models.CharField(max_length=10, choices=DeviceClass)
    place = models.CharField(max_length=120, blank=True)
    idle_exempt = models.BooleanField("exempt from the idle limit", default=False)
    idle_exempt_why = models.CharField(max_length=200, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of the enrolment code.")
    code_expires_at = models.DateTimeField(null=True, editable=False)
    token_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    added_at = models.DateTimeField(editable=False)
    enrolled_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords(excluded_fields=["code_hash", "token_hash"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(idle_exempt=False) | Q(Q(device_class__in=["vehicle", "dispatch"]), ~Q(idle_exempt_why="")),
                name="exempt_only_vehicle_or_dispatch",
                violation_error_message="Only vehicles and dispatch consoles may be exempt, and with a reason (AC-11).",
            )
        ]

    def __str__(self) -> str:
        return self.name
