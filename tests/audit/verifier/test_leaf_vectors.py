"""Twenty records byte for byte, made by neither: product and verifier agree with them, and so with each other."""

import json
from pathlib import Path

import pytest

from audit import leaf, merkle
from audit.log import export_lines
from audit.verifier import platekeeper_verify as outsider

VECTORS = json.loads((Path(__file__).parent / "leaf_vectors.json").read_text())["vectors"]
each = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


def test_there_are_twenty():
    assert len(VECTORS) == 20


@each
def test_the_product_writes_the_leaf(vector):
    salts = b"".join(bytes.fromhex(vector["salts"][name]) for name in leaf.SENSITIVE)
    packed = leaf.commitments([vector["values"][name] for name in leaf.SENSITIVE], salts)
    made = dict(zip(leaf.SENSITIVE, (piece.hex() for piece in leaf.slices(packed)), strict=True))
    assert made == vector["commitments"]
    body = leaf.canonical(vector["fields"] | made)
    assert body == vector["leaf"].encode()
    assert merkle.leaf_hash(body).hex() == vector["leaf_hash"]


@each
def test_the_verifier_takes_the_leaf_and_its_clear_values(vector):
    index, block, salts = vector["fields"]["index"], outsider.Block(), []
    packed = [bytes.fromhex(vector["salts"][name]) for name in leaf.SENSITIVE]
    values = [vector["values"][name] for name in leaf.SENSITIVE]
    line = export_lines.clear_line(index, bytes.fromhex(vector["leaf_hash"]), values, packed)
    hashed = outsider._check_record(index, vector["leaf"].encode(), line.rstrip(b"\n"), block, salts)
    assert hashed.hex() == vector["leaf_hash"]
    assert block.faults == []
    assert block.opened == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"actor":17', '"actor": 17'),
        ('"actor":17', '"actor":17.0'),
        ('"actor":17', '"actor":1.7e1'),
        ('"actor":17', '"actor":017'),
        ('"session":"k3v9x2ab"', '"session":"k3v9x2a\\u0062"'),
        ('"session":"k3v9x2ab"', '"session":"k3v9\\/2ab"'),
        ('"session":"k3v9x2ab"', '"session":"k3v9\\u000Ab"'),
        ('"action":"search.run","actor":17', '"actor":17,"action":"search.run"'),
        ('"v":1', '"v":1,"v":1'),
        ('"v":1', '"v":2'),
        ('"v":1', '"v":1,"extra":""'),
        ("jos\u00e9", "jose\u0301"),
    ],
)
def test_a_second_way_to_write_a_record_is_no_record(old, new):
    body = VECTORS[2]["leaf"]
    assert old in body
    with pytest.raises(outsider.Unreadable):
        outsider._check_record(2, body.replace(old, new).encode(), None, outsider.Block(), [])
