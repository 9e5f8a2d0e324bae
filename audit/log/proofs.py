"""Inclusion and consistency proofs, RFC 9162 sections 2.1.3 and 2.1.4, read from the nodes the ledger keeps.

A proof is a list of hashes of 32 bytes, each the root of a range of leaves. A range is made of perfect subtrees, and
each of these stands in exactly one row: so a proof reads O(log n) rows, in one query.
"""

from collections.abc import Callable, Mapping, Sequence

from audit import leaf, merkle
from audit.models import LedgerEntry

Range = tuple[int, int]
# The end of a subtree's range (exclusive) and its level: where its root is kept.
Place = tuple[int, int]


class NoProof(ValueError):
    """There is no such proof, or the log lacks the nodes for it; the message says which."""


def inclusion(index: int, size: int) -> list[bytes]:
    """Hashes from the sibling of leaf ``index`` up to below the root of the first ``size`` records. Raises NoProof."""
    return _roots(inclusion_ranges(index, size))


def consistency(old: int, new: int) -> list[bytes]:
    """Hashes that show the first ``new`` records to begin with the first ``old``. Raises NoProof."""
    return _roots(consistency_ranges(old, new))


def root(size: int) -> bytes:
    """Root of the first ``size`` records, from the nodes kept with them. Raises NoProof."""
    return merkle.EMPTY_ROOT if size == 0 else _roots([(0, size)])[0]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Which ranges of leaves an inclusion proof names, in its order. Raises NoProof for an index outside."""
    if not 0 <= index < size:
        raise NoProof(f"record {index} is not among the first {size}")
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Which ranges of leaves a consistency proof names, in its order. Empty from nothing, and between equals."""
    if not 0 <= old <= new:
        raise NoProof(f"{old} records do not come before {new}")
    if old in (0, new):
        return []
    found: list[Range] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, end)]) + found[::-1]


def split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2: whether the leaf stands at ``index`` of the tree with this size and root."""
    if not 0 <= index < size:
        return False
    place, last, running = index, size - 1, leaf_hash
    for piece in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            running = merkle.node_hash(piece, running)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            running = merkle.node_hash(running, piece)
        place, last = place >> 1, last >> 1
    return last == 0 and running == tree_root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2: whether the tree with ``new`` leaves begins with the one with ``old``."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == merkle.EMPTY_ROOT
    if not 0 < old < new or not proof:
        return False
    pieces = list(proof) if old & (old - 1) else [old_root, *proof]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = pieces[0]
    for piece in pieces[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = merkle.node_hash(piece, before), merkle.node_hash(piece, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = merkle.node_hash(after, piece)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _subtrees(start: int, end: int) -> list[Place]:
    """The perfect subtrees a range is made of, left to right; ``start`` is a multiple of the largest of them."""
    found = []
    for level in range((end - start).bit_length() - 1, -1, -1):
        if (end - start) >> level & 1:
            start += 1 << level
            found.append((start, level))
    return found


def _roots(ranges: Sequence[Range]) -> list[bytes]:
    """The root of each range, from the rows that keep its subtrees. One query."""
    return fold(ranges, _kept)


def fold(ranges: Sequence[Range], kept: Callable[[Sequence[Place]], Mapping[Place, bytes]]) -> list[bytes]:
    """The root of each range, given what looks up the roots of perfect subtrees."""
    made_of = [_subtrees(start, end) for start, end in ranges]
    hashes = kept([place for places in made_of for place in places])
    found = []
    for places in made_of:
        running = hashes[places[-1]]
        for place in places[-2::-1]:
            running = merkle.node_hash(hashes[place], running)
        found.append(running)
    return found


def _kept(places: Sequence[Place]) -> dict[Place, bytes]:
    rows = LedgerEntry.objects.filter(index__in=[end - 1 for end, _ in places])
    pieces = {
        index: [bytes(leaf_hash), *leaf.slices(bytes(nodes))]
        for index, leaf_hash, nodes in rows.values_list("index", "leaf_hash", "nodes")
    }
    found = {}
    for end, level in places:
        row = pieces.get(end - 1, [])
        if level >= len(row):
            raise NoProof(f"the log does not keep the tree's node at record {end - 1}")
        found[end, level] = row[level]
    return found
