"""Proofs as they are shown: a continuation of one size by another, and the drawn path of a record's proof."""

import base64
from dataclasses import dataclass
from typing import Any

from audit.log import asking, checkpoints, proofs

ROW, HALF = 64, 150


@dataclass(frozen=True, slots=True)
class Continuation:
    """Two sizes of the log with their roots, and the proof (RFC 9162) that the larger begins with the smaller."""

    old: int
    old_root: bytes
    new: int
    new_root: bytes
    proof: list[bytes]

    @property
    def sound(self) -> bool:
        """Whether the proof, checked as anybody would, holds."""
        return proofs.verify_consistency(self.old, self.old_root, self.new, self.new_root, self.proof)

    def as_dict(self) -> dict[str, Any]:
        """For programs; hashes in base64, as in a checkpoint."""
        return {
            "old": self.old,
            "old_root": base64.b64encode(self.old_root).decode(),
            "new": self.new,
            "new_root": base64.b64encode(self.new_root).decode(),
            "proof": [base64.b64encode(piece).decode() for piece in self.proof],
            "sound": self.sound,
        }


def continuation(old: int, new: int) -> Continuation:
    """From the nodes kept in the ledger. Raises NoProof for sizes the log does not have."""
    if not 0 < old <= new <= checkpoints.head_size():
        raise proofs.NoProof("the log has no such two sizes")
    return Continuation(old, proofs.root(old), new, proofs.root(new), proofs.consistency(old, new))


@dataclass(frozen=True, slots=True)
class Box:
    """One hash of the drawing: where it stands, its first digits, what it is, and where the lines above come from."""

    x: int
    y: int
    text: str
    kind: str
    level: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The path of a proof as boxes and lines between them; ``height`` in units of the picture."""

    boxes: list[Box]
    lines: list[tuple[int, int, int, int]]
    height: int


def drawing(proof: asking.Proof) -> Drawing:
    """The root on top, below it step by step the two hashes it is made of, the record at the bottom."""
    steps = proof.steps()
    height = (len(steps) + 1) * ROW
    boxes = [Box(0, height - ROW, bytes(proof.entry.leaf_hash).hex()[:12], "leaf" if steps else "root", 0)]
    lines = []
    for level, step in enumerate(steps):
        y, above = height - ROW * (level + 1), height - ROW * (level + 2)
        side = -HALF if step.on_left else HALF
        boxes.append(Box(side, y, step.sibling.hex()[:12], "given", level))
        boxes.append(Box(0, above, step.gives.hex()[:12], "root" if level == len(steps) - 1 else "made", level + 1))
        lines += [(0, y, 0, above), (side, y, 0, above)]
    return Drawing(boxes, lines, height)
