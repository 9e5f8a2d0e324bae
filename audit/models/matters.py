"""What a review holds queries against: case numbers, duty hours, and the plates of members and their households."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.models.people import Period


class CaseFile(models.Model):
    """A case as the records system knows it; taken in from its export. Holds no story, only number and dates."""

    number = models.CharField(max_length=40, unique=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True, help_text="The first day on which it was closed.")
    taken_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="case_closes_after_opening"
            )
        ]

    def __str__(self) -> str:
        return self.number


class CaseAssignment(Period):
    """Who worked on a case over time."""

    case = models.ForeignKey(CaseFile, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_assignments")

    class Meta(Period.Meta):
        indexes = [models.Index(fields=["case", "user"], name="case_assignment")]

    def __str__(self) -> str:
        return f"assignment to {self.case_id}"


class Shift(Period):
    """Duty hours of a person, taken in from the duty plan."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(fields=["user", "starts_at"], name="one_shift_a_start"),
        ]

    def __str__(self) -> str:
        return f"shift of {self.user_id}"


class MemberPlate(models.Model):
    """A plate of a member or of their household, as a keyed digest only: a check without a list of people's cars."""

    class Relation(models.TextChoices):
        OWN = "own", "Own vehicle"
        HOUSEHOLD = "household", "Vehicle of the household"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plates")
    digest = models.CharField(max_length=64, db_index=True, help_text="HMAC-SHA-256 of the normalised plate, hex.")
    relation = models.CharField(max_length=10, choices=Relation)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], condition=Q(ended_at=None), name="one_plate_of_a_member")
        ]

    def __str__(self) -> str:
        return f"plate of {self.user_id}"
