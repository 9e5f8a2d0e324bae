"""Something a person is told inside the product: an end that nears, a hit nobody takes. Holds no plate."""

from django.conf import settings
from django.db import models

from audit.ids import uuid7


class Notice(models.Model):
    """One message to one person. ``key`` makes it once: told again, nothing happens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    key = models.CharField(max_length=120)
    at = models.DateTimeField()
    words = models.CharField(max_length=300)
    path = models.CharField(max_length=200, help_text="The page it leads to.")
    urgent = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="told_once")]
        indexes = [
            models.Index(fields=["recipient", "-at"], name="notice_by_person"),
            models.Index(fields=["recipient"], condition=models.Q(seen_at=None), name="notice_unseen"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"
