"""Whose lists there are: sources, hot lists with their rights, keys of software that hands lists in (A.8, I)."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from rest_framework_api_key.models import AbstractAPIKey
from simple_history.models import HistoricalRecords

from audit.models import User


class HotListSource(models.Model):
    """An issuing authority and its supply: the department itself, the state's stolen vehicle system, NCIC.

    ``code`` names its folder for pick-up. File types are the supplier's own names of its files ("VEHICLE",
    "IMMIGRATION_VIOLATOR"); what the profile refuses is refused whatever stands here (C.5).
    """

    class Kind(models.TextChoices):
        OWN = "own", "Entered here"
        STATE = "state", "State system"
        NATIONAL = "national", "National extract"
        AGENCY = "agency", "Another agency"

    name = models.CharField(max_length=120, unique=True)
    code = models.SlugField(max_length=40, unique=True, null=True, blank=True, help_text="Its folder for pick-up.")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OWN)
    authority = models.CharField(max_length=200)
    refresh_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="How often it should be renewed.")
    layout = models.CharField(max_length=60, blank=True, help_text="The column layout its files usually have.")
    accepted_types = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="File types taken; none named: all."
    )
    refused_types = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="File types dropped, besides the policy's."
    )
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class SourceKey(AbstractAPIKey):
    """The key of software that hands in a source's files: it can do that and nothing else."""

    source = models.ForeignKey(HotListSource, on_delete=models.PROTECT, related_name="keys")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "source key"
        verbose_name_plural = "source keys"


class HotListQuerySet(models.QuerySet["HotList"]):
    """Who sees which list."""

    def visible_to(self, user: User, at: datetime) -> "HotListQuerySet":
        """Ordinary lists for the department's people, and the special ones open to the person at the instant."""
        from hotlists import access

        granted = access.granted(user, at)
        opened = Q(pk__in=granted.lists)
        return self.filter(opened | ~Q(kind=HotList.Kind.SPECIAL) if granted.ordinary else opened)

    def granted_to(self, user: User, at: datetime) -> "HotListQuerySet":
        """The lists granted to the person, by name or group, or shared whole with their agency."""
        from hotlists import access

        return self.filter(pk__in=access.granted(user, at).lists)

    def takes_entries(self, at: datetime) -> "HotListQuerySet":
        """Ordinary lists, and special ones that were opened by then and not closed."""
        in_use = Q(opened_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=at))
        return self.filter(~Q(kind=HotList.Kind.SPECIAL) | in_use)

    def open_for_entry(self, user: User, at: datetime) -> "HotListQuerySet":
        """The lists a person of the department may enter plates on at the instant; a guest on none."""
        return self.none() if user.organisation else self.visible_to(user, at).takes_entries(at)


class HotList(models.Model):
    """A list of hot plates. Hits on a special list are informational only and seen by those granted it (I)."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", "Hot list"
        SPECIAL = "special", "Special hot list"

    class Near(models.TextChoices):
        """What beside the very plate is shown as a possible match; never a hit (docs/adr/0009)."""

        EXACT = "exact", "Nothing"
        LOOKALIKE = "lookalike", "Look-alikes"
        EDIT1 = "edit1", "Look-alikes and one character off"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ORDINARY)
    source = models.ForeignKey(HotListSource, on_delete=models.PROTECT, related_name="hot_lists")
    near = models.CharField("possible matches", max_length=10, choices=Near, default=Near.EDIT1)
    live_import = models.ForeignKey(
        "HotListImport",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        help_text="The import whose rows are live now: changing this one value is the swap.",
    )
    why = models.CharField(max_length=500, blank=True, help_text="What a special list is for (A.15).")
    case_number = models.CharField(max_length=20, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_why = models.CharField(max_length=300, blank=True, editable=False)

    objects = HotListQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        permissions = [("see_hits", "Can see this list's plates and hits")]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_by=None) | Q(asked_by=None) | ~Q(opened_by=F("asked_by")),
                name="hot_list_opened_by_another",
                violation_error_message="A special hot list is opened by another person than the one who asked.",
            ),
            models.CheckConstraint(
                condition=(Q(asked_by=None, asked_at=None))
                | (Q(asked_by__isnull=False, asked_at__isnull=False) & ~Q(why="") & ~Q(case_number="")),
                name="hot_list_asked_for_with_why",
            ),
            models.CheckConstraint(
                # A list from before requests were kept has nobody who asked for it, and nobody who opened it.
                condition=Q(opened_by=None, opened_at=None)
                | Q(opened_by=None, asked_by=None)
                | Q(opened_by__isnull=False, opened_at__isnull=False, asked_by__isnull=False),
                name="hot_list_opening_complete",
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None, closed_at=None, closed_why="")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(closed_why="")),
                name="hot_list_closing_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HotListUserObjectPermission(UserObjectPermissionBase):
    """A person's right on one list: a real foreign key, so that a deleted list leaves no right behind."""

    content_object = models.ForeignKey(HotList, on_delete=models.CASCADE)


class HotListGroupObjectPermission(GroupObjectPermissionBase):
    """A group's right on one list."""

    content_object = models.ForeignKey(HotList, on_delete=models.CASCADE)
