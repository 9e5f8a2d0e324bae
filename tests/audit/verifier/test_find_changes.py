"""Whatever is changed in an export, by one bit or by whole lines, is found; and nothing ends in a traceback."""

import json
import os
import shutil
import subprocess
import sys
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.verifier import platekeeper_verify as outsider
from tests.audit.attacks.tampering import look
from tests.audit.verifier.making import VERIFIER, faults, make_export, verify
from tests.audit.verifier.outside import Log, inclusion, key_row, public_of, root, vkey

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lines_of(folder, name):
    return (folder / name).read_bytes().splitlines(keepends=True)


def reseal(folder):
    """What a forger does who holds the agency's key too: hashes and signature of the manifest anew."""
    import hashlib

    from audit import signing
    from audit.log.export_folder import as_json

    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    raw = as_json(manifest)
    signature = signing.sign(raw).value
    (folder / "manifest.json").write_bytes(raw)
    (folder / "manifest.sig").write_bytes(signature)
    sums = [
        f"{hashlib.sha256(one).hexdigest()}  {name}\n"
        for one, name in ((raw, "manifest.json"), (signature, "manifest.sig"))
    ]
    (folder / "SHA256SUMS").write_text("".join(sums))


@FEW
@given(data=st.data(), count=st.integers(1, 12), seed=st.integers(0, 1000))
def test_a_changed_bit_anywhere_is_found(tmp_path_factory, data, count, seed):
    folder = tmp_path_factory.mktemp("bit") / "e"
    withheld = data.draw(st.sampled_from([(), ("query",), ("query", "reason", "detail")]))
    hidden = data.draw(st.sets(st.integers(0, count - 1), max_size=3))
    make_export(folder, count, seed=seed, withheld=withheld, hidden=sorted(hidden), checkpoints=[1])
    assert look(str(folder)).faults == []
    path = data.draw(st.sampled_from(sorted(folder.iterdir())))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) * 8 - 1))
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)
    assert look(str(folder)).faults


@pytest.mark.parametrize("resealed", [False, True])
@pytest.mark.parametrize("change", ["cut", "twice", "swapped", "left out", "added"])
@pytest.mark.parametrize("name", ["leaves.jsonl", "clear.jsonl"])
def test_lines_cut_repeated_or_moved_are_found_and_named(tmp_path, name, change, resealed):
    folder = tmp_path / "e"
    make_export(folder, 20, checkpoints=[8])
    lines = lines_of(folder, name)
    changed = {
        "cut": lines[:15],
        "twice": [*lines[:8], lines[7], *lines[8:]],
        "swapped": [*lines[:5], lines[6], lines[5], *lines[7:]],
        "left out": [*lines[:10], *lines[11:]],
        "added": [*lines, lines[-1].replace(b'"index":19', b'"index":20')],
    }[change]
    (folder / name).write_bytes(b"".join(changed))
    if resealed:
        reseal(folder)
    report = look(str(folder))
    index = {"cut": 15, "twice": 8, "swapped": 5, "left out": 10, "added": 20}[change]
    assert index in [at for at, _ in report.faults]


def test_a_record_forged_with_every_key_in_hand_is_found_by_a_kept_checkpoint(tmp_path):
    log = make_export(tmp_path / "true", 30)
    kept = tmp_path / "kept"
    kept.write_text(log.checkpoint(20))
    make_export(tmp_path / "forged", 30, log=log, changed={12: {"username": "somebody.else"}})
    assert verify(tmp_path / "forged")[0] == 0
    code, verdict = verify(tmp_path / "forged", "--checkpoint", kept)
    assert code == 1
    assert "in your own copy" in faults(verdict)


def test_a_salt_used_twice_is_told(tmp_path):
    folder = tmp_path / "e"
    make_export(folder, 6, log=(log := Log()), seed=1)
    from tests.audit.verifier import making

    original = Random.randbytes
    try:
        Random.randbytes = lambda self, count: b"\x07" * count
        make_export(tmp_path / "f", 6, log=log)
    finally:
        Random.randbytes = original
    assert any("salts were used twice" in words for _, words in look(str(tmp_path / "f")).faults)
    assert making.VERIFIER.exists()


def test_a_forged_checkpoint_with_the_right_name_and_another_key_is_refused(tmp_path):
    log = make_export(tmp_path / "e", 10)
    forger = Log(origin=log.origin, hashes=log.hashes)
    (tmp_path / "forged").write_text(forger.checkpoint(10))
    code, verdict = verify(tmp_path / "forged", "--key", vkey(log.origin, log.key))
    assert code == 1
    assert "not signed by a key of this log" in faults(verdict)


