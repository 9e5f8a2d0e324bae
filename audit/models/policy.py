"""Which policy profile was in force when, and the legal determinations that settle its contradictions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7


class ProfileVersion(models.Model):
    """A profile's whole text as TOML, checked when it was saved. Never changed.

    Written in the product, or the text that shipped, kept when it was put in force (then nobody prepared it).
    """

    profile = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    based_on = models.CharField(max_length=80, help_text="Stamp of the profile it was made from.")
    note = models.TextField(help_text="What changed, and why.")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    prepared_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "version"], name="one_text_a_version")]

    def __str__(self) -> str:
        return f"{self.profile}@{self.version}"


class ActivationProposal(models.Model):
    """That a profile should be put in force from an instant on; a second person decides."""

    class Decision(models.TextChoices):
        WAITING = "", "Waiting for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    profile = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    effective_from = models.DateTimeField()
    note = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default=Decision.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="activation_two_people",
                violation_error_message="Who proposed does not approve.",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None)
                | Q(~Q(decision=""), decided_by__isnull=False, decided_at__isnull=False),
                name="activation_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile}@{self.version} from {self.effective_from:%Y-%m-%d}"


class PolicyActivation(models.Model):
    """A profile version put in force from an instant on; a later one supersedes it, history stays."""

    profile = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    effective_from = models.DateTimeField()
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    proposal = models.OneToOneField(ActivationProposal, on_delete=models.PROTECT, null=True, blank=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["-effective_from"], name="activation_latest")]

    def __str__(self) -> str:
        return f"{self.profile}@{self.version} from {self.effective_from:%Y-%m-%d}"


class PolicyDetermination(models.Model):
    """A dated, signed answer to a conflict inside an agency's own texts; until one is on file, automation waits."""

    profile = models.CharField(max_length=40)
    conflict = models.CharField(max_length=60, help_text="Name of the conflict in the profile.")
    chosen = models.CharField(max_length=60, help_text="The value that is to be used, as a duration or code.")
    reasoning = models.TextField()
    signed_by = models.CharField(max_length=150, help_text="Name and title of the person who decided.")
    signed_on = models.DateField()
    paper = models.CharField("where the paper is", max_length=200, blank=True, help_text="Reference of the letter.")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.conflict}: {self.chosen}, signed {self.signed_on}"
