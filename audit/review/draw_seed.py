"""The seed of a draw: made from what nobody can choose and everybody can see.

It is the SHA-256 of a text that names the log's origin, the period, and size and root of the first signed checkpoint
that was made at or after the period's end, covers all of the period's records, and is no older than the last import of
queries from elsewhere that are in the frame (else one who hands in an export could leave out what would be drawn).
"""

import base64
import hashlib
import importlib
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max

from audit.leaf import instant
from audit.models import Checkpoint, Inspection, QueryElsewhere


class Seed(NamedTuple):
    """The seed in hex, the text it is the hash of, and the size of the log it stands for."""

    value: str
    source: str
    log_size: int


def checkpoint_of(inspection: Inspection, upto: int) -> Checkpoint | None:
    """The first checkpoint that settles the period, whose last record is before index ``upto``. Two queries."""
    theirs = QueryElsewhere.objects.filter(at__gte=inspection.starts_at, at__lt=inspection.ends_at)
    settled = theirs.aggregate(last=Max("source__finished_at"))["last"]
    since = max(inspection.ends_at, settled) if settled else inspection.ends_at
    fit = Checkpoint.objects.filter(made_at__gte=since, size__gte=upto, size__gt=0)
    return fit.order_by("made_at", "size", "pk").first()


def ask_for_checkpoint(at: datetime) -> None:
    """Have one made now, where this installation signs any."""
    importlib.import_module("audit.log.checkpoints").make(at)


def seed_of(checkpoint: Checkpoint, inspection: Inspection) -> Seed:
    """The published seed."""
    source = (
        "platekeeper sample v1\n"
        f"origin {checkpoint.origin}\n"
        f"period {instant(inspection.starts_at)} {instant(inspection.ends_at)}\n"
        f"checkpoint {checkpoint.size} {base64.b64encode(bytes(checkpoint.root)).decode()}\n"
    )
    return Seed(hashlib.sha256(source.encode()).hexdigest(), source, checkpoint.size)
