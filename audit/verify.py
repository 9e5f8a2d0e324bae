"""Verifying the ledger from its first entry on: every leaf recomputed, every node, every root, no gap."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from audit import alarms, asker, leaf, ledger, merkle
from audit.actions import Action
from audit.models import LedgerEntry
from audit.verify_row import Fault, rows_from


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
    for row in rows_from(tree.size, upto):
        if fault := row.fault_in(tree):
            return Verdict(tree.size, tree.root(), fault)
        if progress and tree.size % 10_000 == 0:
            progress(tree.size)
    if upto is not None and tree.size < upto:
        return Verdict(tree.size, tree.root(), Fault(tree.size, f"the log ends here; {upto} records were expected"))
    return Verdict(tree.size, tree.root(), None)


def verify_and_record(*, by_name: str, at: datetime, progress: Callable[[int], None] | None = None) -> Verdict:
    """Verify the whole log, and leave the verdict on it: later looks build on the head it names.

    The alarm of an unsound log leaves first: a log that does not verify may not take a record either.
    """
    verdict = verify(progress=progress)
    if verdict.fault:
        words = f"The ledger does not verify: record {verdict.fault.index}: {verdict.fault.reason}."
        alarms.raise_alarm(alarms.LEDGER_UNSOUND, words, at=at)
    else:
        alarms.all_clear(alarms.LEDGER_UNSOUND, "The whole ledger verifies.", at=at)
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
