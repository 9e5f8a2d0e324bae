"""The witness as its own process: it signs only what continues what it signed before, whatever happens to it."""

import base64
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle
from audit.log import kept_file, notes, proofs
from tests.audit.log.conftest import PROGRAM, ROOT
from tests.audit.log.test_prove_with_nodes import kept_nodes

LOG = "plates.example.gov"
ORIGIN = f"{LOG}/2026"


class Tree:
    """A log in memory that signs whatever it is asked to: also what it should not."""

    def __init__(self, key: Ed25519PrivateKey, size: int = 80, word: str = "leaf") -> None:
        self.key, self.leaves = key, [f"{word} {number}".encode() for number in range(size)]
        self.kept = kept_nodes(self.leaves)

    def root(self, size: int) -> bytes:
        return proofs.fold([(0, size)], self.kept)[0] if size else merkle.EMPTY_ROOT

    def note(self, size: int, origin: str = ORIGIN) -> str:
        return notes.sign(str(notes.Head(origin, size, self.root(size))), origin, self.key)

    def body(self, old: int, new: int, origin: str = ORIGIN) -> bytes:
        pieces = proofs.fold(proofs.consistency_ranges(old, new), self.kept)
        lines = [f"old {old}", *(base64.b64encode(piece).decode() for piece in pieces), "", self.note(new, origin)]
        return "\n".join(lines).encode()


def post(url: str, body: bytes, path: str = "/add-checkpoint") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("Content-Type", "")
    finally:
        connection.close()


@pytest.fixture
def tree(log_key) -> Tree:
    return Tree(log_key)


@pytest.fixture
def room(witness_of, log_key):
    return witness_of(LOG, log_key.public_key().public_bytes_raw())


def cosigned(room, tree: Tree, size: int, line: str) -> bool:
    text = notes.parse(tree.note(size)).text
    return notes.cosigned(text, notes.signature_line(line.rstrip("\n")), room.public) is not None


def test_it_signs_the_first_and_each_continuation(room, tree):
    for old, new in [(0, 3), (3, 3), (3, 40), (40, 80)]:
        status, line, _ = post(room.url, tree.body(old, new))
        assert (status, cosigned(room, tree, new, line)) == (200, True)
    shown = urllib.request.urlopen(f"{room.url}/", timeout=20).read().decode()  # noqa: S310 - our own process
    assert f"{ORIGIN}\n80\n" in shown
    assert [notes.head_of(note).size for note in kept_file.every(room.folder / "taken.txt")] == [3, 40, 80]


def test_a_replayed_old_checkpoint_is_answered_with_the_known_size(room, tree):
    post(room.url, tree.body(0, 40))
    assert post(room.url, tree.body(0, 20)) == (409, "40\n", "text/x.tlog.size")
    assert post(room.url, tree.body(20, 30)) == (409, "40\n", "text/x.tlog.size")
    assert post(room.url, tree.body(0, 40))[0] == 409


def test_one_size_with_two_roots_is_refused(room, tree):
    post(room.url, tree.body(0, 40))
    fork = Tree(tree.key, word="other")
    assert post(room.url, fork.body(40, 40))[:2] == (409, "40\n")


def test_another_history_is_refused(room, tree):
    post(room.url, tree.body(0, 40))
    fork = Tree(tree.key, word="other")
    status, words, _ = post(room.url, fork.body(40, 60))
    assert status == 422
    assert "continues the 40 records" in words


def test_the_next_years_name_is_the_same_history(room, tree):
    post(room.url, tree.body(0, 40))
    assert post(room.url, tree.body(40, 40, f"{LOG}/2027"))[0] == 200
    assert post(room.url, tree.body(40, 60, f"{LOG}/2027"))[0] == 200
    fork = Tree(tree.key, word="other")
    assert post(room.url, fork.body(0, 60, f"{LOG}/2028"))[0] == 409
    assert post(room.url, tree.body(60, 61, "another.log"))[0] == 404
    assert post(room.url, tree.body(60, 61, f"{LOG}/2028/x"))[0] == 404


def test_what_is_sent_again_is_answered_alike_and_kept_once(room, tree):
    first = post(room.url, tree.body(0, 40))
    size = (room.folder / "taken.txt").stat().st_size
    assert post(room.url, tree.body(40, 40)) == first
    junk = tree.body(40, 40) + notes.sign("x\n", "junk", Ed25519PrivateKey.generate()).split("\n\n")[1].encode()
    assert post(room.url, junk) == first
    assert (room.folder / "taken.txt").stat().st_size == size


def test_another_key_is_refused(room, tree):
    assert post(room.url, Tree(Ed25519PrivateKey.generate()).body(0, 40))[0] == 403


