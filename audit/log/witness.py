"""A witness of a transparency log: cosigns a checkpoint only if it continues what was cosigned before.

One file, to be run by somebody else than who keeps the log: another account, another machine, another key. It needs
Python 3.9 or newer and the package ``cryptography``, nothing of Platekeeper. It speaks c2sp.org/tlog-witness.

    python3 witness.py init --folder /var/lib/witness --name records-room
    python3 witness.py serve --folder /var/lib/witness --port 8091 --origin-key plates.example.gov=BASE64KEY
    python3 witness.py show --folder /var/lib/witness
    python3 witness.py trust --folder /var/lib/witness --keys keys.json

A log given as ``NAME=KEY`` signs as NAME or as NAME/anything (a year, say): all of these are one history here.
Everything taken is added to ``taken.txt`` and flushed to the disk before it is answered; ``state.json`` is only a short
cut to it.
"""

import argparse
import base64
import binascii
import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

MOST_BODY = 64 * 1024
MOST_LINES = 63
MOST_SIGNATURES = 16
MOST_AT_ONCE = 16
SECONDS = 10
DASH = "\u2014"
SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
EMPTY = hashlib.sha256(b"").digest()


class Refused(Exception):
    """An answer other than 200: the status, and one line that says why."""

    def __init__(self, status, words, kind="text/plain; charset=utf-8"):
        super().__init__(words)
        self.status, self.words, self.kind = status, words, kind


# --- the forms: base64, notes, proofs ----------------------------------------------------------------------------


def unbase64(text):
    """Bytes of base64 in its usual form; ValueError for any other."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("this is no base64") from error
    if base64.b64encode(data).decode() != text:
        raise ValueError("this is base64 of an unusual form")
    return data


def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def fits(public, signature, data):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class StoreFailed(Exception):
    """What was to be kept may not be on the disk; nothing was answered."""


class Checkpoint:
    """A checkpoint in a signed note, read strictly: three lines, an empty line, signatures. ValueError otherwise."""

    def __init__(self, note):
        if any(ord(letter) < 0x20 and letter != "\n" for letter in note):
            raise ValueError("a note has no control characters but newlines")
        text, middle, rest = note.rpartition("\n\n")
        if not middle or not rest.endswith("\n"):
            raise ValueError("a note is text, an empty line, and signature lines that each end with a newline")
        self.text, self.note = text + "\n", note
        lines = text.split("\n")
        if len(lines) != 3 or not lines[0] or not SIZE.fullmatch(lines[1]):
            raise ValueError("a checkpoint has three lines: origin, size, root")
        self.origin, self.size, self.root = lines[0], int(lines[1]), unbase64(lines[2])
        if len(self.root) != 32:
            raise ValueError("the root is no hash of 32 bytes")
        given = rest[:-1].split("\n")
        if len(given) > MOST_SIGNATURES:
            raise ValueError(f"a note has at most {MOST_SIGNATURES} signatures")
        self.signatures = [self._signature(line) for line in given]

    @staticmethod
    def _signature(line):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != DASH or not parts[1] or "+" in parts[1]:
            raise ValueError("a signature line is a dash, a name and base64")
        packed = unbase64(parts[2])
        return parts[1], packed[:4], packed[4:]

    def signed_by(self, keys):
        """The lines by which trusted keys signed it under the origin's name; none if one of them does not fit."""
        good = []
        for name, given_id, signature in self.signatures:
            for public in keys:
                if name == self.origin and given_id == key_id(name, 1, public):
                    if not fits(public, signature, self.text.encode()):
                        return []
                    good.append(signature_line(name, given_id + signature))
        return good


