"""RFC 9162 hashing over an append-only log: leaves, roots, and the compact range that makes appending O(log n).

Hashes are 32 raw bytes (SHA-256). A *node list* of entry ``i`` is the concatenation of the roots of the perfect
subtrees that entry completes, level 1 upwards; the leaf hash itself is level 0 and is kept apart.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf, RFC 9162 section 2.1.1: ``SHA-256(0x00 || leaf)``."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: ``SHA-256(0x01 || left || right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Range:
    """The perfect subtrees of the first ``size`` leaves, largest first (the log's compact range)."""

    __slots__ = ("size", "subtrees")

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(subtrees):
            raise ValueError(f"{size} leaves have {size.bit_count()} perfect subtrees, got {len(subtrees)}")
        self.size, self.subtrees = size, list(subtrees)

    @classmethod
    def from_bytes(cls, size: int, packed: bytes) -> "Range":
        """Read the concatenation of subtree hashes, largest first."""
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])

    def append(self, leaf: bytes) -> bytes:
        """Add a leaf hash; return the roots of the subtrees it completes, level 1 upwards, concatenated."""
        completed, carry, size = [], leaf, self.size
        while size & 1:
            carry = node_hash(self.subtrees.pop(), carry)
            completed.append(carry)
            size >>= 1
        self.subtrees.append(carry)
        self.size += 1
        return b"".join(completed)

    def root(self) -> bytes:
        """The tree's root, RFC 9162 section 2.1.1."""
        if not self.subtrees:
            return EMPTY_ROOT
        root = self.subtrees[-1]
        for subtree in reversed(self.subtrees[:-1]):
            root = node_hash(subtree, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes, by appending them in order."""
    tree = Range()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()
