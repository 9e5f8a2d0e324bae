"""Checkpoints: signed heads of the log, made often, and how much of the log none of them has carried outside yet.

The log never signs a head that does not continue every head it signed before: what the database remembers and what the
file outside remembers are both held against the nodes kept in the ledger, under one lock (promises A-8 and A-9).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from audit import alarms, appending
from audit.log import kept_file, keys, notes, proofs
from audit.models import Checkpoint, CheckpointCopy, LedgerEntry, LogOrigin
from audit.signing import SigningUnavailable

PUBLIC_PAGE, FILE, WITNESS = "public page", "file", "witness: "
CONTRADICTION, NODES, NO_CHECKPOINT = "log.contradiction", "log.nodes", "log.no_checkpoint"
ALARMS = (CONTRADICTION, NODES, NO_CHECKPOINT)
LOCK = (1798905, 53)


class WillNotSign(Exception):
    """A checkpoint made now would contradict an earlier one, or there is no key for it; an alarm was raised."""


class _Wrong(Exception):
    """What is wrong, with the alarm's code; becomes WillNotSign once the transaction is over."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much of the log nobody outside holds yet.

    ``age`` is the time since the last checkpoint that a witness took was made (None if no witness ever took one);
    ``window`` the age of the oldest record that no witness covers, zero when all are covered.
    """

    size_covered: int
    head_size: int
    age: timedelta | None
    window: timedelta

    @property
    def uncovered(self) -> int:
        """Records that no witness covers."""
        return max(0, self.head_size - self.size_covered)


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock of ``make`` over several transactions: while the log's name or key changes, nobody else signs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", LOCK)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", LOCK)


def make(at: datetime, *, by: str = "") -> Checkpoint | None:
    """Sign the log's head as it is now; None if the last checkpoint already covers all of it.

    ``by`` names who asked, in the alarm's words. Raises WillNotSign after an alarm. Writes no ledger record of its own.
    """
    try:
        durable = head_size()
        appending.flush()
        with transaction.atomic():
            return _make(at, durable)
    except (_Wrong, proofs.NoProof, SigningUnavailable, notes.BadNote) as error:
        code = error.code if isinstance(error, _Wrong) else NO_CHECKPOINT
        words = f"No checkpoint of the ledger was signed{f' for {by}' if by else ''}: {error}"
        alarms.raise_alarm(code, words, at=at)
        raise WillNotSign(words) from error


def latest() -> Checkpoint | None:
    """The newest checkpoint."""
    return Checkpoint.objects.order_by("-pk").first()


def latest_outside() -> tuple[Checkpoint, CheckpointCopy] | None:
    """The largest checkpoint a configured witness took, and that witness's answer."""
    from audit.log.witnesses import configured

    taken = [copy for witness in configured() if (copy := last_taken(witness.place)) is not None]
    best = max(taken, key=lambda copy: copy.checkpoint.size, default=None)
    return (best.checkpoint, best) if best else None


def last_taken(place: str) -> CheckpointCopy | None:
    """The last answer of a place that took a checkpoint."""
    rows = CheckpointCopy.objects.filter(place=place, fault="").select_related("checkpoint")
    return rows.order_by("-at", "-pk").first()


def exposure(at: datetime) -> Exposure:
    """How much of the log no witness covers, and for how long. A handful of look-ups by index."""
    head = head_size()
    outside = latest_outside()
    covered = outside[0].size if outside else 0
    window = timedelta()
    if covered < head:
        row = LedgerEntry.objects.filter(index=covered).values_list("recorded_at", flat=True).first()
        window = max(at - row, timedelta()) if row else timedelta()
    age = max(at - outside[0].made_at, timedelta()) if outside else None
    return Exposure(covered, head, age, window)


def head_size() -> int:
    """Records in the log."""
    last = LedgerEntry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def covering(index: int) -> tuple[Checkpoint, CheckpointCopy] | None:
    """The first checkpoint over a record that a witness took, and its answer; None while it is not outside yet."""
    taken = CheckpointCopy.objects.filter(fault="", place__startswith=WITNESS)
    for name in LogOrigin.objects.order_by("since_size", "pk").values_list("origin", flat=True):
        # By the index on (origin, size), one look-up a step.
        rows = Checkpoint.objects.filter(Exists(taken.filter(checkpoint=OuterRef("pk"))), origin=name, size__gt=index)
        if (found := rows.order_by("size").first()) is not None:
            return found, taken.filter(checkpoint=found).order_by("at", "pk")[0]
    return None


def contradiction(size: int, root: bytes) -> str:
    """Why the head may not be signed: in one sentence which earlier checkpoint it does not continue; else ""."""
    for place, head in _signed_before():
        if head.size > size:
            return f"{place} has a checkpoint over {head.size} records, and the log has {size}: records are gone"
        try:
            proof = proofs.consistency(head.size, size)
        except proofs.NoProof as error:
            return str(error)
        if not proofs.verify_consistency(head.size, head.root, size, root, proof):
            return f"the records under the checkpoint over {head.size} records that {place} has are no longer the same"
    return ""


def _make(at: datetime, durable: int) -> Checkpoint | None:
    """Sign the head of what is on disk: a record may be seen a moment before it is, and a crash could take it back.

    ``durable`` records are on disk, and all that an earlier checkpoint covers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
    before = latest()
    upto = max(durable, before.size if before else 0)
    last = LedgerEntry.objects.filter(index__lt=upto).order_by("-index").values_list("index", "root").first()
    if last is None:
        return None
    size, root = last[0] + 1, bytes(last[1])
    if proofs.root(size) != root:
        raise _Wrong(NODES, f"the root kept with record {size - 1} is not the one its tree gives")
    if words := contradiction(size, root):
        raise _Wrong(CONTRADICTION, words)
    return sign(size, root, keys.origin(at).origin, at)


def sign(size: int, root: bytes, origin: str, at: datetime) -> Checkpoint | None:
    """Sign and keep a head that was found to contradict nothing, under the lock of ``make``; None if it is there."""
    if Checkpoint.objects.filter(origin=origin, size=size).exists():
        return None
    key, private = keys.current(at)
    note = notes.sign(str(notes.Head(origin, size, root)), origin, private)
    made = Checkpoint.objects.create(origin=origin, size=size, root=root, note=note, key_id=key.key_id, made_at=at)
    CheckpointCopy.objects.create(checkpoint=made, place=PUBLIC_PAGE, at=at)
    if settings.CHECKPOINT_FILE:
        CheckpointCopy.objects.create(checkpoint=made, place=FILE, at=at, fault=_keep(note))
    return made


def _keep(note: str) -> str:
    """Add the note to the file outside; why that did not work, or "". The checkpoint is made all the same."""
    try:
        kept_file.append(Path(settings.CHECKPOINT_FILE), note)
    except OSError as error:
        return f"the file could not be written: {error.strerror or error}"[:300]
    return ""


def _signed_before() -> list[tuple[str, notes.Head]]:
    """The last head signed, as the database remembers it and as the file outside does."""
    found = []
    if (row := Checkpoint.objects.order_by("-pk").first()) is not None:
        found.append(("the database", notes.Head(row.origin, row.size, bytes(row.root))))
    if settings.CHECKPOINT_FILE:
        try:
            kept = kept_file.last(Path(settings.CHECKPOINT_FILE))
        except OSError:
            kept = None  # said where it is written to: the copy of that checkpoint names the fault
        if kept is not None:
            found.append(("the file of checkpoints", notes.head_of(kept)))
    return found
