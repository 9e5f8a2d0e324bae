"""Verifying the ledger from its first entry on: every leaf recomputed, every node, every root, no gap."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from audit import asker, leaf, ledger, merkle
from audit.actions import Action
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


@dataclass(frozen=True, slots=True)
class Base:
    """A head that a full verification found sound: size, root in hex, and when that was."""

    size: int
    root: str
    at: datetime

    @property
    def last(self) -> int:
        """Index of the last record it covers."""
        return self.size - 1


def head() -> Head:
    """The log's end as it stands. One query."""
    last = LedgerEntry.objects.order_by("-index").values("index", "root", "recorded_at").first()
    if last is None:
        return Head(0, merkle.EMPTY_ROOT.hex(), None)
    return Head(last["index"] + 1, bytes(last["root"]).hex(), last["recorded_at"])


def verify(
    *, progress: Callable[[int], None] | None = None, upto: int | None = None, since: Base | None = None
) -> Verdict:
    """Recompute the log in order; stop at the first fault.

    ``upto`` ends after that many records. ``since`` starts at a head that was verified before instead of at record 0;
    the nodes kept in the log must still give that head's root.
    """
    tree = merkle.Range()
    if since is not None:
        tree = frontier_at(since.size)
        if tree.root().hex() != since.root:
            words = "the records up to here no longer give the root they gave when last verified"
            return Verdict(0, merkle.EMPTY_ROOT, Fault(since.size - 1, words))
    rows = LedgerEntry.objects.order_by("index").select_related("clear").filter(index__gte=tree.size)
    rows = rows if upto is None else rows.filter(index__lt=upto)
    for entry in rows.iterator(chunk_size=2000):
        if fault := _fault(entry, tree):
            return Verdict(tree.size, tree.root(), fault)
        if progress and tree.size % 10_000 == 0:
            progress(tree.size)
    if upto is not None and tree.size < upto:
        return Verdict(tree.size, tree.root(), Fault(tree.size, f"the log ends here; {upto} records were expected"))
    return Verdict(tree.size, tree.root(), None)


def verify_and_record(*, by_name: str, at: datetime, progress: Callable[[int], None] | None = None) -> Verdict:
    """Verify the whole log, and leave the verdict on it: later looks build on the head it names."""
    verdict = verify(progress=progress)
    ledger.note(
        Action.LEDGER_VERIFY,
        by=asker.system(by_name),
        at=at,
        purpose="ledger verification",
        query={"size": verdict.size, "root": verdict.root.hex(), "sound": verdict.sound},
    )
    return verdict


def frontier_at(size: int) -> merkle.Range:
    """The compact range of the first ``size`` records, from the nodes the log keeps. O(log size) rows, one query."""
    places, upto = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            upto += 1 << level
            places.append((upto - 1, level))
    found = LedgerEntry.objects.filter(index__in=[index for index, _ in places])
    kept = {row["index"]: row for row in found.values("index", "leaf_hash", "nodes")}
    subtrees = []
    for index, level in places:
        row = kept.get(index)
        pieces = [bytes(row["leaf_hash"]), *leaf.slices(bytes(row["nodes"]))] if row else []
        subtrees.append(pieces[level] if level < len(pieces) else b"")
    return merkle.Range(size, subtrees)


def last_base(upto: int) -> Base | None:
    """The largest head not beyond ``upto`` records that a full verification found sound."""
    notes = LedgerEntry.objects.filter(action=Action.LEDGER_VERIFY).select_related("clear").order_by("-index")
    for row in notes[:400]:
        facts = row.clear.query_elements
        if facts.get("sound") and 0 < facts.get("size", 0) <= upto:
            return Base(facts["size"], facts["root"], row.recorded_at)
    return None


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
