"""The access ledger: append-only by rights and trigger, ordered without gaps, hashed as an RFC 9162 log.

It stores subjects as text and knows no other app, so that a purge can never touch it.
"""

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit import leaf
from audit.actions import ActorKind, Outcome, action_choices


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    """Small questions an auditor asks."""

    def by_actor(self, name: str) -> "LedgerQuerySet":
        return self.filter(username=name)

    def about(self, subject_type: str, subject_id: str) -> "LedgerQuerySet":
        return self.filter(subject_type=subject_type, subject_id=subject_id)

    def between(self, start: Any, end: Any) -> "LedgerQuerySet":
        """Half-open period ``[start, end)`` of the database's clock."""
        return self.filter(recorded_at__gte=start, recorded_at__lt=end)


class LedgerEntry(models.Model):
    """One act or look. Civil Code 1798.90.52(a): when, the query, username and organisation, purpose."""

    index = models.BigIntegerField(primary_key=True, help_text="Position in the log, from 0, without gaps.")
    version = models.PositiveSmallIntegerField(default=leaf.VERSION)
    at = models.DateTimeField(help_text="When the act happened, by the application's clock.")
    recorded_at = models.DateTimeField(help_text="When it was written, by the database's clock.")
    action = models.CharField(max_length=40, choices=action_choices)
    outcome = models.CharField(max_length=10, choices=Outcome)
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    username = models.CharField(max_length=150)
    organisation = models.CharField(max_length=200)
    address = models.CharField(max_length=45, help_text="Network address, or 'local' for the product's own clockwork.")
    device_class = models.CharField(max_length=20, blank=True)
    session = models.CharField(max_length=8, blank=True, help_text="First characters of the session's key.")
    purpose = models.CharField(max_length=60, help_text="Purpose code of the active profile, or the act's own.")
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    result_count = models.BigIntegerField(null=True, blank=True)
    duration_us = models.BigIntegerField(help_text="How long the act took, in microseconds.")
    rule_code = models.CharField(max_length=60, blank=True)
    citation = models.CharField(max_length=200, blank=True)
    profile = models.CharField(max_length=80, blank=True, help_text="Policy profile and version in force.")
    commitments = models.BinaryField(help_text="Salted commitments to the sensitive fields, 32 bytes each.")
    leaf_hash = models.BinaryField()
    nodes = models.BinaryField(help_text="Roots of the subtrees this entry completes, level 1 upwards.")
    root = models.BinaryField(help_text="Root of the tree with this entry as its last.")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = "ledger record"
        verbose_name_plural = "ledger records"
        constraints = [
            models.CheckConstraint(
                condition=(Q(outcome="refused") & ~Q(rule_code="") & ~Q(citation=""))
                | (~Q(outcome="refused") & Q(rule_code="", citation="")),
                name="ledger_refused_iff_cited",
            ),
            models.CheckConstraint(
                condition=~Q(username="") & ~Q(organisation="") & ~Q(purpose="") & ~Q(address="") & ~Q(action=""),
                name="ledger_statutory_fields_present",
            ),
            models.CheckConstraint(condition=Q(index__gte=0), name="ledger_index_from_zero"),
        ]
        indexes = [
            models.Index(fields=["username", "index"], name="ledger_by_actor"),
            models.Index(fields=["subject_type", "subject_id", "index"], name="ledger_by_subject"),
            models.Index(fields=["action", "index"], name="ledger_by_action"),
            models.Index(fields=["recorded_at"], name="ledger_by_time"),
            models.Index(fields=["index"], condition=Q(outcome="refused"), name="ledger_refused"),
        ]

    def __str__(self) -> str:
        return f"record {self.index}"

    def leaf_fields(self) -> dict[str, object]:
        """The fields of the canonical leaf, in the clear or as commitments in hex."""
        pieces = leaf.slices(bytes(self.commitments))
        return {
            "v": self.version,
            "index": self.index,
            "at": leaf.instant(self.at),
            "recorded_at": leaf.instant(self.recorded_at),
            "action": str(self.action),
            "outcome": str(self.outcome),
            "actor_kind": str(self.actor_kind),
            "actor": self.actor_id,
            "username": self.username,
            "organisation": self.organisation,
            "address": self.address,
            "device_class": self.device_class,
            "session": self.session,
            "purpose": self.purpose,
            "subject_type": self.subject_type,
            "subject_id": self.subject_id,
            "result_count": self.result_count,
            "duration_us": self.duration_us,
            "rule_code": self.rule_code,
            "citation": self.citation,
            "profile": self.profile,
        } | {name: piece.hex() for name, piece in zip(leaf.SENSITIVE, pieces, strict=True)}

    def leaf(self) -> bytes:
        """The canonical leaf whose hash is ``leaf_hash``."""
        return leaf.canonical(self.leaf_fields())


class LedgerDetail(models.Model):
    """The clear values behind a record's commitments. Null means withheld or destroyed; the log still verifies."""

    entry = models.OneToOneField(
        LedgerEntry, on_delete=models.PROTECT, primary_key=True, related_name="clear", db_constraint=True
    )
    query = models.TextField(null=True, help_text="JSON of the plate or other data elements used to query.")  # noqa: DJ001 - null is "destroyed"
    reason = models.TextField(null=True)  # noqa: DJ001 - null is "destroyed", "" is "none given"
    case_number = models.TextField(null=True)  # noqa: DJ001 - as above
    subject_label = models.TextField(null=True)  # noqa: DJ001 - as above
    detail = models.TextField(null=True, help_text="JSON of old and new values.")  # noqa: DJ001 - as above
    salts = models.BinaryField()

    class Meta:
        verbose_name = "clear value of a ledger record"

    def __str__(self) -> str:
        return f"clear values of record {self.entry_id}"

    def values(self) -> list[str | None]:
        """The sensitive values in the order of ``leaf.SENSITIVE``."""
        return [getattr(self, name) for name in leaf.SENSITIVE]

    @property
    def query_elements(self) -> dict[str, Any]:
        """The data elements used to query, for display."""
        return json.loads(self.query) if self.query else {}
