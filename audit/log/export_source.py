"""What the log gives for an export: its lines, the checkpoints over them, keys and proofs. Reads only."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from audit import leaf
from audit.log import checkpoints, export_lines, keys, proofs
from audit.log.export_folder import Contents
from audit.models import Checkpoint, CheckpointCopy, LedgerDetail, LedgerEntry
from audit.verify import frontier_at

# Enough to show the log growing; more of them prove nothing further.
MOST_CHECKPOINTS = 2_000
ROWS = 2_000


class NoCheckpoint(Exception):
    """No signed checkpoint covers the records, so nobody could check them; the message says why."""


def contents(
    first: int, upto: int, *, withheld: Sequence[str], hidden: Sequence[str], about: dict[str, object], at: datetime
) -> Contents:
    """Everything an export of ``[first, upto)`` holds. Makes a checkpoint when none covers it. Raises NoCheckpoint."""
    newest = covering(upto, at)
    return Contents(
        first=first,
        upto=upto,
        lines=lines(first, upto, withheld, hidden),
        frontier=frontier_at(first).subtrees,
        notes=notes(first, newest),
        keys=keys.published(),
        covered=newest.size,
        consistency=proofs.consistency(upto, newest.size),
        about=about,
    )


def covering(upto: int, at: datetime) -> Checkpoint:
    """The newest checkpoint if it covers so many records, else one made now. Raises NoCheckpoint."""
    newest = Checkpoint.objects.order_by("-size", "-pk").first()
    if newest is None or newest.size < upto:
        try:
            newest = checkpoints.make(at, by="an export of the ledger") or newest
        except checkpoints.WillNotSign as error:
            raise NoCheckpoint(str(error)) from error
    if newest is None or newest.size < upto:
        raise NoCheckpoint("There is no checkpoint over these records.")
    return newest


def notes(first: int, newest: Checkpoint) -> Iterator[str]:
    """The signed checkpoints from ``first`` up to the newest, by size, each with the cosignatures it got."""
    ids = list(
        Checkpoint.objects.filter(size__gte=first, size__lte=newest.size)
        .order_by("size", "pk")
        .values_list("pk", flat=True)
    )
    step = -(-len(ids) // MOST_CHECKPOINTS)
    kept = sorted({*ids[:: step or 1], newest.pk}, key=ids.index) if len(ids) > MOST_CHECKPOINTS else ids
    for start in range(0, len(kept), 200):
        rows = Checkpoint.objects.filter(pk__in=kept[start : start + 200]).order_by("size", "pk")
        for row in rows:
            yield cosigned(row)


def cosigned(checkpoint: Checkpoint) -> str:
    """The signed note with the witnesses' lines beneath the log's own."""
    rows = CheckpointCopy.objects.filter(checkpoint=checkpoint, fault="").exclude(cosignature="").order_by("pk")
    signatures = list(dict.fromkeys(row.cosignature.strip("\n") for row in rows))
    return checkpoint.note + "".join(f"{line}\n" for line in signatures[:15])


def lines(first: int, upto: int, withheld: Sequence[str], hidden: Sequence[str]) -> Iterator[tuple[bytes, bytes]]:
    """The two lines of each record, in order. Memory does not grow with their number."""
    rows = LedgerEntry.objects.filter(index__gte=first, index__lt=upto).select_related("clear").order_by("index")
    for entry in rows.iterator(chunk_size=ROWS):
        yield lines_of(entry, withheld, hidden=any(entry.action.startswith(start) for start in hidden))


def lines_of(entry: LedgerEntry, withheld: Sequence[str] = (), *, hidden: bool = False) -> tuple[bytes, bytes]:
    """Leaf and clear values of one record as they leave."""
    leaf_hash = bytes(entry.leaf_hash)
    if hidden:
        line = export_lines.hidden_line(entry.index, leaf_hash)
        return line, line
    try:
        clear = entry.clear
        values, salts = clear.values(), leaf.slices(bytes(clear.salts))
    except LedgerDetail.DoesNotExist:  # the check of the log names this; the proof of the record holds all the same
        values, salts = [None] * len(leaf.SENSITIVE), [b""] * len(leaf.SENSITIVE)
    return entry.leaf() + b"\n", export_lines.clear_line(entry.index, leaf_hash, values, salts, withheld)
