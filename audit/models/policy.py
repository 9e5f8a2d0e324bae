"""Which policy profile was in force when, and the legal determinations that settle its contradictions."""

from django.conf import settings
from django.db import models


class PolicyActivation(models.Model):
    """A profile version put in force from an instant on; a later one supersedes it, history stays."""

    profile = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    effective_from = models.DateTimeField()
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)

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
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.conflict}: {self.chosen}, signed {self.signed_on}"
