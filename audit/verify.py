"""Verifying the ledger from its first entry on: every leaf recomputed, every node, every root, no gap."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from audit import leaf, merkle
from audit.models import LedgerDetail, LedgerEntry


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at which index, in plain words."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``size`` records verified up to the first fault; ``root`` (32 bytes) is the tree's root over them."""

    size: int
    root: bytes
    fault: Fault | None

    @property
    def sound(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Head:
    """The log's end: its size, its root in hex, and when the last record was written (None for an empty log)."""

    size: int
    root: str
    recorded_at: datetime | None


def head() -> Head:
    """The log's end as it stands. One query."""
    last = LedgerEntry.objects.order_by("-index").values("index", "root", "recorded_at").first()
    if last is None:
        return Head(0, merkle.EMPTY_ROOT.hex(), None)
    return Head(last["index"] + 1, bytes(last["root"]).hex(), last["recorded_at"])


def verify(
    entries: Iterable[LedgerEntry] | None = None,
    *,
    progress: Callable[[int], None] | None = None,
    upto: int | None = None,
) -> Verdict:
    """Recompute the whole log in order; stop at the first fault. ``upto`` ends after that many records."""
    if entries is None:
        rows = LedgerEntry.objects.order_by("index").select_related("clear")
        entries = (rows if upto is None else rows.filter(index__lt=upto)).iterator(chunk_size=2000)
    tree = merkle.Range()
    for entry in entries:
        if fault := _fault(entry, tree):
            return Verdict(tree.size, tree.root(), fault)
        if progress and tree.size % 10_000 == 0:
            progress(tree.size)
    if upto is not None and tree.size < upto:
        return Verdict(tree.size, tree.root(), Fault(tree.size, f"the log ends here; {upto} records were expected"))
    return Verdict(tree.size, tree.root(), None)


def _fault(entry: LedgerEntry, tree: merkle.Range) -> Fault | None:
    """What is wrong with an entry as the next leaf of the tree; appends it when nothing is."""
    expected = tree.size
    if entry.index != expected:
        return Fault(expected, f"record {expected} is missing; the next one found is {entry.index}")
    leaf_hash = merkle.leaf_hash(entry.leaf())
    if leaf_hash != bytes(entry.leaf_hash):
        return Fault(expected, "a field of this record was changed after it was written")
    nodes = merkle.Range(tree.size, tree.subtrees).append(leaf_hash)
    if nodes != bytes(entry.nodes):
        return Fault(expected, "the tree's inner nodes at this record do not fit the records before it")
    tree.append(leaf_hash)
    if tree.root() != bytes(entry.root):
        return Fault(expected, "the root kept with this record is not the root of the records up to it")
    return _clear_fault(entry)


def _clear_fault(entry: LedgerEntry) -> Fault | None:
    """Whether the clear values, where they are kept, are the ones committed to."""
    try:
        clear = entry.clear
    except LedgerDetail.DoesNotExist:
        return Fault(entry.index, "the clear values of this record are gone")
    salts, promised = leaf.slices(bytes(clear.salts)), leaf.slices(bytes(entry.commitments))
    for name, value, salt, promise in zip(leaf.SENSITIVE, clear.values(), salts, promised, strict=True):
        if value is not None and leaf.commit(name, salt, value) != promise:
            return Fault(entry.index, f"the clear value of {name} is not the one that was recorded")
    return None
