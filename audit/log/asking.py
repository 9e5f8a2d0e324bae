"""What people ask of the log: a checkpoint now, the proof of a record. Both are acts on the ledger."""

import base64
from dataclasses import dataclass
from datetime import datetime

from audit import gate, ledger, merkle
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.log import checkpoints, notes, proofs
from audit.log.rules import refuse_no_checkpoint
from audit.models import Checkpoint, LedgerEntry
from audit.refusals import Refused

PURPOSE = "ledger verification"
PROOF = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way from a record to the root: its sibling, on which side it stands, and what both give."""

    sibling: bytes
    on_left: bool
    gives: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of a record under a checkpoint: the record, the hashes from it to the root, the signed checkpoint."""

    entry: LedgerEntry
    checkpoint: Checkpoint
    note: str
    hashes: list[bytes]
    record_index: int

    @property
    def file(self) -> str:
        """The proof as a file (c2sp.org/tlog-proof), with the leaf itself as its extra line."""
        leaf = base64.b64encode(self.entry.leaf()).decode()
        lines = [PROOF, f"extra {leaf}", f"index {self.entry.index}"]
        lines += [base64.b64encode(piece).decode() for piece in self.hashes]
        return "\n".join([*lines, "", self.note])

    def steps(self) -> list[Step]:
        """The way to the root, one step for each hash."""
        found, running = [], bytes(self.entry.leaf_hash)
        ranges = proofs.inclusion_ranges(self.entry.index, self.checkpoint.size)
        for piece, (start, _) in zip(self.hashes, ranges, strict=True):
            left = start < self.entry.index
            running = merkle.node_hash(piece, running) if left else merkle.node_hash(running, piece)
            found.append(Step(piece, left, running))
        return found


def ask_checkpoint(*, by: Asker, at: datetime) -> Checkpoint:
    """Make a checkpoint now, over the record of this asking too. Raises Refused, and WillNotSign after an alarm."""
    with ledger.act(Action.LOG_CHECKPOINT, by=by, at=at, purpose=PURPOSE):
        gate.admit(by, _ability(by, at), at=at)
    made = checkpoints.make(at, by=by.name) or checkpoints.latest()
    if made is None:
        raise checkpoints.WillNotSign("There is no checkpoint yet.")
    return made


def prove(*, by: Asker, at: datetime, index: int) -> Proof:
    """The proof of a record under the newest checkpoint that a witness has, else under the newest.

    One is made if none covers it. Raises Refused and LedgerEntry.DoesNotExist.
    """
    subject = ("ledger record", index, "")
    with ledger.act(
        Action.LEDGER_PROVE, by=by, at=at, purpose=PURPOSE, subject=subject, query={"index": index}
    ) as record:
        gate.admit(by, Ability.READ_LEDGER, at=at)
        entry = LedgerEntry.objects.get(pk=index)
        record.result_count = 1
    return make_proof(entry, at, record.index or 0)


def make_proof(entry: LedgerEntry, at: datetime, record_index: int) -> Proof:
    """The proof itself; see ``prove``. Raises Refused."""
    try:
        return _proof(entry, at, record_index)
    except (checkpoints.WillNotSign, proofs.NoProof) as error:
        refused = Refused(refuse_no_checkpoint(entry.index, str(error)))
        refused.record_index = record_index
        raise refused from error


def _proof(entry: LedgerEntry, at: datetime, record_index: int) -> Proof:
    found = checkpoints.latest_outside()
    checkpoint = found[0] if found and found[0].size > entry.index else checkpoints.latest()
    if checkpoint is None or checkpoint.size <= entry.index:
        checkpoint = checkpoints.make(at) or checkpoints.latest()
    if checkpoint is None or checkpoint.size <= entry.index:
        raise proofs.NoProof("no checkpoint covers it yet")
    hashes = proofs.inclusion(entry.index, checkpoint.size)
    root = bytes(checkpoint.root)
    if not proofs.verify_inclusion(bytes(entry.leaf_hash), entry.index, checkpoint.size, hashes, root):
        raise proofs.NoProof(f"record {entry.index} is not under the checkpoint over {checkpoint.size} records")
    return Proof(entry, checkpoint, with_cosignatures(checkpoint), hashes, record_index)


def with_cosignatures(checkpoint: Checkpoint) -> str:
    """The signed checkpoint with the lines of the witnesses that took it, one each."""
    rows = checkpoint.copies.exclude(cosignature="").order_by("at", "pk").values_list("place", "cosignature")
    lines = list(dict(rows).values())
    return checkpoint.note + "".join(lines[: notes.MOST_SIGNATURES - 1])


def _ability(by: Asker, at: datetime) -> Ability:
    """Administrators of the log and its auditors may both ask."""
    manages = by.user is not None and Ability.MANAGE_LOG in abilities_of(by.user, at)
    return Ability.MANAGE_LOG if manages else Ability.READ_LEDGER
