"""The voluntary camera registry (H): who offers footage, confirmed by e-mail, free to withdraw at any time."""

from django.db import models
from django.db.models import Q
from phonenumber_field.modelfields import PhoneNumberField

from audit.ids import uuid7


class RegisteredCamera(models.Model):
    """A private camera, offered voluntarily. Never on a public map; contact only for evidence (H.2, H.3)."""

    class Equipment(models.TextChoices):
        DOORBELL = "doorbell", "Doorbell camera"
        HOME = "home", "Home security camera"
        BUSINESS = "business", "Business surveillance"
        DASH = "dash", "Vehicle dash camera"
        OTHER = "other", "Other"

    class Status(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "Waiting for e-mail confirmation"
        CONFIRMED = "confirmed", "Confirmed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contact_name = models.CharField("name of owner or contact", max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(blank=True)
    address = models.CharField("address of the equipment", max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    zip_code = models.CharField("ZIP code", max_length=10, blank=True)
    location_note = models.CharField("where it points", max_length=200, blank=True)
    equipment = models.CharField("type of equipment", max_length=10, choices=Equipment)
    retention_days = models.PositiveSmallIntegerField("days footage is kept", null=True, blank=True)
    consent_version = models.CharField(max_length=20)
    consented_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status, default=Status.UNCONFIRMED)
    token_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the single-use confirmation token.")
    token_expires_at = models.DateTimeField(null=True, blank=True)
    private_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the private link's token.")
    link_sent_at = models.DateTimeField(null=True, blank=True, help_text="When the private link was last sent.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="withdrawn")
                | Q(contact_name="", email="", phone="", address="", withdrawn_at__isnull=False),
                name="withdrawn_keeps_no_contact",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(confirmed_at__isnull=False), name="confirmed_has_time"
            ),
        ]
        indexes = [models.Index(fields=["token_hash"], name="registered_by_token")]

    def __str__(self) -> str:
        return f"registered camera {self.pk}"


class SignUpAttempt(models.Model):
    """One post of the public form, for the limits against spam; holds no contact data."""

    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="sign_up_by_address")]

    def __str__(self) -> str:
        return f"attempt at {self.at:%Y-%m-%d %H:%M:%S}"
