"""People, where they work, what they are certified for, and which role they had on which day.

Every assignment is a half-open period ``[starts_at, ends_at)``; null ``ends_at`` means until further notice.
"""

from datetime import date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.lookups import LessThanOrEqual
from simple_history.models import HistoricalRecords

# Instants are subtracted: opened_at plus an interval would count calendar days.
_OPEN_FOR = ExpressionWrapper(F("expires_at") - F("opened_at"), output_field=DurationField())


class PeriodQuerySet(models.QuerySet):
    """Rows that hold for a half-open period."""

    def at(self, at: datetime) -> Self:
        """Those in force at the instant."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)


class Period(models.Model):
    """A half-open period with its constraint."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="%(app_label)s_%(class)s_ends_after_start",
                violation_error_message="The end must come after the start.",
            )
        ]


class User(AbstractUser):
    """A person with an account. Accounts are personal, never shared, and user names are never used again (IA-4)."""

    class Classification(models.TextChoices):
        OFFICER = "officer", "Police officer"
        DETECTIVE = "detective", "Detective"
        SERGEANT = "sergeant", "Sergeant"
        LIEUTENANT = "lieutenant", "Lieutenant"
        CAPTAIN = "captain", "Captain"
        CHIEF = "chief", "Chief of Police"
        CSO = "cso", "Community service officer"
        PROFESSIONAL = "professional", "Professional staff"
        DISPATCHER = "dispatcher", "Dispatcher"
        PUBLIC_SAFETY_IT = "public_safety_it", "Public Safety IT staff"
        CONTRACTOR = "contractor", "Independent contractor"

    badge = models.CharField(max_length=20, blank=True)
    employee_number = models.CharField(
        max_length=20, blank=True, help_text="One per person; two accounts of one person share it."
    )
    classification = models.CharField(max_length=20, choices=Classification, default=Classification.PROFESSIONAL)
    organisation = models.CharField(
        max_length=200, blank=True, help_text="Blank for this agency; else the partner agency's name."
    )

    class Kind(models.TextChoices):
        STANDING = "standing", "Standing account"
        TEMPORARY = "temporary", "Temporary account"
        EMERGENCY = "emergency", "Emergency account"

    account_kind = models.CharField(max_length=10, choices=Kind, default=Kind.STANDING)
    opened_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it was opened, or opened again; the idle clock starts here.",
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="When it closes by itself. Temporary accounts: 72 hours at most (AC-2(2))."
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.CharField(max_length=300, blank=True)
    notice_accepted_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["password", "last_login", "notice_accepted_at"])

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(suspended_at=None) | Q(is_active=False),
                name="suspended_is_inactive",
                violation_error_message="A suspended account cannot be active.",
            ),
            models.CheckConstraint(
                condition=Q(account_kind="standing")
                | (
                    Q(opened_at__isnull=False, expires_at__isnull=False, expires_at__gt=F("opened_at"))
                    & Q(LessThanOrEqual(_OPEN_FOR, Value(timedelta(hours=72))))
                ),
                name="temporary_account_ends",
                violation_error_message="A temporary or emergency account ends within 72 hours (AC-2(2)).",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def has_run_out(self, at: datetime) -> bool:
        """Whether the account's own end has come: it holds in ``[opened_at, expires_at)``."""
        return self.expires_at is not None and self.expires_at <= at

    @property
    def in_use_since(self) -> datetime:
        """From when the idle clock counts: the last sign-in or the opening, whichever came later (AC-2(3))."""
        return max(filter(None, (self.last_login, self.opened_at)), default=self.date_joined)

    @property
    def display_name(self) -> str:
        """Name as shown on pages: full name, or the user name; with the badge where there is one."""
        name = self.get_full_name() or self.username
        return f"{name} #{self.badge}" if self.badge else name


class Division(models.Model):
    """An organisational unit: Patrol, Investigations, the Real-Time Information Center, Communications."""

    name = models.CharField(max_length=120, unique=True)
    is_rtic = models.BooleanField("is the Real-Time Information Center", default=False)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_rtic"],
                condition=Q(is_rtic=True),
                name="one_rtic",
                violation_error_message="There is one Real-Time Information Center.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Employment(Period):
    """When a person was employed (or contracted)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="employments")

    class Meta(Period.Meta):
        pass

    def __str__(self) -> str:
        return f"employment of {self.user_id}"


class DivisionAssignment(Period):
    """Which division a person belonged to; assignment to the RTIC makes an ALPR administrator possible (A.2)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="assignments")

    class Meta(Period.Meta):
        pass

    def __str__(self) -> str:
        return f"assignment to {self.division_id}"


class DivisionCommand(Period):
    """Who commanded a division over time (D.2.b(2)(a), E, F.2.e, I.2.b)."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="commands")
    commander = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commands")

    class Meta(Period.Meta):
        pass

    def __str__(self) -> str:
        return f"command of {self.division_id}"


class Certificate(models.Model):
    """A course passed, with its expiry. A.3: CLETS less-than-full-operator (or equivalent) and ALPR training."""

    class Kind(models.TextChoices):
        CLETS = "clets", "CLETS less than full operator, or equivalent"
        ALPR = "alpr", "ALPR training"
        PSCN = "pscn", "Public safety camera network training"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=10, choices=Kind)
    issued_on = models.DateField()
    expires_on = models.DateField(help_text="The first day on which it no longer holds.")
    reference = models.CharField(max_length=80, blank=True, help_text="Course and certificate number.")
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("issued_on")),
                name="certificate_expires_after_issue",
                violation_error_message="A certificate must expire after it was issued.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {self.expires_on}"

    def valid_on(self, day: date) -> bool:
        """Whether it holds on the day: ``issued_on <= day < expires_on``."""
        return self.issued_on <= day < self.expires_on


class RoleGrant(Period):
    """A role held for a period: the roster of D.2.c, with history."""

    class Role(models.TextChoices):
        OFFICER = "officer", "Officer"
        DETECTIVE = "detective", "Detective"
        DISPATCHER = "dispatcher", "Dispatcher"
        ALPR_ADMINISTRATOR = "alpr_administrator", "ALPR administrator"
        COMMANDER = "commander", "Division commander"
        AUDITOR = "auditor", "Auditor"
        RECORDS_CLERK = "records_clerk", "Records clerk"
        CUSTODIAN = "custodian", "Custodian of records"
        TRAINING_SERGEANT = "training_sergeant", "Training sergeant"
        SYSTEM_ADMINISTRATOR = "system_administrator", "System administrator"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=30, choices=Role)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords()

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=F("user")),
                name="nobody_grants_themselves",
                violation_error_message="Nobody grants a role to themselves.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
