"""Where reads come from: sites, cameras of four owner classes, deployments and device keys (A.1, A.5, A.10-A.14)."""

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from rest_framework_api_key.models import AbstractAPIKey
from simple_history.models import HistoricalRecords

from audit.ids import uuid7


class Site(models.Model):
    """A place with a position in decimal degrees (WGS 84)."""

    name = models.CharField(max_length=120, unique=True)
    latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    kind = models.CharField(max_length=80, blank=True, help_text="City Hall, park, intersection, parking lot ...")
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="site_position_on_earth",
                violation_error_message="Latitude is -90 to 90, longitude -180 to 180.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CameraQuerySet(models.QuerySet["Camera"]):
    """Small questions about cameras."""

    def operational(self, at: datetime) -> "CameraQuerySet":
        """Commissioned, not retired, and deployed somewhere at the instant."""
        deployed = Deployment.objects.at(at).values("camera_id")
        return self.filter(Q(retired_at=None) | Q(retired_at__gt=at), commissioned_at__lte=at, pk__in=deployed)


class Camera(models.Model):
    """A device in public view. ``code`` is what people and device software call it."""

    class OwnerClass(models.TextChoices):
        AGENCY = "agency", "Agency camera"
        CITY = "city", "City camera"
        CITY_TRAFFIC = "city_traffic", "City traffic camera"
        DONOR = "donor", "Private donor camera"

    class Kind(models.TextChoices):
        FIXED = "fixed", "Fixed ALPR"
        VEHICLE = "vehicle", "Vehicle ALPR"
        TRAILER = "trailer", "Mobile trailer"
        VIDEO = "video", "Video only"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.IntegerField(
        unique=True,
        editable=False,
        db_default=Func(Value("cameras_camera_number"), function="nextval", output_field=models.IntegerField()),
        help_text="What each of millions of reads says instead of the id: 4 bytes instead of 16, in row and index.",
    )
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    owner_class = models.CharField(max_length=20, choices=OwnerClass)
    kind = models.CharField(max_length=20, choices=Kind)
    authority = models.CharField(max_length=120, help_text="The department or party under whose authority it stands.")
    bearing = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(359)], help_text="Degrees clockwise from north."
    )
    public_view = models.BooleanField("attested to look at public view only", default=False)
    firmware = models.CharField(max_length=60, blank=True)
    commissioned_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = CameraQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        permissions = [("watch_camera", "Can watch this camera's live picture")]
        constraints = [
            models.CheckConstraint(
                condition=Q(bearing=None) | Q(bearing__lt=360),
                name="camera_bearing_in_circle",
                violation_error_message="A bearing is 0 to 359 degrees.",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(retired_at__gt=F("commissioned_at")),
                name="camera_retired_after_commissioned",
                violation_error_message="A camera is retired after it was commissioned.",
            ),
            # G.1: donor footage is never stored, so a donor camera is video only and makes no reads here.
            models.CheckConstraint(
                condition=~Q(owner_class="donor") | Q(kind="video"),
                name="donor_camera_is_video_only",
                violation_error_message="A private donor camera is video only: its footage is not stored (G.1).",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    """Where cameras stood."""

    def at(self, at: datetime) -> "DeploymentQuerySet":
        """Deployments in force at the instant: ``starts_at <= at < ends_at``."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)


class Deployment(models.Model):
    """A camera at a site for a half-open period, with its official purpose and who approved it (D.1, F.2)."""

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="deployments")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="deployments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    purpose = models.CharField(max_length=300)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = DeploymentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="deployment_ends_after_start",
                violation_error_message="The end must come after the start.",
            ),
            models.CheckConstraint(
                condition=~Q(purpose=""),
                name="deployment_has_purpose",
                violation_error_message="A deployment needs an official purpose (D.1).",
            ),
            models.UniqueConstraint(
                fields=["camera"],
                condition=Q(ends_at=None),
                name="one_open_deployment_per_camera",
                violation_error_message="This camera already stands somewhere; end that deployment first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} at {self.site_id}"


class DeviceKey(AbstractAPIKey):
    """A camera's or upload software's key; write-only: it can post reads of its own camera and nothing else."""

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="keys")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "device key"
        verbose_name_plural = "device keys"
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked=True),
                name="device_key_revoked_when_dated",
                violation_error_message="A key with a date of revocation is revoked.",
            )
        ]