def test_a_split_view_is_told(tmp_path):
    log = make_export(tmp_path / "e", 10)
    (tmp_path / "one").write_text(log.checkpoint(10))
    (tmp_path / "other").write_text(log.checkpoint(10, b"\x01" * 32))
    (tmp_path / "proof").write_text("")
    code, verdict = verify(tmp_path / "one", tmp_path / "other", tmp_path / "proof", "--key", vkey(log.origin, log.key))
    assert code == 1
    assert "two stories" in faults(verdict)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 8), (6, 8), (7, 8), (8, 8), (1, 13), (9, 13)])
def test_a_later_checkpoint_continues_an_earlier_one(tmp_path, old, new):
    import base64

    from tests.audit.verifier.outside import consistency

    log = make_export(tmp_path / "e", 13)
    (tmp_path / "old").write_text(log.checkpoint(old))
    hashes = [base64.b64encode(one).decode() for one in consistency(old, log.hashes[:new])]
    (tmp_path / "body").write_text("\n".join([f"old {old}", *hashes, "", ""]) + log.checkpoint(new))
    options = ["--key", vkey(log.origin, log.key)]
    assert look(str(tmp_path / "old"), str(tmp_path / "body"), *options).faults == []
    (tmp_path / "body").write_text("\n".join([f"old {old}", *hashes, "", ""]) + log.checkpoint(new, b"\x02" * 32))
    assert look(str(tmp_path / "old"), str(tmp_path / "body"), *options).faults


def test_a_proof_holds_for_its_record_and_no_other(tmp_path):
    log = make_export(tmp_path / "e", 11)
    key = ["--key", vkey(log.origin, log.key)]
    leaves = [line.rstrip(b"\n") for line in lines_of(tmp_path / "e", "leaves.jsonl")]
    path = tmp_path / "p"
    for index, leaf in enumerate(leaves):
        path.write_text(log.proof(index, leaf, 11))
        assert look(str(path), *key).faults == []
    path.write_text(log.proof(4, leaves[5], 11))
    assert look(str(path), *key).faults
    path.write_text(log.proof(4, leaves[4], 11).replace("index 4\n", "index 5\n"))
    assert look(str(path), *key).faults
    path.write_text(log.proof(4, leaves[4], 11).replace("\n\n", "\n" + "A" * 43 + "=\n\n", 1))
    assert look(str(path), *key).faults


def test_a_flipped_bit_at_any_byte_of_a_proof_is_found(tmp_path):
    log = make_export(tmp_path / "e", 5)
    leaf = lines_of(tmp_path / "e", "leaves.jsonl")[2].rstrip(b"\n")
    whole, path = log.proof(2, leaf, 5).encode(), tmp_path / "p"
    chance = Random(3)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        assert look(str(path), "--key", vkey(log.origin, log.key)).faults, place


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n", "\r\n", 1),
        lambda note: note.replace("\n", "\x00\n", 1),
        lambda note: note.replace("\n\n", "\n\n\n"),
        lambda note: note + note.splitlines(keepends=True)[-1] * 16,
        lambda note: note.rstrip("\n"),
        lambda note: note.replace("\u2014", "-"),
        lambda note: note.replace("\n4\n", "\n04\n"),
        lambda note: "",
    ],
)
def test_a_note_that_is_none_cannot_be_read(tmp_path, change):
    log = make_export(tmp_path / "e", 4)
    (tmp_path / "n").write_bytes(change(log.checkpoint(4)).encode())
    code, _ = verify(tmp_path / "n", "--key", vkey(log.origin, log.key))
    assert code == 2


