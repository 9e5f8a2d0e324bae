"""What a read's folded plate is looked up by: one probe finds hits and possible matches alike (docs/adr/0009)."""

from django.db import models

from hotlists.models.hot_plates import HotPlate


class NearKey(models.Model):
    """A folded plate (``audit.plates.fold``) at which a hand-entered hot plate is to be considered.

    Its own fold always; where its list's ``near`` is ``edit1``, every fold one character off: some 400 for a plate of
    seven. The database writes them in the statement that enters the plate, by whatever door, takes them away in the one
    that withdraws it, and renews them when the list's ``near`` changes (migration 0005); the sweep removes those of
    entries that reached their end. Matching asks the entry itself whether it lives.
    """

    id = models.BigAutoField(primary_key=True)
    hot_plate = models.ForeignKey(HotPlate, on_delete=models.CASCADE, related_name="near_keys")
    fold = models.CharField(max_length=8, db_collation="C")

    class Meta:
        indexes = [models.Index(fields=["fold"], include=["hot_plate"], name="near_key_by_fold")]

    def __str__(self) -> str:
        return f"key of {self.hot_plate_id}"
