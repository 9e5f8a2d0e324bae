"""Our tree against a second implementation, and against the values of RFC 9162's own definitions."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit import merkle


def test_the_empty_tree_is_the_hash_of_nothing():
    assert merkle.Range().root() == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_roots_agree_with_another_implementation(leaves):
    other = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    ours = merkle.root_of(merkle.leaf_hash(leaf) for leaf in leaves)
    assert ours == (other.get_root() if leaves else merkle.EMPTY_ROOT)


@given(st.integers(min_value=0, max_value=200))
def test_the_kept_nodes_rebuild_the_frontier(size):
    """What the database's head function reads: the subtree of each set bit stands at its last leaf's node list."""
    tree, kept = merkle.Range(), []
    for number in range(size):
        leaf = merkle.leaf_hash(str(number).encode())
        kept.append([leaf, *_split(tree.append(leaf))])
    frontier, upto = b"", 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            upto += 1 << level
            frontier += kept[upto - 1][level]
    assert merkle.Range.from_bytes(size, frontier).root() == tree.root()


def _split(packed: bytes) -> list[bytes]:
    return [packed[at : at + 32] for at in range(0, len(packed), 32)]