def test_cosignatures_count_by_the_keys_one_gives(tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    keys = {name: Ed25519PrivateKey.generate() for name in ("records.example", "clerk.example")}
    log = make_export(tmp_path / "e", 6, log=Log(witnesses=keys))
    given = [part for name, key in keys.items() for part in ("--witness", vkey(name, key, 4))]
    code, verdict = verify(tmp_path / "e", *given, "--need", 2)
    assert (code, verdict["witnesses"]) == (0, ["records.example", "clerk.example"])
    stranger = vkey("records.example", Ed25519PrivateKey.generate(), 4)
    assert verify(tmp_path / "e", "--witness", stranger, "--need", 1)[0] == 1
    assert log.origin


def rotated(**changes):
    """A log with two keys; the statement as both signed it."""
    import base64

    old, new = Log(), Log()
    names = [base64.b64encode(public_of(one.key)).decode() for one in (old, new)]
    statement = "\n".join(["platekeeper/rotate-key v1", old.origin, "8", *names, ""])
    row = {
        "record": 8,
        "statement": statement,
        "old_signature": base64.b64encode(old.key.sign(statement.encode())).decode(),
        "new_signature": base64.b64encode(new.key.sign(statement.encode())).decode(),
    }
    keys = old.keys()
    keys["keys"].append(key_row(new.key, 9, **(row | changes)))
    return Log(key=new.key), keys


def test_a_change_of_key_is_followed(tmp_path):
    log, keys = rotated()
    record = {8: {"action": "log.rotate_key"}}
    make_export(tmp_path / "e", 12, log=log, keys=keys, changed=record)
    code, verdict = verify(tmp_path / "e")
    assert (code, faults(verdict)) == (0, "")


@pytest.mark.parametrize("gone", ["record", "old_signature", "new_signature", "statement"])
def test_a_change_of_key_nobody_vouches_for_is_refused(tmp_path, gone):
    log, keys = rotated(**{gone: None if gone == "record" else ""})
    make_export(tmp_path / "e", 12, log=log, keys=keys, changed={8: {"action": "log.rotate_key"}})
    assert verify(tmp_path / "e")[0] == 1


def test_a_change_of_key_that_is_left_out_is_told(tmp_path):
    make_export(tmp_path / "e", 12, changed={8: {"action": "log.rotate_key"}})
    code, verdict = verify(tmp_path / "e")
    assert code == 1
    assert "8: this record says that the log's key was changed" in faults(verdict)


@pytest.mark.parametrize("name", ["leaves.jsonl", "keys.json", "checkpoints.txt", "SHA256SUMS", "consistency.json"])
def test_a_file_that_is_missing_is_named(tmp_path, name):
    make_export(tmp_path / "e", 6)
    (tmp_path / "e" / name).unlink()
    code, verdict = verify(tmp_path / "e")
    assert code == 1
    assert name in faults(verdict)


def test_what_is_too_large_is_not_read(tmp_path):
    proof = tmp_path / "proof"
    with proof.open("wb") as file:
        file.write(b"c2sp.org/tlog-proof@v1\n")
        file.truncate(10 * 1024**3)  # sparse: ten gigabytes that take no room
    code, verdict = verify(proof)
    assert code == 2
    assert "not read" in faults(verdict)
    make_export(tmp_path / "e", 6)
    with (tmp_path / "e" / "leaves.jsonl").open("r+b") as file:
        file.truncate(3 * 1024**3)
    code, verdict = verify(tmp_path / "e")
    assert (code, "longer than" in faults(verdict)) == (2, True)
    deep = tmp_path / "deep.json"
    deep.write_text('{"keys":' + "[" * 200_000 + "]" * 200_000 + "}")
    code, verdict = verify(deep)
    assert (code, "deep" in faults(verdict)) == (2, True)
    os.mkfifo(tmp_path / "pipe")
    assert verify(tmp_path / "pipe")[0] == 2


@FEW
@given(data=st.data())
def test_no_input_ends_in_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz") / "e"
    log = make_export(folder, 4)
    name = data.draw(
        st.sampled_from(sorted(path.name for path in folder.iterdir() if path.name != "platekeeper_verify.py"))
    )
    content = (folder / name).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(start + 40, len(content))))
    rubbish = data.draw(
        st.one_of(st.binary(max_size=40), st.sampled_from([b"\xff\xfe", b"NaN", b"1e999", b"[" * 5000, b"-0"]))
    )
    (folder / name).write_bytes(content[:start] + rubbish + content[stop:])
    look(str(folder))
    for raw in (rubbish, content[start:stop], log.proof(0, b"x", 4).encode()[start:]):
        (folder.parent / "f").write_bytes(raw)
        look(str(folder.parent / "f"))


def test_it_runs_where_there_is_no_django_and_on_older_pythons(tmp_path):
    import ast

    make_export(tmp_path / "e", 5)
    ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
    code = "import runpy, sys; sys.modules['django'] = None; del sys.argv[0]; "
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    shutil.copy(VERIFIER, tmp_path / "v.py")
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "v.py"), str(tmp_path / "e")]
    done = subprocess.run(command, capture_output=True, text=True, env={}, timeout=60, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("GOOD")
    wanted = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(VERIFIER.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert all(name.split(".")[0] in sys.stdlib_module_names | {"cryptography"} for name in wanted)


@FEW
@given(count=st.integers(1, 70), data=st.data())
def test_inclusion_is_checked_as_a_second_implementation_has_it(count, data):
    hashes = [bytes([number]) * 32 for number in range(count)]
    index = data.draw(st.integers(0, count - 1))
    proof = inclusion(index, hashes)
    assert outsider.root_by_inclusion(index, count, hashes[index], proof) == root(hashes)
    assert outsider.root_by_inclusion(index, count, hashes[index], [*proof, bytes(32)]) != root(hashes)