def signature_line(name, packed):
    return f"{DASH} {name} {base64.b64encode(packed).decode()}\n"


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def continues(old, old_root, new, new_root, proof):
    """RFC 9162 section 2.1.4.2: whether the tree with ``new`` leaves begins with the one with ``old``."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
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
            before, after = node(piece, before), node(piece, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, piece)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def read_request(body):
    """(old size, proof, checkpoint) of a posted body; Refused 400 if it is none."""
    try:
        head, middle, note = body.decode().partition("\n\n")
        lines = head.split("\n")
        word, _, number = lines[0].partition(" ")
        if not middle or word != "old" or not SIZE.fullmatch(number):
            raise ValueError("the first line is 'old' and a size, and an empty line ends the proof")
        if len(lines) - 1 > MOST_LINES:
            raise ValueError(f"a proof has at most {MOST_LINES} lines")
        proof = [unbase64(line) for line in lines[1:]]
        if any(len(piece) != 32 for piece in proof):
            raise ValueError("a line of the proof is no hash of 32 bytes")
        return int(number), proof, Checkpoint(note)
    except ValueError as error:
        raise Refused(400, f"This is no request: {error}.") from None


# --- what is kept ------------------------------------------------------------------------------------------------


class Witness:
    """A folder with key, trusted log keys and all that was taken. Paths are relative: the process stands in it."""

    def __init__(self, folder, name="", *, only_look=False):
        if not only_look:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        os.chdir(folder)
        self.lock = threading.Lock()
        self.config = read_json("witness.json") or {"name": name or "witness", "logs": {}}
        self.name, self.logs = self.config["name"], self.config["logs"]
        if not only_look:
            self.held = open("lock", "a")  # noqa: SIM115 - held as long as the process lives
            try:
                fcntl.flock(self.held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SystemExit(f"witness: another process works in {folder}") from None
            self.save()
        self.key = read_key("key.pem", make=not only_look)
        self.public = self.key.public_key().public_bytes_raw()
        self.recover(only_look)

    def save(self):
        write("witness.json", json.dumps(self.config, indent=1).encode())

    def follow(self, given):
        """Follow a log given as NAME=KEY. Another key than the one known is not taken here: that is ``trust``."""
        name, _, key = given.partition("=")
        if not name or len(unbase64(key)) != 32:
            raise ValueError(f"{given!r} is not NAME=KEY with 32 bytes of key in base64")
        if key not in self.logs.setdefault(name, [key]):
            say(f"witness: {name} is known here by another key; see `trust`")
        self.save()

    def log_of(self, origin):
        """The followed log an origin belongs to; Refused 404 if there is none."""
        for name in self.logs:
            if origin == name or (origin.startswith(name + "/") and origin.count("/") == name.count("/") + 1):
                return name
        raise Refused(404, "This witness does not follow a log of this name.")

    def take(self, body):
        """The cosignature line of a checkpoint, once it is on the disk; Refused otherwise."""
        old, proof, new = read_request(body)
        log = self.log_of(new.origin)
        lines = new.signed_by([unbase64(key) for key in self.logs[log]])
        if not lines:
            raise Refused(403, "No key that this witness trusts has signed this checkpoint.")
        if old > new.size:
            raise Refused(400, "The old size is larger than the checkpoint's.")
        with self.lock:  # check and store are one step: else an older request could undo a newer one
            head = self.heads.get(log, {"size": 0, "root": EMPTY.hex(), "taken": {}})
            size, root = head["size"], bytes.fromhex(head["root"])
            if self._signer(log, new) < head.get("signer", 0) and new.text not in head["taken"]:
                raise Refused(403, "The log has changed its key; this is signed by one before it.")
            if old != size or (old == new.size and root != new.root):
                raise Refused(409, str(size), "text/x.tlog.size")
            if not continues(old, root, new.size, new.root, proof):
                raise Refused(422, f"The proof does not show that this continues the {size} records seen before.")
            if new.text not in head["taken"]:  # what is sent again is answered again, and not kept again
                self._store(log, new, "".join(lines))
            return self.heads[log]["taken"][new.text]

    def _signer(self, log, checkpoint):
        """The place, among the trusted keys of a log, of the newest that signed; a key that was changed comes back
        no more once its successor has signed, since it may have been changed because it was stolen."""
        keys = self.logs[log]
        return max((at for at, key in enumerate(keys) if checkpoint.signed_by([unbase64(key)])), default=0)

    def trust(self, keys):
        """Trust each later key of a keys.json that a trusted one vouches for; how many were added."""
        added, log = 0, keys["log"]
        known = self.logs.get(log, [])
        for row in keys["keys"]:
            new, statement = row["public_key"], row["statement"]
            if new in known or not statement or f"\n{log}\n" not in statement or f"\n{new}\n" not in statement:
                continue
            signed = statement.encode()
            old = next((key for key in known if f"\n{key}\n" in statement), None)
            vouched = old and fits(unbase64(old), unbase64(row["old_signature"]), signed)
            if vouched and fits(unbase64(new), unbase64(row["new_signature"]), signed):
                known.append(new)
                added += 1
        if added:
            self.save()
        return added

    def latest(self):
        """The newest checkpoint taken of each log, with our signature, as text."""
        return "\n".join(head["note"] for head in self.heads.values()) or "Nothing taken yet.\n"

    def recover(self, only_look=False):
        """State as it was last written, and what ``taken.txt`` has beyond it. A torn last entry was never answered."""
        state = read_json("state.json") or {"kept": 0, "heads": {}}
        self.heads, self.kept = state["heads"], state["kept"]
        there = os.path.getsize("taken.txt") if os.path.exists("taken.txt") else 0
        if there < self.kept:
            raise SystemExit("witness: taken.txt is shorter than it was; put it back, it is this witness's memory")
        if there:
            with open("taken.txt", "rb") as file:
                file.seek(self.kept)
                while entry := next_entry(file):
                    self._move(Checkpoint(entry.decode()[:-1]), len(entry))
        if only_look:
            return
        if there > self.kept:
            with open("taken.txt", "r+b") as file:
                file.truncate(self.kept)
                os.fsync(file.fileno())
        self._write_state()

    def _store(self, log, new, lines):
        now = int(time.time())
        signed = f"cosignature/v1\ntime {now}\n{new.text}".encode()
        packed = key_id(self.name, 4, self.public) + now.to_bytes(8, "big") + self.key.sign(signed)
        entry = f"{new.text}\n{lines}{signature_line(self.name, packed)}\n"
        try:
            self._append(entry.encode())
            self._move(Checkpoint(entry[:-1]), len(entry.encode()))
            self._write_state()
        except OSError as error:
            raise StoreFailed(error.strerror or str(error)) from error

    def _move(self, taken, length):
        """Go on to a checkpoint that is in ``taken.txt``."""
        log = self.log_of(taken.origin)
        before = self.heads.get(log, {})
        same = before.get("taken", {}) if before.get("size") == taken.size else {}
        line = taken.note.splitlines(keepends=True)[-1]
        self.heads[log] = {
            "size": taken.size, "root": taken.root.hex(), "note": taken.note, "taken": same | {taken.text: line},
            "signer": max(before.get("signer", 0), self._signer(log, taken)),
        }  # fmt: skip
        self.kept += length

    @staticmethod
    def _append(data):
        file = os.open("taken.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.write(file, data) != len(data):
                raise OSError("the disk took only a part")
            os.fsync(file)
        finally:
            os.close(file)

    def _write_state(self):
        write("state.json", json.dumps({"kept": self.kept, "heads": self.heads}).encode())


def next_entry(file):
    """One whole entry: text, empty line, signatures, empty line; b"" when there is none."""
    entry, empty = b"", 0
    while line := file.readline(MOST_BODY):
        entry += line
        empty += line == b"\n"
        if empty == 2:
            return entry
    return b""


def write(name, data):
    """Write a file in one step, on the disk before it counts."""
    file = os.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    os.replace(name + ".new", name)
    folder = os.open(".", os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def read_json(name):
    if not os.path.exists(name):
        return None
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def read_key(name, make):
    """The witness's private key, made at the first start."""
    if make and not os.path.exists(name):
        fresh = Ed25519PrivateKey.generate()
        write(name, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with open(name, "rb") as file:
        return load_pem_private_key(file.read(), password=None)


def say(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


# --- the door ----------------------------------------------------------------------------------------------------


class Door(BaseHTTPRequestHandler):
    """POST /add-checkpoint and /add-key; GET / shows the newest of each log."""

    timeout = SECONDS
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "witness", ""
    witness: "Witness"
    busy = threading.BoundedSemaphore(MOST_AT_ONCE)

    def do_POST(self):
        try:
            if self.path == "/add-checkpoint":
                self.answer(200, self.witness.take(self.body()))
            elif self.path == "/add-key":
                self.answer(200, self.add_key(self.body()))
            else:
                raise Refused(404, "There is POST /add-checkpoint and POST /add-key.")
        except Refused as refused:
            self.answer(refused.status, refused.words + "\n", refused.kind)
        except StoreFailed as error:
            with self.witness.lock:
                self.witness.recover()  # the truth is what the disk has
            self.answer(503, f"The witness cannot store anything now: {error}.\n")

    def do_GET(self):
        if self.path == "/":
            self.answer(200, self.witness.latest())
        else:
            self.answer(404, "There is nothing here; see /.\n")

    def add_key(self, body):
        try:
            with self.witness.lock:
                return f"{self.witness.trust(json.loads(body))}\n"
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused(400, "This is no keys.json of a log.") from None

    def body(self):
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or self.headers.get("Transfer-Encoding"):
            raise Refused(411, "Say how long the request is.")
        if len(length) > 9 or int(length) > MOST_BODY:
            self.close_connection = True
            raise Refused(413, f"A request has at most {MOST_BODY} bytes.")
        data = self.rfile.read(int(length))
        if len(data) != int(length):
            raise Refused(400, "The request ended too early.")
        return data

    def answer(self, status, text, kind="text/plain; charset=utf-8"):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status != 200:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, text, *values):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        say(f"{when} {self.address_string()} {text % values!r}")


class Server(ThreadingHTTPServer):
    """So many connections at once, and no more."""

    daemon_threads = True
    allow_reuse_address = True

    def process_request(self, request, address):
        if not Door.busy.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, address)

    def process_request_thread(self, request, address):
        try:
            super().process_request_thread(request, address)
        finally:
            Door.busy.release()

    def handle_error(self, request, address):
        say(f"witness: a connection ended: {sys.exc_info()[1]!r}")


