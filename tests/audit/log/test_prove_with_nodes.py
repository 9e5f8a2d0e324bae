"""Proofs from kept nodes: every size up to 130 against a naive tree, own vectors, pymerkle as second implementation."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from audit import asker, ledger, merkle
from audit.actions import Action
from audit.log import proofs
from audit.models import LedgerEntry
from tests.make import NOON

VECTORS = Path(__file__).parent / "vectors.json"
MOST = 130


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1 as it is written there, over whole leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:cut]) + naive_root(leaves[cut:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    if index < cut:
        return [*naive_path(index, leaves[:cut]), naive_root(leaves[cut:])]
    return [*naive_path(index - cut, leaves[cut:]), naive_root(leaves[:cut])]


def naive_proof(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    if old <= cut:
        return [*naive_proof(old, leaves[:cut], whole), naive_root(leaves[cut:])]
    return [*naive_proof(old - cut, leaves[cut:], False), naive_root(leaves[:cut])]


def leaves_of(size: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(size)]


def kept_nodes(leaves: list[bytes]):
    """A store of nodes as the ledger keeps them: by the last record of the subtree, and its level."""
    tree, rows = merkle.Range(), []
    for text in leaves:
        hashed = merkle.leaf_hash(text)
        nodes = tree.append(hashed)
        rows.append([hashed, *(nodes[at : at + 32] for at in range(0, len(nodes), 32))])
    return lambda places: {(end, level): rows[end - 1][level] for end, level in places}


LEAVES = leaves_of(MOST)
KEPT = kept_nodes(LEAVES)
ROOTS = [naive_root(LEAVES[:size]) for size in range(MOST + 1)]


def flipped(piece: bytes) -> bytes:
    return bytes([piece[0] ^ 1]) + piece[1:]


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_record_of_every_size_is_proved_as_the_standard_says(size):
    for index in range(size):
        proof = proofs.fold(proofs.inclusion_ranges(index, size), KEPT)
        assert proof == naive_path(index, LEAVES[:size])
        leaf = merkle.leaf_hash(LEAVES[index])
        assert proofs.verify_inclusion(leaf, index, size, proof, ROOTS[size])
        assert not proofs.verify_inclusion(flipped(leaf), index, size, proof, ROOTS[size])
        assert not proofs.verify_inclusion(leaf, index, size, [*proof, leaf], ROOTS[size])
        if proof:
            assert not proofs.verify_inclusion(leaf, index, size, proof[:-1], ROOTS[size])
            assert not proofs.verify_inclusion(leaf, index, size, [flipped(proof[0]), *proof[1:]], ROOTS[size])


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_every_pair_of_sizes_is_proved_as_the_standard_says(new):
    for old in range(1, new + 1):
        proof = proofs.fold(proofs.consistency_ranges(old, new), KEPT)
        assert proof == naive_proof(old, LEAVES[:new])
        assert proofs.verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)
        assert not proofs.verify_consistency(old, flipped(ROOTS[old]), new, ROOTS[new], proof)
        assert not proofs.verify_consistency(old, ROOTS[old], new, flipped(ROOTS[new]), proof)
        assert not proofs.verify_consistency(old, ROOTS[old], new, ROOTS[new], [*proof, ROOTS[1]])
        if proof:
            assert not proofs.verify_consistency(old, ROOTS[old], new, ROOTS[new], proof[1:])


def test_no_other_index_passes_with_a_records_proof():
    for size in range(1, 34):
        for index in range(size):
            proof = naive_path(index, LEAVES[:size])
            leaf = merkle.leaf_hash(LEAVES[index])
            passing = [at for at in range(-1, size + 2) if proofs.verify_inclusion(leaf, at, size, proof, ROOTS[size])]
            assert passing == [index]


def test_the_vectors_on_file_are_met():
    """``vectors.json`` was made by the naive functions above and read over by hand for the first four sizes."""
    vectors = json.loads(VECTORS.read_text())
    leaves = [bytes.fromhex(text) for text in vectors["leaves"]]
    kept = kept_nodes(leaves)
    for size, root in enumerate(vectors["roots"]):
        assert naive_root(leaves[:size]).hex() == root
    for one in vectors["inclusion"]:
        found = proofs.fold(proofs.inclusion_ranges(one["index"], one["size"]), kept)
        assert [piece.hex() for piece in found] == one["proof"]
    for one in vectors["consistency"]:
        found = proofs.fold(proofs.consistency_ranges(one["old"], one["new"]), kept)
        assert [piece.hex() for piece in found] == one["proof"]


def test_small_trees_are_what_a_hand_reckons():
    a, b, c = (hashlib.sha256(b"\x00" + name).digest() for name in (b"a", b"b", b"c"))
    ab = hashlib.sha256(b"\x01" + a + b).digest()
    kept = kept_nodes([b"a", b"b", b"c"])
    assert proofs.fold(proofs.inclusion_ranges(0, 1), kept) == []
    assert proofs.fold(proofs.inclusion_ranges(0, 3), kept) == [b, c]
    assert proofs.fold(proofs.inclusion_ranges(2, 3), kept) == [ab]
    assert proofs.fold(proofs.consistency_ranges(1, 2), kept) == [b]
    assert proofs.fold(proofs.consistency_ranges(2, 3), kept) == [c]
    assert proofs.fold(proofs.consistency_ranges(1, 3), kept) == [b, c]
    assert proofs.consistency_ranges(0, 3) == proofs.consistency_ranges(3, 3) == []


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 700), st.data())
def test_pymerkle_agrees(size, data):
    leaves = leaves_of(size)
    tree = InmemoryTree(algorithm="sha256")
    for text in leaves:
        tree.append_entry(text)
    kept = kept_nodes(leaves)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root = proofs.fold([(0, size)], kept)[0]
    assert root == tree.get_root()
    ours = proofs.fold(proofs.inclusion_ranges(index, size), kept)
    theirs = tree.prove_inclusion(index + 1)
    verify_inclusion(tree.get_leaf(index + 1), root, theirs)
    assert ours == list(theirs.path[1:])
    before = proofs.fold([(0, old)], kept)[0]
    verify_consistency(before, root, tree.prove_consistency(old, size))
    proof = proofs.fold(proofs.consistency_ranges(old, size), kept)
    assert proofs.verify_consistency(old, before, size, root, proof)


def test_proofs_are_read_from_the_ledger_in_one_query(db, django_assert_num_queries):
    for number in range(70):
        ledger.note(Action.LEDGER_VERIFY, by=asker.system("t"), at=NOON, purpose="test", query={"n": number})
    size = LedgerEntry.objects.count()
    last = LedgerEntry.objects.get(index=size - 1)
    entry = LedgerEntry.objects.get(index=17)
    with django_assert_num_queries(1):
        proof = proofs.inclusion(17, size)
    assert proofs.verify_inclusion(bytes(entry.leaf_hash), 17, size, proof, bytes(last.root))
    with django_assert_num_queries(1):
        continued = proofs.consistency(18, size)
    assert proofs.verify_consistency(18, bytes(entry.root), size, bytes(last.root), continued)
    assert proofs.root(size) == bytes(last.root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_a_record_outside_has_no_proof(index, size):
    with pytest.raises(proofs.NoProof):
        proofs.inclusion_ranges(index, size)


def test_more_does_not_come_before_less():
    with pytest.raises(proofs.NoProof):
        proofs.consistency_ranges(4, 3)


def test_a_node_the_log_lacks_is_named(db):
    with pytest.raises(proofs.NoProof, match="record 0"):
        proofs.inclusion(1, 2)
