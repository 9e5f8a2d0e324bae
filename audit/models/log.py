"""What leaves the database of the ledger: origins, keys, checkpoints, and which outside place took which checkpoint."""

from django.db import models
from django.db.models import Q


class LogOrigin(models.Model):
    """A name the log signs under (C2SP checkpoint origin); a new one each year, over the same tree."""

    origin = models.CharField(max_length=120, unique=True)
    since_size = models.BigIntegerField(help_text="The first size signed under this name.")
    opened_at = models.DateTimeField()
    record_index = models.BigIntegerField(null=True, help_text="Ledger record of the opening (the freeze before it).")

    class Meta:
        ordering = ["since_size", "pk"]

    def __str__(self) -> str:
        return self.origin


class LogKey(models.Model):
    """A public key that signed checkpoints from a size on; a later one is vouched for by the one before it."""

    key_id = models.CharField(max_length=16, unique=True)
    public_pem = models.TextField()
    since_size = models.BigIntegerField(help_text="The first size it signs.")
    introduced_at = models.DateTimeField()
    vouched_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    statement = models.TextField(blank=True, help_text="What old and new key both signed at the change.")
    old_signature = models.BinaryField(default=bytes)
    new_signature = models.BinaryField(default=bytes)
    record_index = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["since_size", "pk"]

    def __str__(self) -> str:
        return self.key_id


class Checkpoint(models.Model):
    """A signed head of the log: C2SP checkpoint in a signed note. Never changed."""

    origin = models.CharField(max_length=120)
    size = models.BigIntegerField()
    root = models.BinaryField(help_text="32 bytes.")
    note = models.TextField(help_text="The signed note, byte for byte.")
    key_id = models.CharField(max_length=16)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "size"], name="one_checkpoint_a_size")]
        indexes = [models.Index(fields=["-made_at"], name="checkpoint_latest")]

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"


class CheckpointCopy(models.Model):
    """That a place outside the database took a checkpoint, or would not and why. Never changed."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="copies")
    place = models.CharField(max_length=80, help_text="Such as 'witness: records-room' or 'public page'.")
    at = models.DateTimeField()
    cosignature = models.TextField(blank=True, help_text="The witness's own signature line, where it gives one.")
    fault = models.CharField(max_length=300, blank=True, help_text="Why it was not taken; blank when it was.")

    class Meta:
        indexes = [
            models.Index(fields=["place", "-at"], name="copy_by_place"),
            models.Index(fields=["-at"], condition=Q(fault=""), name="copy_taken_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.fault or 'taken'}"