def become(user, folder):
    """Give the folder to an account and be it from here on (only root can)."""
    if os.geteuid() != 0:
        raise SystemExit("witness: only root can become another account; start it as that account instead")
    account = pwd.getpwnam(user)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for path in (folder, *(os.path.join(folder, name) for name in os.listdir(folder))):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    os.chdir(folder)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def describe(witness):
    key = base64.b64encode(witness.public).decode()
    known = f"{witness.name}+{key_id(witness.name, 4, witness.public).hex()}+"
    lines = [f"name {witness.name}", f"public-key {key}"]
    lines.append(f"verifier-key {known}{base64.b64encode(bytes([4]) + witness.public).decode()}")
    lines += [f"follows {log} by {' '.join(keys)}" for log, keys in witness.logs.items()]
    return "\n".join([*lines, "", witness.latest()])


def arguments(given):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    init, serve, show, trust = (verbs.add_parser(name) for name in ("init", "serve", "show", "trust"))
    for verb in (init, serve, show, trust):
        verb.add_argument("--folder", required=True, help="keep it from everybody else")
        verb.add_argument("--user", default="", help="the account to become when started by root")
    for verb in (init, serve):
        verb.add_argument("--name", default="", help="the witness's name, chosen at the first start")
        verb.add_argument("--origin-key", action="append", default=[], metavar="NAME=KEY", help="a log to follow")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, required=True)
    trust.add_argument("--keys", required=True, help="a log's keys.json, with its statements")
    return parser.parse_args(given)


def main(given=None):
    os.umask(0o077)
    options = arguments(given)
    keys = read_json(options.keys) if options.verb == "trust" else None
    folder = os.path.abspath(options.folder)
    server = Server((options.host, options.port), Door) if options.verb == "serve" else None
    if options.user:
        become(options.user, folder)
        folder = "."
    witness = Witness(folder, getattr(options, "name", ""), only_look=options.verb == "show")
    try:
        for log in getattr(options, "origin_key", []):
            witness.follow(log)
        if keys is not None:
            say(f"{witness.trust(keys)} keys added")
    except (ValueError, KeyError) as error:
        raise SystemExit(f"witness: {error}") from None
    if server is None:
        say(describe(witness).rstrip("\n"))
        return
    Door.witness = witness
    say(describe(witness).split("\n\n")[0])
    say(f"listens {options.host}:{server.server_port}")
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
