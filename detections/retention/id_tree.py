"""The RFC 9162 tree over the ids of destroyed reads: built in chunks, proved in a moment, checked by anyone.

Leaf ``i`` is the hash of the 16 bytes of the ``i``-th id; ids ascend by their bytes, so the place of an id is found by
halving, and two neighbours prove that one between them is not there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from audit import merkle

ID_BYTES = 16
# A power of two, so a chunk's root is a node of the whole tree.
CHUNK = 4_096
# (first, count) -> the packed bytes of so many ids
ReadIds = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Proof:
    """That leaf ``index`` of ``size`` leaves stands in a tree; ``path`` holds the siblings from the leaf upwards."""

    index: int
    size: int
    path: list[bytes]


def read_leaf(read_id: UUID) -> bytes:
    """A destroyed read's leaf hash: over the 16 bytes of its id."""
    return merkle.leaf_hash(read_id.bytes)


def chunk_root(ids: bytes) -> bytes:
    """Root over one chunk of ids, 16 bytes each; at least one."""
    level = _leaves(ids)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def root_of_chunks(chunks: Sequence[bytes]) -> bytes:
    """Root of the whole tree from the roots of its chunks, of which only the last may be short."""
    return merkle.root_of(chunks)


def unpack(chunks: bytes) -> list[bytes]:
    """Roots kept one after the other, 32 bytes each."""
    return [chunks[at : at + merkle.HASH_BYTES] for at in range(0, len(chunks), merkle.HASH_BYTES)]


def prove(index: int, size: int, chunks: Sequence[bytes], read_ids: ReadIds) -> Proof:
    """The inclusion proof (RFC 9162, 2.1.3.1) of leaf ``index``; ``read_ids(first, count)`` gives the ids' bytes.

    Raises IndexError outside the tree.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    number, within = divmod(index, CHUNK)
    first = number * CHUNK
    path = _siblings(_leaves(read_ids(first, min(CHUNK, size - first))), within)
    return Proof(index, size, path + _siblings(list(chunks), number))


def verify(leaf: bytes, proof: Proof, root: bytes) -> bool:
    """Whether the proof leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    place, last, node = proof.index, proof.size - 1, leaf
    if not 0 <= place <= last:
        return False
    for sibling in proof.path:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = merkle.node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = merkle.node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def find(read_id: UUID, size: int, read_ids: ReadIds) -> tuple[int, bool]:
    """Where the id stands among ``size`` ascending ids, or would stand; and whether it is there."""
    wanted, low, high = read_id.bytes, 0, size
    while low < high:
        middle = (low + high) // 2
        if read_ids(middle, 1) < wanted:
            low = middle + 1
        else:
            high = middle
    return low, low < size and read_ids(low, 1) == wanted


def _leaves(ids: bytes) -> list[bytes]:
    return [sha256(b"\x00" + ids[at : at + ID_BYTES]).digest() for at in range(0, len(ids), ID_BYTES)]


def _above(level: list[bytes]) -> list[bytes]:
    """The next level up; an odd node at the end goes up as it is."""
    pairs = zip(level[::2], level[1::2], strict=False)
    upper = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return [*upper, level[-1]] if len(level) & 1 else upper


def _siblings(level: list[bytes], place: int) -> list[bytes]:
    path = []
    while len(level) > 1:
        if (beside := place ^ 1) < len(level):
            path.append(level[beside])
        level, place = _above(level), place >> 1
    return path