GOOD = Tree(Ed25519PrivateKey.from_private_bytes(bytes(32)))
BAD = {
    "nothing": b"",
    "no size": b"old\n\n" + GOOD.note(4).encode(),
    "a leading zero": GOOD.body(0, 4).replace(b"old 0", b"old 00"),
    "no empty line": b"old 0\n" + GOOD.note(4).encode(),
    "a short hash": b"old 1\nAAAA\n\n" + GOOD.note(4).encode(),
    "64 hashes": b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + GOOD.note(4).encode(),
    "carriage returns": GOOD.body(0, 4).replace(b"\n", b"\r\n"),
    "a NUL": GOOD.body(0, 4).replace(b"plates", b"pla\x00es"),
    "17 signatures": GOOD.body(0, 4) + GOOD.note(4).split("\n\n")[1].encode() * 16,
    "no UTF-8": GOOD.body(0, 4).replace(b"plates", b"pl\xff\xfees"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_request_is_told_so(witness_of, name):
    room = witness_of(LOG, GOOD.key.public_key().public_bytes_raw())
    status, words, _ = post(room.url, BAD[name])
    assert status == 400
    assert words.startswith("This is no request: ")
    assert len(words.splitlines()) == 1


def test_an_old_size_beyond_the_new_is_malformed(room, tree):
    body = b"old 9\n\n" + tree.note(4).encode()
    assert post(room.url, body)[0] == 400


def test_each_flipped_bit_of_a_proof_is_refused(room, tree):
    post(room.url, tree.body(0, 37))
    good = tree.body(37, 70)
    proof = good.decode().split("\n\n")[0].split("\n")[1:]
    for number in range(len(proof)):
        for place in (0, 15, 31):
            piece = bytearray(base64.b64decode(proof[number]))
            piece[place] ^= 1
            wrong = [*proof[:number], base64.b64encode(bytes(piece)).decode(), *proof[number + 1 :]]
            assert post(room.url, "\n".join(["old 37", *wrong, "", tree.note(70)]).encode())[0] == 422
    for wrong in ([*proof, proof[0]], proof[:-1], []):
        assert post(room.url, "\n".join(["old 37", *wrong, "", tree.note(70)]).encode())[0] == 422
    assert post(room.url, good)[0] == 200


def test_too_large_a_request_is_not_read(room):
    with socket.create_connection(room.url.removeprefix("http://").split(":"), timeout=20) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
        assert b" 413 " in line.recv(200)


def test_a_request_of_no_length_is_not_read(room):
    with socket.create_connection(room.url.removeprefix("http://").split(":"), timeout=20) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert b" 411 " in line.recv(200)


def test_racing_requests_never_roll_it_back(room, tree):
    """The race of c2sp.org/tlog-witness: many checkpoints at once, and its state only ever grows."""
    post(room.url, tree.body(0, 10))
    answers: list[tuple[int, int]] = []

    def send(new: int) -> None:
        answers.append((new, post(room.url, tree.body(10, new))[0]))

    threads = [threading.Thread(target=send, args=(new,), daemon=True) for new in range(11, 27)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    taken = [new for new, status in answers if status == 200]
    assert len(taken) == 1
    assert [status for _, status in answers if status not in (200, 409)] == []
    assert [notes.head_of(note).size for note in kept_file.every(room.folder / "taken.txt")] == [10, *taken]


def test_killed_at_any_point_it_never_signs_two_histories(room, tree):
    """kill -9 again and again while a log and its fork both post: what it signed stays one history, in its file too."""
    fork = Tree(tree.key, word="other")
    rand, signed, stop = random.Random(7), [], threading.Event()

    def hammer(which: Tree) -> None:
        size = 0
        while not stop.is_set():
            new = min(size + 1, 80)
            try:
                status, line, _ = post(room.url, which.body(size, new))
            except (OSError, http.client.HTTPException):  # it was killed before, or while it answered
                time.sleep(0.01)
                continue
            if status == 200:
                signed.append((new, which.root(new), line))
                size = new
            elif status == 409 and line.strip().isdigit() and int(line) <= 80:
                size = int(line)
            if size == 80:
                return

    threads = [threading.Thread(target=hammer, args=(which,), daemon=True) for which in (tree, fork)]
    for thread in threads:
        thread.start()
    for _ in range(12):
        time.sleep(rand.uniform(0.02, 0.25))
        room.kill()
        room.start()
    stop.set()
    for thread in threads:
        thread.join(timeout=30)
    assert signed
    roots: dict[int, bytes] = {}
    for size, root, _ in signed:
        assert roots.setdefault(size, root) == root
    one = tree if roots[min(roots)] == tree.root(min(roots)) else fork
    assert all(root == one.root(size) for size, root in roots.items())
    heads = [notes.head_of(note) for note in kept_file.every(room.folder / "taken.txt")]
    assert [head.size for head in heads] == sorted({head.size for head in heads})
    assert all(head.root == one.root(head.size) for head in heads)
    assert set(roots) <= {head.size for head in heads}  # stored before it answered


def test_a_torn_entry_was_never_answered_and_is_cut_off(room, tree):
    post(room.url, tree.body(0, 10))
    room.kill()
    taken = room.folder / "taken.txt"
    whole = taken.read_bytes()
    taken.write_bytes(whole + tree.note(12).encode()[:-20])
    room.start()
    assert taken.read_bytes() == whole
    assert post(room.url, tree.body(10, 20))[0] == 200


def test_an_entry_that_was_kept_but_not_answered_counts(room, tree):
    post(room.url, tree.body(0, 10))
    before = (room.folder / "state.json").read_bytes()
    post(room.url, tree.body(10, 20))
    room.kill()
    (room.folder / "state.json").write_bytes(before)  # killed between the two writes
    room.start()
    assert post(room.url, tree.body(10, 30))[:2] == (409, "20\n")


def test_without_its_memory_it_does_not_start(room, tree):
    post(room.url, tree.body(0, 10))
    room.kill()
    (room.folder / "taken.txt").unlink()
    with pytest.raises(AssertionError, match="did not start"):
        room.start()


def test_a_new_key_of_the_log_is_trusted_when_the_old_one_vouches(room, tree, tmp_path):
    post(room.url, tree.body(0, 10))
    new = Ed25519PrivateKey.generate()
    old64, new64 = (base64.b64encode(key.public_key().public_bytes_raw()).decode() for key in (tree.key, new))
    statement = f"platekeeper/rotate-key v1\n{LOG}\n10\n{old64}\n{new64}\n"

    def told(signer: Ed25519PrivateKey) -> bytes:
        row = {"public_key": new64, "statement": statement}
        row |= {"old_signature": base64.b64encode(signer.sign(statement.encode())).decode()}
        row |= {"new_signature": base64.b64encode(new.sign(statement.encode())).decode()}
        return json.dumps({"log": LOG, "keys": [row]}).encode()

    renewed = Tree(new)
    assert post(room.url, renewed.body(10, 20))[0] == 403
    assert post(room.url, told(new), "/add-key")[:2] == (200, "0\n")
    assert post(room.url, renewed.body(10, 20))[0] == 403
    assert post(room.url, told(tree.key), "/add-key")[:2] == (200, "1\n")
    assert post(room.url, renewed.body(10, 20))[0] == 200
    assert post(room.url, b"[]", "/add-key")[0] == 400
    # The key that was changed may have been stolen: it signs nothing here any more, after a restart neither.
    stolen = Tree(tree.key)
    assert post(room.url, stolen.body(20, 30))[0] == 403
    room.kill()
    (room.folder / "state.json").unlink()
    room.start()
    assert post(room.url, stolen.body(20, 30))[0] == 403
    assert post(room.url, renewed.body(20, 30))[0] == 200


def test_it_stands_alone():
    """Nothing of Platekeeper or Django is imported; only the standard library and cryptography."""
    code = "import sys, runpy; runpy.run_path(sys.argv[1], run_name='x'); print(sorted(sys.modules))"
    command = [sys.executable, "-I", "-c", code, str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd="/")
    assert "django" not in done.stdout
    assert "'audit'" not in done.stdout


def test_as_its_own_account_nobody_else_can_write_or_read_its_folder(witness_of, log_key):
    if not ROOT:  # an ordinary account's witness says how it is done
        with pytest.raises(AssertionError, match="only root can become another account"):
            witness_of(LOG, log_key.public_key().public_bytes_raw(), "--user", "nobody")
        return
    folder = Path("/tmp") / f"platekeeper-witness-{os.getpid()}"  # noqa: S108 - a folder every account can reach
    tree = Tree(log_key)
    room = witness_of(LOG, log_key.public_key().public_bytes_raw(), "--folder", str(folder), "--user", "nobody")
    try:
        assert post(room.url, tree.body(0, 10))[0] == 200
        assert {path.owner() for path in (folder, *folder.iterdir())} == {"nobody"}
        uids = [line for line in Path(f"/proc/{room.run.pid}/status").read_text().splitlines() if line[:4] == "Uid:"]
        assert set(uids[0].split()[1:]) == {"65534"}
        for attempt in (f"echo x >> {folder}/taken.txt", f"rm -f {folder}/taken.txt && test ! -e {folder}/taken.txt",
                        f"cat {folder}/key.pem", f"touch {folder}/new"):  # fmt: skip
            done = subprocess.run(["/bin/sh", "-c", attempt], user="daemon", capture_output=True, text=True, timeout=20)
            assert "denied" in done.stderr, attempt
        assert post(room.url, tree.body(10, 20))[0] == 200
    finally:
        room.kill()
        subprocess.run(["/bin/rm", "-r", str(folder)], timeout=20, check=True)
