"""Inspections of queries (D.2.b(2)) and the weekly review of the log (AU-6): draw, marks, findings, reports."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.ids import uuid7
from audit.models.people import Division

USER = settings.AUTH_USER_MODEL


class Inspection(models.Model):
    """One inspection of one half-open period ``[starts_at, ends_at)``. Drawn once; never drawn again."""

    class Kind(models.TextChoices):
        QUERIES = "queries", "Inspection of queries"
        LOG = "log", "Weekly review of the log"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    rule = models.CharField(max_length=20, help_text="calendar_quarter, every_90_days or weekly.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_on = models.DateField(help_text="The last day on which it is in time.")
    opened_at = models.DateTimeField()
    method = models.PositiveSmallIntegerField(default=1, help_text="Version of the way to draw.")
    settings_used = models.JSONField(default=dict, help_text="Sample sizes and limits of the flags, as drawn with.")
    drawn_at = models.DateTimeField(null=True)
    drawn_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    seed = models.CharField(max_length=64, blank=True, help_text="Hex; published.")
    seed_source = models.TextField(blank=True, help_text="From what the seed was made, so that anyone can make it.")
    log_size = models.BigIntegerField(null=True, help_text="Size of the log the frame was taken from.")
    frame_count = models.BigIntegerField(null=True)
    frame_sha256 = models.CharField(max_length=64, blank=True)
    frame_file = models.CharField(max_length=200, blank=True, help_text="Name in the folder of work papers.")
    reviewer = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    summary = models.TextField(blank=True)
    approver = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    report = models.BinaryField(null=True, help_text="The signed report, PDF.")
    report_sha256 = models.CharField(max_length=64, blank=True)
    report_signature = models.BinaryField(null=True)
    report_key_id = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ["-starts_at", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "starts_at"], name="one_inspection_a_period"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="inspection_ends_after_start"),
            models.CheckConstraint(
                condition=Q(approver=None) | ~Q(approver=F("reviewer")),
                name="inspection_two_people",
                violation_error_message="Who reviewed does not approve.",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None) | Q(signed_at__isnull=False), name="inspection_signed_before_approved"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.starts_at:%Y-%m-%d}"


class InspectedQuery(models.Model):
    """A query that was drawn or flagged, and its mark. ``ref`` is a ledger index or the id of an imported query."""

    class Source(models.TextChoices):
        LEDGER = "ledger", "Made here"
        ELSEWHERE = "elsewhere", "Made elsewhere"

    class Mark(models.TextChoices):
        NONE = "", "Not reviewed yet"
        COMPLIANT = "compliant", "Compliant"
        EXPLAIN = "explain", "Needs explanation"
        OUT = "out", "Out of compliance"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="queries")
    source = models.CharField(max_length=10, choices=Source)
    ref = models.BigIntegerField()
    at = models.DateTimeField()
    employee = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    employee_name = models.CharField(max_length=150)
    organisation = models.CharField(max_length=200, blank=True)
    sampled = models.BooleanField()
    strata = models.JSONField(default=list)
    flags = models.JSONField(default=list, help_text="[{code, words}]: the rule and its explanation in figures.")
    mark = models.CharField(max_length=10, choices=Mark, blank=True, default=Mark.NONE)
    words = models.TextField(blank=True)
    reviewer = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    marked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspection", "source", "ref"], name="one_look_a_query"),
            models.CheckConstraint(
                condition=Q(reviewer=None) | Q(employee=None) | ~Q(reviewer=F("employee")),
                name="nobody_reviews_their_own_query",
                violation_error_message="Nobody reviews a query of their own.",
            ),
            models.CheckConstraint(
                condition=Q(mark="", reviewer=None, marked_at=None)
                | Q(~Q(mark=""), reviewer__isnull=False, marked_at__isnull=False),
                name="mark_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["inspection", "mark"], name="inspected_by_mark")]

    def __str__(self) -> str:
        return f"inspected query {self.source} {self.ref}"


class Finding(models.Model):
    """What an inspection found wrong, sent to the employee's division commander (D.2.b(2)(a)), with its clock."""

    class Kind(models.TextChoices):
        QUERY = "query", "Query out of compliance"
        EXPLANATION = "explanation", "Query that needs an explanation"
        UNMATCHED = "unmatched", "User of another system who is not on the roster"
        MISSING = "missing", "Weeks without an audit export"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="findings")
    query = models.OneToOneField(InspectedQuery, on_delete=models.PROTECT, null=True, related_name="finding")
    kind = models.CharField(max_length=12, choices=Kind)
    about = models.CharField(max_length=200, blank=True, help_text="The account or weeks, where it is not a query.")
    employee = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    commander = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    routed_why = models.CharField(max_length=300, blank=True, help_text="Why it went to this commander.")
    words = models.TextField()
    raised_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    measure = models.CharField(max_length=40, blank=True, help_text="Code of what was done.")
    answered_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    closing_words = models.TextField(blank=True)
    closed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | Q(employee=None) | ~Q(answered_by=F("employee")),
                name="nobody_answers_for_themselves",
                violation_error_message="Nobody answers a finding about themselves.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(answered_at__isnull=False, closed_by__isnull=False),
                name="finding_answered_before_closed",
            ),
            models.UniqueConstraint(
                fields=["inspection", "kind", "about"], condition=Q(query=None), name="one_finding_about_a_thing"
            ),
        ]
        indexes = [models.Index(fields=["commander", "closed_at"], name="finding_by_commander")]

    def __str__(self) -> str:
        return f"finding of {self.raised_at:%Y-%m-%d}"
