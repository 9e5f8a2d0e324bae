"""The tree over destroyed ids is RFC 9162's, every proof of it leads to the root, and no other does."""

import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from detections.retention import id_files, id_tree
from detections.retention.id_tree import Proof


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_tree, "CHUNK", 8)
    monkeypatch.setattr(id_files, "_BLOCK", 8 * 16)


def ids(count: int) -> list[bytes]:
    return sorted(os.urandom(16) for _ in range(count))


def chunks_of(of: list[bytes]) -> list[bytes]:
    return [id_tree.chunk_root(b"".join(of[at : at + 8])) for at in range(0, len(of), 8)]


def reader(of: list[bytes]) -> id_tree.ReadIds:
    return lambda first, count: b"".join(of[first : first + count])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 33, 64, 65, 100])
def test_root_and_proofs_are_those_of_the_rfc(count: int) -> None:
    made = ids(count)
    root = id_tree.root_of_chunks(chunks_of(made))
    assert root == merkle.root_of(merkle.leaf_hash(one) for one in made)
    for index, one in enumerate(made):
        proof = id_tree.prove(index, count, chunks_of(made), reader(made))
        assert id_tree.verify(merkle.leaf_hash(one), proof, root)
        assert id_tree.find(UUID(bytes=one), count, reader(made)) == (index, True)


@given(st.integers(1, 60), st.data())
def test_a_proof_for_another_leaf_place_or_root_does_not_hold(count: int, data: st.DataObject) -> None:
    made = ids(count)
    root = id_tree.root_of_chunks(chunks_of(made))
    index = data.draw(st.integers(0, count - 1))
    proof = id_tree.prove(index, count, chunks_of(made), reader(made))
    leaf = merkle.leaf_hash(made[index])
    assert not id_tree.verify(merkle.leaf_hash(os.urandom(16)), proof, root)
    assert not id_tree.verify(leaf, proof, os.urandom(32))
    assert not id_tree.verify(leaf, Proof(index, count, [*proof.path, os.urandom(32)]), root)
    assert not id_tree.verify(leaf, Proof(count, count, proof.path), root)
    if proof.path:
        assert not id_tree.verify(leaf, Proof(index, count, proof.path[:-1]), root)


@given(st.integers(0, 40))
def test_an_id_that_is_not_there_is_not_found(count: int) -> None:
    made = ids(count)
    place, there = id_tree.find(UUID(bytes=os.urandom(16)), count, reader(made))
    assert not there
    assert 0 <= place <= count


@pytest.mark.parametrize("count", [0, 1, 8, 20])
def test_a_stored_list_has_the_root_of_its_ids_and_can_leave_some_out(count: int) -> None:
    made = ids(count)
    stored = id_files.store("trial", [b"".join(made[:5]), b"".join(made[5:])])
    assert (stored.size, stored.root) == (count, merkle.root_of(merkle.leaf_hash(one) for one in made).hex())
    assert id_tree.unpack(stored.chunks) == chunks_of(made)
    gone = frozenset(made[::3])
    rest = id_files.store("trial", id_files.without(stored.name, stored.sha256, gone))
    left = [one for one in made if one not in gone]
    assert (rest.size, rest.root) == (len(left), merkle.root_of(merkle.leaf_hash(one) for one in left).hex())


def test_a_damaged_list_is_told() -> None:
    stored = id_files.store("trial", [b"".join(ids(3))])
    with pytest.raises(id_files.IdsDamaged):
        list(id_files.without(stored.name, "0" * 64, frozenset()))
    with pytest.raises(id_files.IdsDamaged), id_files.reader(stored.name, 4):
        raise AssertionError("a list of another length was opened")
    id_files.remove(stored.name)
    with pytest.raises(id_files.IdsDamaged), id_files.reader(stored.name, 3):
        raise AssertionError("a list that is gone was opened")
