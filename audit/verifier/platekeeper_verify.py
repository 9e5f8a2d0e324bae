#!/usr/bin/env python3
"""Check what Platekeeper's access ledger hands out, on any computer with Python 3.9 or newer. Nothing else is needed.

    python3 platekeeper_verify.py FOLDER             an export of the ledger, unpacked
    python3 platekeeper_verify.py FILE               a proof (tlog-proof), an extract (JSON), a checkpoint, or keys.json
    python3 platekeeper_verify.py OLD NEW PROOF      two checkpoints, and the proof that the later continues the earlier

  --key KEY         the log's key as you got it elsewhere (its text, a file with it, or the log's keys.json);
                    else the one inside is used. A proof of one record and a pair of checkpoints hold none.
  --witness KEY     a witness's key, "name+id+base64"; may be given several times. --need N: so many must sign.
  --checkpoint FILE a checkpoint you kept: the export must agree with it. May be given several times.
  --jobs N          processes to use (default: one for each core). --json: the verdict for programs.

Signatures are checked where the Python library "cryptography" is installed; without it the hashes alone are, and it
says so. Ends with 0: it verifies. 1: it does not, and what is wrong is named. 2: it cannot be read as what it is.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import multiprocessing
import os
import re
import stat
import sys
import unicodedata
from collections import deque
from collections.abc import Iterator
from typing import IO

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    SIGNATURES = True
except ImportError:
    SIGNATURES = False

EXPORT, EXTRACT = "platekeeper-ledger-export v1", "platekeeper-ledger-extract v1"
PROOF = "c2sp.org/tlog-proof@v1"
SENSITIVE = ("query", "reason", "case_number", "subject_label", "detail")
# What is larger than this was not made by the product, and is not read.
MOST_LEAF, MOST_CLEAR, MOST_SMALL, MOST_NOTE = 1 << 19, 1 << 21, 1 << 24, 1 << 16
MOST_RECORDS, MOST_FILES, MOST_SIGNATURES, MOST_HASHES, MOST_DEPTH = 1 << 36, 40, 16, 64, 12
BLOCK, SHOWN, SALTS_KEPT = 2000, 20, 150_000

_NUMBER = r"(?:0|-?[1-9][0-9]{0,18})"
# A string as the product writes it: one way for each character, so that one record has one text.
_TEXT = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
_HASH = r'"([0-9a-f]{64})"'
_INSTANT = r'"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"'
_LEAF = {
    "action": f"({_TEXT})", "actor": f"(?:null|{_NUMBER})", "actor_kind": _TEXT, "address": _TEXT, "at": _INSTANT,
    "case_number": _HASH, "citation": _TEXT, "detail": _HASH, "device_class": _TEXT, "duration_us": _NUMBER,
    "index": f"({_NUMBER})", "organisation": _TEXT, "outcome": f"({_TEXT})", "profile": _TEXT, "purpose": _TEXT,
    "query": _HASH, "reason": _HASH, "recorded_at": f"({_INSTANT})", "result_count": f"(?:null|{_NUMBER})",
    "rule_code": _TEXT, "session": _TEXT, "subject_id": _TEXT, "subject_label": _HASH, "subject_type": _TEXT,
    "username": _TEXT, "v": "1",
}  # fmt: skip
LEAF = re.compile(r"\{" + ",".join(f'"{name}":{form}' for name, form in _LEAF.items()) + r"\}")
# The groups of LEAF, in order; and where the commitments stand among them, in the order of SENSITIVE.
_GROUPS = ("action", "case_number", "detail", "index", "outcome", "query", "reason", "recorded_at", "subject_label")
_PLACES = tuple(_GROUPS.index(name) for name in SENSITIVE)
HIDDEN = re.compile(r'\{"index":(' + _NUMBER + r'),"leaf_hash":' + _HASH + r"\}")
_VALUE = r'(?:"(withheld|destroyed)"|\{"salt":' + _HASH + r',"value":(' + _TEXT + r")\})"
CLEAR = re.compile(
    r'\{"index":(' + _NUMBER + r'),"leaf_hash":' + _HASH + "".join(f',"{name}":{_VALUE}' for name in SENSITIVE) + r"\}"
)
_PREFIX = tuple(b"\x01" + name.encode() + b"\x00" for name in SENSITIVE)
_sha256 = hashlib.sha256


class Unreadable(Exception):
    """What was given cannot be read as what it should be; the message says why. Exit code 2."""


class Report:
    """What was found. A fault is (index or None, words); ``told`` are sentences for people; ``facts`` for programs."""

    def __init__(self) -> None:
        self.faults: list[tuple[int | None, str]] = []
        self.told: list[str] = []
        self.facts: dict[str, object] = {}

    def fault(self, words: str, index: int | None = None) -> None:
        if (index, words) not in self.faults:
            self.faults.append((index, words))


# --- hashing, as RFC 9162 has it ---------------------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    return _sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


class Tree:
    """The perfect subtrees of the records so far, largest first: all that must be kept to go on."""

    def __init__(self, size: int, subtrees: list[bytes]) -> None:
        if bin(size).count("1") != len(subtrees):
            raise Unreadable(f"The tree before record {size} needs {bin(size).count('1')} hashes, not {len(subtrees)}.")
        self.size, self.subtrees = size, list(subtrees)

    def extend(self, hashes: bytes) -> None:
        """Add leaf hashes, given one after the other."""
        stack, size = self.subtrees, self.size
        for at in range(0, len(hashes), 32):
            carry, rest = hashes[at : at + 32], size
            while rest & 1:
                carry = _sha256(b"\x01" + stack.pop() + carry).digest()
                rest >>= 1
            stack.append(carry)
            size += 1
        self.size = size

    def root(self) -> bytes:
        if not self.subtrees:
            return _sha256(b"").digest()
        root = self.subtrees[-1]
        for subtree in reversed(self.subtrees[:-1]):
            root = node_hash(subtree, root)
        return root


def root_by_inclusion(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes | None:
    """The root that a leaf hash and its inclusion proof give (RFC 9162, 2.1.3.2); None where the proof has no fit."""
    if not 0 <= index < size:
        return None
    first, last, root = index, size - 1, leaf
    for piece in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = node_hash(piece, root)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            root = node_hash(root, piece)
        first, last = first >> 1, last >> 1
    return root if last == 0 else None


def continues(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of ``new`` records begins with that of ``old`` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or (old in (0, new) and proof):
        return False
    if old == new:
        return old_root == new_root
    if old == 0:
        return old_root == _sha256(b"").digest()
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    if not path:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    root, later = path[0], path[0]
    for piece in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            root, later = node_hash(piece, root), node_hash(piece, later)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            later = node_hash(later, piece)
        first, last = first >> 1, last >> 1
    return last == 0 and root == old_root and later == new_root


# --- keys, signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ------------------------


class Key:
    """A public key under a name. ``kind`` 1 signs notes, 4 is a witness's; ``id`` is what signature lines name."""

    def __init__(self, name: str, public: bytes, kind: int = 1) -> None:
        self.name, self.public, self.kind = name, public, kind
        self.id = _sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


def read_key(text: str, name: str) -> Key:
    """A key as people hand it round: "name+id+base64", PEM, or the 32 bytes in base64 or hex."""
    text = text.strip()
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", text)
    if match:
        raw = unbase64(match[3], "a key")
        key = Key(match[1], raw[1:], raw[0] if raw else 0)
        if len(raw) != 33 or key.kind not in (1, 4) or key.id.hex() != match[2]:
            raise Unreadable(f"The key of {match[1]} is damaged: its id does not fit, or it is of an unknown kind.")
        return key
    pem = re.search(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----", text)
    if pem:
        raw = unbase64("".join(pem[1].split()), "a key")
        if len(raw) == 44 and raw.startswith(bytes.fromhex("302a300506032b6570032100")):
            return Key(name, raw[12:])
    elif re.fullmatch(r"[0-9a-f]{64}", text):
        return Key(name, bytes.fromhex(text))
    elif len(text) == 44:
        raw = unbase64(text, "a key")
        if len(raw) == 32:
            return Key(name, raw)
    raise Unreadable("This is no Ed25519 public key in a form this program knows.")


def unbase64(text: str, what: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"There is a text in {what} that is not base64.") from None
    if base64.b64encode(raw).decode() != text:
        raise Unreadable(f"There is base64 in {what} that could be written in another way.")
    return raw


class Note:
    """A checkpoint as it was signed: the log's name (origin), how many records, and the root over them."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > MOST_NOTE:
            raise Unreadable(f"A checkpoint of more than {MOST_NOTE:,} bytes is none.")
        text = as_text(raw, "a checkpoint")
        if re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text):
            raise Unreadable("A checkpoint holds a control character (such as CR or NUL); it is not read.")
        body, blank, tail = text.partition("\n\n")
        lines = body.split("\n")
        if not blank or len(lines) < 3 or not lines[0] or not tail.endswith("\n"):
            raise Unreadable("A checkpoint needs a name, a size and a root, a blank line, and signature lines.")
        if not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
            raise Unreadable("The size in a checkpoint is no number.")
        self.origin, self.size, self.root = lines[0], int(lines[1]), unbase64(lines[2], "a checkpoint")
        if len(self.root) != 32:
            raise Unreadable("The root in a checkpoint has not 32 bytes.")
        self.body = (body + "\n").encode()
        self.signatures: list[tuple[str, bytes]] = []
        for line in tail.rstrip("\n").split("\n"):
            match = re.fullmatch(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
            if not match:
                raise Unreadable("There is a line among a checkpoint's signatures that is none.")
            self.signatures.append((match[1], unbase64(match[2], "a signature")))
        if len(self.signatures) > MOST_SIGNATURES:
            raise Unreadable(f"A checkpoint with more than {MOST_SIGNATURES} signatures is not read.")

    def lines_of(self, key: Key) -> list[bytes]:
        """What stands on the signature lines that name the key, without its id."""
        return [raw[4:] for name, raw in self.signatures if name == key.name and raw[:4] == key.id]

    def signed(self, key: Key) -> bool | None:
        """Whether the key signed; None where it did not; without ``cryptography``, whether there is such a line."""
        found = self.lines_of(key)
        if not found:
            return None
        return all(self._good(key, raw) for raw in found)

    def _good(self, key: Key, raw: bytes) -> bool:
        if key.kind == 1:
            return check(key, raw, self.body)
        time = int.from_bytes(raw[:8], "big")
        return (
            len(raw) == 72 and time < 1 << 63 and check(key, raw[8:], b"cosignature/v1\ntime %d\n" % time + self.body)
        )


def check(key: Key, signature: bytes, data: bytes) -> bool:
    """Whether an Ed25519 signature is good; without ``cryptography``, whether it has the right length."""
    if len(signature) != 64:
        return False
    if not SIGNATURES:
        return True
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class Trust:
    """Whose signatures count: the log's keys over time, the one given by hand, and the witnesses."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.given = [key for text in options.key for key in keys_argument(text)]
        self.witnesses = [read_key(key_argument(text), "") for text in options.witness]
        self.need = options.need if options.need is not None else 0
        self.keys: list[tuple[int, bytes]] = []  # (first size it signs, its 32 bytes), in order
        if any(key.kind != 4 or not key.name for key in self.witnesses):
            raise Unreadable("A witness's key has the form name+id+base64, of the kind for cosignatures (4).")

    def log_keys(self, note: Note) -> list[Key]:
        """The keys that may sign this checkpoint."""
        if not self.keys:
            return [read_key(text, note.origin) for text in self.given]
        past = [since for since, _ in self.keys if since <= note.size]
        newest = max(past) if past else self.keys[0][0]
        # At its first size both may sign: the new key begins where the old one ends.
        allowed = [pub for since, pub in self.keys if since == newest]
        if newest == note.size and len(past) > 1:
            allowed += [pub for since, pub in self.keys if since == sorted(past)[-2]]
        return [Key(note.origin, public) for public in allowed]

    def check(self, note: Note, report: Report) -> bool:
        """Whether a key of the log signed the checkpoint. A fault where not."""
        keys = self.log_keys(note)
        results = [note.signed(key) for key in keys]
        if not keys:
            words = "give it with --key (its text, or the file keys.json)"
            report.fault(f"no key of the log is known for the checkpoint at {note.size}; {words}")
        elif True in results and False not in results:
            return True
        elif False in results:
            report.fault(
                f"the log's signature under the checkpoint at {note.size} is not good: it was forged or changed"
            )
        else:
            report.fault(f"the checkpoint at {note.size} is not signed by a key of this log")
        return False

    def check_witnesses(self, note: Note, report: Report) -> None:
        """The witnesses that were named: a bad cosignature is a fault, and so are too few of them."""
        good = []
        for key in self.witnesses:
            signed = note.signed(key)
            if signed:
                good.append(key.name)
            elif signed is False:
                report.fault(f"the cosignature of {key.name} under the checkpoint at {note.size} is not good")
        report.facts["witnesses"] = good
        if self.witnesses:
            word = "Cosigned by" if SIGNATURES else "Cosignature lines, not checked, of"
            report.told.append(
                f"{word} {', '.join(good) or 'none of the witnesses named'} (checkpoint at {note.size})."
            )
        if len(set(good)) < self.need:
            report.fault(
                f"{len(set(good))} of the witnesses named signed the checkpoint at {note.size}; {self.need} must"
            )


def key_argument(text: str) -> str:
    """A key given on the command line: its text, or the file that holds it."""
    return as_text(read_small(text), text) if os.path.isfile(text) else text


def keys_argument(text: str) -> list[str]:
    """The log's key given on the command line; all of them, where it is a file such as keys.json."""
    found = key_argument(text)
    if not found.lstrip().startswith("{"):
        return [found]
    return [texts(row, "public_key") for row in listed(as_object(found.encode(), text), "keys", text)]


def check_keys(content: dict, trust: Trust, report: Report) -> dict[int, str]:
    """The chain of keys: each later one is signed for by the one before it, and signs itself. Sets ``trust.keys``.

    Returns the ledger records that must be changes of key: index -> the new key.
    """
    rows, records = listed(content, "keys", "keys.json"), {}
    known: list[Key] = []
    for number, row in enumerate(rows):
        key = read_key(texts(row, "public_key"), "key")
        since = whole(row, "since_size")
        if number:
            before, statement = known[-1], texts(row, "statement").encode()
            names = all(base64.b64encode(one.public) in statement for one in (before, key))
            old, new = (unbase64(texts(row, name), "keys.json") for name in ("old_signature", "new_signature"))
            if not names or not check(before, old, statement) or not check(key, new, statement):
                report.fault(f"key {number + 1} of the log is not vouched for by the key before it")
            if since < trust.keys[-1][0]:
                report.fault(f"key {number + 1} of the log begins before the key it follows")
            if row.get("record") is None:
                report.fault(f"there is no record of the change to key {number + 1} of the log")
            else:
                records[whole(row, "record")] = base64.b64encode(key.public).decode()
        known.append(key)
        trust.keys.append((since, key.public))
    given = [read_key(text, "key").public for text in trust.given]
    for public in given:
        if public not in [key.public for key in known]:
            report.fault(
                "the key you gave is none of the keys in here: this was signed by somebody else, or the key changed"
            )
    first = base64.b64encode(known[-1].public).decode() if known else ""
    report.facts["keys"] = [key.public.hex() for key in known]
    if not given and known:
        report.told.append(f"The log's key was taken from in here. Compare it with the published one: {first}")
    return records


# --- reading files: nothing is read that is larger than it can be ----------------------------------------------------


def open_file(path: str) -> tuple[IO[bytes], int]:
    """An open regular file, and its size. Pipes and devices are not waited for."""
    try:
        facts = os.stat(path)
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable(f"{path} is not a file.")
        return open(path, "rb"), facts.st_size
    except OSError as error:
        raise Unreadable(f"{path} cannot be opened: {error.strerror}.") from None


def read_small(path: str) -> bytes:
    file, size = open_file(path)
    with file:
        if size > MOST_SMALL:
            raise Unreadable(
                f"{path} has {size:,} bytes; what it should be has {MOST_SMALL:,} at most. It was not read."
            )
        return file.read(MOST_SMALL)


def as_text(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{what} is not text (UTF-8).") from None


def as_object(raw: bytes, what: str) -> dict:
    """A JSON object with each name once, and no deeper than the product's own."""
    text = as_text(raw, what)
    depth = 0
    for mark in re.findall(r"[\[\]{}]", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        depth += 1 if mark in "[{" else -1
        if depth > MOST_DEPTH:
            raise Unreadable(f"{what} is nested more than {MOST_DEPTH} deep; it was not read.")

    def once(pairs: list) -> dict:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name stands in it twice")
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{what} is not JSON as it should be: {str(error)[:120]}.") from None
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not a JSON object.")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def texts(row: object, name: str, default: str | None = None) -> str:
    value = row.get(name, default) if isinstance(row, dict) else None
    if not isinstance(value, str):
        raise Unreadable(f'"{name}" is missing, or is no text.')
    return value


def whole(row: object, name: str) -> int:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_RECORDS:
        raise Unreadable(f'"{name}" is missing, or is no number this program takes.')
    return value


def listed(content: dict, name: str, what: str, most: int = 10_000) -> list:
    rows = content.get(name)
    if not isinstance(rows, list) or len(rows) > most:
        raise Unreadable(f'"{name}" in {what} is no list, or is too long.')
    return rows


def unhex(value: object, what: str) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise Unreadable(f"There is a hash in {what} that is none.")
    return bytes.fromhex(value)


class Stream:
    """A large file, read line by line and hashed on the way."""

    def __init__(self, path: str, longest: int) -> None:
        self.file, self.size = open_file(path)
        self.path, self.longest, self.hashed = path, longest, _sha256()

    def lines(self, count: int) -> tuple[int, bytes]:
        """How many of the next lines there are, and their bytes. A line that is too long is not read to its end."""
        found = []
        for _ in range(count):
            line = self.file.readline(self.longest + 1)
            if len(line) > self.longest:
                raise Unreadable(f"A line of {self.path} is longer than {self.longest:,} bytes; it was not read on.")
            if not line:
                break
            found.append(line)
        whole = b"".join(found)
        self.hashed.update(whole)
        return len(found), whole

    def finish(self) -> str:
        """The SHA-256 of the whole file."""
        while rest := self.file.read(1 << 20):
            self.hashed.update(rest)
        self.file.close()
        return self.hashed.hexdigest()


# --- records -------------------------------------------------------------------------------------------------------


class Block:
    """What the check of some lines found; small enough to be handed between processes."""

    def __init__(self) -> None:
        self.hashes = b""
        self.faults: list[tuple[int | None, str]] = []
        self.rotations: list[int] = []
        self.hidden = self.opened = self.withheld = self.destroyed = self.back = 0
        self.salts = b""
        self.first = self.last = ""
        self.broken = False  # the order is lost: nothing after it can be told


def check_block(job: tuple[int, bytes, bytes | None, int]) -> Block:
    """Check leaves and clear values (whole lines) from an index on. Runs in a process of its own.

    Of the salts those are handed back that are a multiple of the last part of the job.
    """
    index, leaves, clears, share = job
    block, hashes = Block(), []
    salts: list[bytes] = []
    shown = cut(clears) if clears is not None else None
    for place, line in enumerate(cut(leaves), start=index):
        clear = None if shown is None else shown[place - index] if place - index < len(shown) else b""
        try:
            hashes.append(_check_record(place, line, clear, block, salts))
        except Unreadable as error:
            block.faults.append((place, str(error)))
            block.broken = True
            break
    if len(set(salts)) < len(salts):
        block.faults.append((index, f"salts were used twice among the {len(hashes):,} records from here on"))
    low = min(share, 256) - 1
    block.salts = b"".join(
        [salt[:8] for salt in salts if not salt[7] & low and not int.from_bytes(salt[:8], "big") % share]
    )
    block.hashes, block.faults = b"".join(hashes), block.faults[:SHOWN]
    return block


def cut(whole: bytes) -> list[bytes]:
    """The lines, without their ends."""
    lines = whole.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _check_record(index: int, line: bytes, clear: bytes | None, block: Block, salts: list[bytes]) -> bytes:
    """One record: its hash. Raises Unreadable where the line is not the record that must stand here."""
    text = as_text(line, "the record")
    match = LEAF.fullmatch(text)
    if not match:
        match = HIDDEN.fullmatch(text)
        if not match:
            raise Unreadable("this line is not a record as the product writes it, or not in its one form")
        _check_place(index, int(match[1]))
        if clear is not None and clear != line:
            block.faults.append((index, "clear.jsonl has another line for this withheld record"))
        block.hidden += 1
        return bytes.fromhex(match[2])
    groups = match.groups()
    if int(groups[3]) != index:
        _check_place(index, int(groups[3]))
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        raise Unreadable("this line writes letters in another way than the product does (Unicode NFC)")
    hashed = _sha256(b"\x00" + line)
    moment = groups[7]
    if moment < block.last:
        block.back += 1
    block.first, block.last = block.first or moment, moment
    if groups[0] == '"log.rotate_key"' and groups[4] == '"allowed"':
        block.rotations.append(index)
    if clear is not None:
        _check_clear(index, clear, hashed.hexdigest(), groups, block, salts)
    return hashed.digest()


def _check_place(index: int, found: int) -> None:
    if found > index:
        raise Unreadable(f"record {index} is missing here: the next line is record {found}")
    if found < index:
        raise Unreadable(f"record {found} stands here, where record {index} belongs: a line was added or moved")


def _check_clear(index: int, line: bytes, leaf: str, groups: tuple, block: Block, salts: list[bytes]) -> None:
    """The clear values of a record are the ones it committed to."""
    match = CLEAR.fullmatch(as_text(line, "the line of clear values"))
    if not match:
        block.faults.append((index, "the line of its clear values is missing, or not in the product's form"))
        return
    found = match.groups()
    if int(found[0]) != index:
        block.faults.append((index, f"its clear values are missing: the line is about record {found[0]}"))
        return
    if found[1] != leaf:
        block.faults.append((index, "a field of this record is not the one that was hashed"))
        return
    for prefix, place, state, salt, token in zip(_PREFIX, _PLACES, found[2::3], found[3::3], found[4::3]):  # noqa: B905 - Python 3.9 has no strict
        if state:
            block.withheld += state == "withheld"
            block.destroyed += state == "destroyed"
            continue
        raw = bytes.fromhex(salt)
        value = json.loads(token) if "\\" in token else token[1:-1]
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        if _sha256(prefix + raw + value.encode()).hexdigest() != groups[place]:
            name = prefix[1:-1].decode()
            block.faults.append((index, f"the clear value of {name} is not the one that was recorded"))
        salts.append(raw)
        block.opened += 1


# --- an export -------------------------------------------------------------------------------------------------------


class Export:
    """A folder: manifest.json names every file with its SHA-256, and SHA256SUMS names the manifest."""

    def __init__(self, folder: str, options: argparse.Namespace, report: Report) -> None:
        self.folder, self.options, self.report = folder, options, report
        self.manifest = as_object(read_small(self.path("manifest.json")), "manifest.json")
        if self.manifest.get("format") != EXPORT:
            raise Unreadable(f'manifest.json does not say "{EXPORT}": this is no export this program knows.')
        self.first, self.upto = whole(self.manifest, "first"), whole(self.manifest, "upto")
        files = self.manifest.get("files")
        if not isinstance(files, dict) or not 0 < len(files) <= MOST_FILES:
            raise Unreadable("manifest.json names no files, or more than an export has.")
        self.files: dict = files
        if not {"leaves.jsonl", "checkpoints.txt", "keys.json", "consistency.json"} <= set(self.files):
            raise Unreadable("manifest.json does not name the files that every export has.")
        if not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", name) for name in self.files):
            raise Unreadable("manifest.json names a file with a forbidden name.")
        if self.first > self.upto:
            raise Unreadable("manifest.json says that the export ends before it begins.")
        hashes = listed(self.manifest, "frontier", "manifest.json", MOST_HASHES)
        self.tree = Tree(self.first, [unhex(one, "manifest.json") for one in hashes])
        self.trust = Trust(options)
        self.kept = [Note(read_small(path)) for path in options.checkpoint]
        self.sound_at = self.first  # the largest size whose root a checkpoint confirmed
        self.confirmed = self.mismatch = False

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def verify(self) -> None:
        self._names()
        self._small_files()
        keys = as_object(read_small(self.path("keys.json")), "keys.json")
        self.changes = check_keys(keys, self.trust, self.report)
        self.origins = [
            (whole(row, "since_size"), texts(row, "origin")) for row in listed(keys, "origins", "keys.json")
        ]
        for note in self.kept:
            self._origin(note)
            self.trust.check(note, self.report)
        self.streams: list[Stream] = []
        try:
            self._records()
        finally:
            for stream in self.streams:
                stream.file.close()
        self._tell()

    def _names(self) -> None:
        """Nothing missing, nothing added; the manifest itself as it was made."""
        report = self.report
        known = set(self.files) | {"manifest.json", "SHA256SUMS", "manifest.sig"}
        try:
            there = {name for name in os.listdir(self.folder) if not name.startswith((".", "__"))}
        except OSError as error:
            raise Unreadable(f"{self.folder} cannot be opened: {error.strerror}.") from None
        for name in sorted(known - there):
            report.fault(f"the file {name} is missing")
        for name in sorted(there - known)[:SHOWN]:
            report.fault(f"the file {name!r} does not belong to this export")
        if not known <= there:
            raise Missing
        manifest, signature = read_small(self.path("manifest.json")), read_small(self.path("manifest.sig"))
        sums = "".join(
            f"{_sha256(raw).hexdigest()}  {name}\n"
            for raw, name in ((manifest, "manifest.json"), (signature, "manifest.sig"))
        )
        if read_small(self.path("SHA256SUMS")) != sums.encode():
            report.fault("manifest.json, manifest.sig or SHA256SUMS was changed after the export was made")
        signer = read_key(texts(self.manifest, "signing_key"), "agency")
        if not check(signer, signature, manifest):
            report.fault("the agency's signature (manifest.sig) is not one over this manifest")
        report.facts["manifest_signer"] = signer.public.hex()

    def _small_files(self) -> None:
        for name, facts in self.files.items():
            if name in ("leaves.jsonl", "clear.jsonl", "checkpoints.txt"):
                continue
            raw = read_small(self.path(name))
            if _sha256(raw).hexdigest() != texts(facts, "sha256"):
                self.report.fault(f"the file {name} was changed after the export was made")

    def _origin(self, note: Note) -> None:
        """A checkpoint is of this log's name at its size: the newest begun by then, or the one closed just there."""
        past = sorted(row for row in self.origins if row[0] <= note.size)
        good = {name for since, name in past[-1:]} | {name for since, name in past[-2:-1] if past[-1][0] == note.size}
        if note.origin not in good:
            self.report.fault(f"the checkpoint at {note.size} is of another log: {note.origin!r}")

    def _records(self) -> None:
        leaves = Stream(self.path("leaves.jsonl"), MOST_LEAF)
        clears = Stream(self.path("clear.jsonl"), MOST_CLEAR) if "clear.jsonl" in self.files else None
        notes = Stream(self.path("checkpoints.txt"), MOST_NOTE)
        self.streams += filter(None, (leaves, clears, notes))
        self.newest: Note | None = None
        self.notes = self._merge(read_notes(notes))
        self.next = next(self.notes, None)
        self.total, self.share = Block(), 1
        self.salts: set[bytes] = set()
        self.rotations: list[int] = []
        self._confirm()
        for block in in_order(self._jobs(leaves, clears), self.options.jobs, self.upto - self.first):
            self._take(block)
            if block.broken:
                raise Missing
        if self.tree.size < self.upto:
            self.report.fault(f"the export ends here; it should go up to record {self.upto - 1}", self.tree.size)
        self._beyond()
        for stream in self.streams:
            name = os.path.basename(stream.path)
            if stream.finish() != texts(self.files[name], "sha256"):
                self.report.fault(f"the file {name} was changed after the export was made")
        self._rotations()

    def _jobs(self, leaves: Stream, clears: Stream | None) -> Iterator[tuple[int, bytes, bytes | None, int]]:
        at = self.first
        while at < self.upto:
            count = min(BLOCK, self.upto - at)
            found, lines = leaves.lines(count)
            yield at, lines, clears.lines(found)[1] if clears else None, self.share
            at += found
            if found < count:
                return
        for stream in filter(None, (leaves, clears)):
            if stream.lines(1)[0]:
                name = os.path.basename(stream.path)
                self.report.fault(f"there are more lines in {name} than the manifest says", self.upto)

    def _take(self, block: Block) -> None:
        """Add a block to the tree, stopping at each checkpoint on the way."""
        total, hashes, begin = self.total, block.hashes, self.tree.size
        for index, words in block.faults:
            self.report.fault(words, index)
        while self.next and self.next.size <= begin + len(hashes) // 32:
            upto = max(self.next.size - self.tree.size, 0) * 32
            self.tree.extend(hashes[:upto])
            hashes, begin = hashes[upto:], self.tree.size
            self._confirm()
        self.tree.extend(hashes)
        for name in ("hidden", "opened", "withheld", "destroyed", "back"):
            setattr(total, name, getattr(total, name) + getattr(block, name))
        if total.last and block.first and block.first < total.last:
            total.back += 1
        total.first, total.last = total.first or block.first, block.last or total.last
        self.rotations += block.rotations
        self._salts(block)

    def _salts(self, block: Block) -> None:
        """No salt twice: all are compared while there are few, then a known share of them (multiples of a number)."""
        before, count = len(self.salts), len(block.salts) // 8
        self.salts.update(block.salts[at : at + 8] for at in range(0, len(block.salts), 8))
        if len(self.salts) < before + count:
            self.report.fault("a salt was used before, in another record up to here", self.tree.size - 1)
        while len(self.salts) > SALTS_KEPT:
            self.share *= 2
            self.salts = {salt for salt in self.salts if not int.from_bytes(salt, "big") % self.share}

    def _merge(self, notes: Iterator[Note]) -> Iterator[Note]:
        """The checkpoints of the export and those kept by the reader, by size."""
        kept = sorted((note for note in self.kept if note.size >= self.first), key=lambda note: note.size)
        last = 0
        for note in notes:
            if note.size < last:
                raise Unreadable("The checkpoints in checkpoints.txt are not in order.")
            last = note.size
            while kept and kept[0].size <= note.size:
                yield kept.pop(0)
            self._origin(note)
            self.trust.check(note, self.report)
            self.newest = note
            yield note
        yield from kept

    def _confirm(self) -> None:
        """Compare the root so far with every checkpoint at this size."""
        while self.next and self.next.size <= self.tree.size:
            note, self.next = self.next, next(self.notes, None)
            if note.size < self.tree.size or self.mismatch:
                continue
            if note.root == self.tree.root():
                self.sound_at, self.confirmed = note.size, True
                continue
            self.mismatch = True
            where = "in your own copy" if note in self.kept else "in checkpoints.txt"
            if note.size == self.sound_at:
                words = f"the records before it do not give the root of the checkpoint {where}"
            else:
                words = (
                    f"one of the records {self.sound_at} to {note.size - 1} was changed, added or left out: together "
                    f"they do not give the root of the checkpoint at {note.size} {where}"
                )
            self.report.fault(words, self.sound_at)

    def _beyond(self) -> None:
        """A checkpoint later than the export is reached by a consistency proof."""
        content = as_object(read_small(self.path("consistency.json")), "consistency.json")
        later = []
        while self.next:
            later.append(self.next)
            self.next = next(self.notes, None)
        proof = [unhex(one, "consistency.json") for one in listed(content, "proof", "consistency.json", MOST_HASHES)]
        old, new = whole(content, "old"), whole(content, "new")
        for note in later:
            if note.size == new and old == self.tree.size == self.upto:
                if continues(old, self.tree.root(), new, note.root, proof):
                    self.confirmed = True
                    self.sound_at = self.upto
                elif not self.mismatch:
                    self.mismatch = True
                    words = (
                        f"one of the records {self.sound_at} to {self.upto - 1} was changed: they are not the beginning"
                    )
                    self.report.fault(f"{words} of the log that the checkpoint at {new} signs", self.sound_at)
            elif note in self.kept and self.newest and note.size > self.newest.size:
                words = (
                    f"your checkpoint covers {note.size} records, and the log of this export has {self.newest.size}: it"
                )
                self.report.fault(f"{words} was made before your checkpoint was, or records are gone", self.newest.size)
            elif note in self.kept:
                self.report.told.append(
                    f"Your checkpoint at {note.size} is later than these records; it was not compared."
                )
        if not self.mismatch and (self.sound_at < self.upto or not self.confirmed):
            self.report.fault("no checkpoint confirms the records from here on", self.sound_at)

    def _rotations(self) -> None:
        """Each change of key is a record, and each such record is a key."""
        for index in self.rotations:
            if index not in self.changes:
                self.report.fault(
                    "this record says that the log's key was changed, and keys.json leaves that key out", index
                )
        for index in self.changes:
            if self.first <= index < self.upto and index not in self.rotations and not self.total.hidden:
                self.report.fault("keys.json names this record as a change of key, and it is none", index)

    def _tell(self) -> None:
        report, total = self.report, self.total
        origin = self.newest.origin if self.newest else ""
        report.facts.update(origin=origin, first=self.first, upto=self.upto, root=self.tree.root().hex())
        for name in ("hidden", "opened", "withheld", "destroyed"):
            report.facts[name] = getattr(total, name)
        if self.newest:
            self.trust.check_witnesses(self.newest, report)
        count = self.upto - self.first
        report.told.insert(
            0, f"Records {self.first} to {self.upto - 1} of the log {origin!r}: {count:,}, none left out."
        )
        if count == 0:
            report.told[0] = f"No records: the log {origin!r} at {self.first}."
        report.told.append(
            f"{total.hidden:,} records are withheld whole. Of the others' clear values {total.opened:,} are here, and "
            f"are those recorded; {total.withheld:,} withheld, {total.destroyed:,} destroyed at the end of their time."
        )
        if total.first:
            report.told.append(f"Written from {total.first[1:-1]} to {total.last[1:-1]}.")
        if total.back:
            report.told.append(f"The database's clock went back {total.back} times between two records; ask why.")


class Missing(Exception):
    """Something is not there, so that nothing more can be told. What it is is in the report."""


def read_notes(stream: Stream) -> Iterator[Note]:
    """The checkpoints of a file, one at a time; a blank line stands between two."""
    lines: list[bytes] = []
    while True:
        line = stream.lines(1)[1]
        ended = not line or (line == b"\n" and lines and lines[-1].startswith("\u2014".encode()))
        if not ended:
            lines.append(line)
        if ended and lines:
            yield Note(b"".join(lines))
            lines = []
        if not line:
            return
        if len(lines) > 3 * MOST_SIGNATURES:
            raise Unreadable("A checkpoint in checkpoints.txt has too many lines.")


def in_order(jobs: Iterator[tuple], processes: int, records: int) -> Iterator[Block]:
    """The checked blocks in their order: in this process, or where it pays in several, with few blocks under way."""
    pool = None
    if processes > 1 and records > 10 * BLOCK:
        try:
            pool = multiprocessing.get_context().Pool(processes)
        except (OSError, ImportError, ValueError):
            pool = None
    if pool is None:
        for job in jobs:
            yield check_block(job)
        return
    with pool:
        waiting: deque = deque()
        for job in jobs:
            waiting.append(pool.apply_async(check_block, (job,)))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().get(timeout=600)
        while waiting:
            yield waiting.popleft().get(timeout=600)


# --- proofs, extracts, pairs of checkpoints --------------------------------------------------------------------------


def read_proof(raw: bytes) -> tuple[int, bytes | None, list[bytes], Note]:
    """A tlog-proof: index, extra data (here the record), inclusion hashes, checkpoint."""
    head, blank, rest = raw.partition(b"\n\n")
    lines = as_text(head, "the proof").split("\n")
    if lines[0] != PROOF or not blank:
        raise Unreadable("This is no tlog-proof.")
    extra = None
    if len(lines) > 1 and lines[1].startswith("extra "):
        extra = unbase64(lines.pop(1)[6:], "the proof")
    match = re.fullmatch(r"index (0|[1-9][0-9]{0,17})", lines[1]) if len(lines) > 1 else None
    if not match:
        raise Unreadable("The proof names no index.")
    return int(match[1]), extra, hashes_of(lines[2:]), Note(rest)


def hashes_of(lines: list[str]) -> list[bytes]:
    if len(lines) > MOST_HASHES:
        raise Unreadable(f"A proof has {MOST_HASHES} hashes at most; this one is not read.")
    found = [unbase64(line, "the proof") for line in lines]
    if any(len(one) != 32 for one in found):
        raise Unreadable("There is a hash in the proof that has not 32 bytes.")
    return found


def check_inclusion(index: int, leaf: bytes, proof: list[bytes], note: Note, report: Report) -> None:
    if root_by_inclusion(index, note.size, leaf, proof) != note.root:
        report.fault(f"the proof does not lead from this record to the root of the checkpoint at {note.size}", index)


def verify_proof(raw: bytes, options: argparse.Namespace, report: Report) -> None:
    trust = Trust(options)
    index, extra, proof, note = read_proof(raw)
    trust.check(note, report)
    trust.check_witnesses(note, report)
    report.facts.update(index=index, origin=note.origin, size=note.size, root=note.root.hex())
    if extra is None:
        raise Unreadable("The proof does not hold the record it is about (extra), so there is nothing to prove.")
    block = Block()
    hashed = _check_record(index, extra, None, block, [])
    check_inclusion(index, hashed, proof, note, report)
    shown = f"Record {index} is in the log {note.origin!r} of {note.size:,} records."
    report.told = [shown, as_text(extra, "the record")] + report.told


def verify_extract(raw: bytes, options: argparse.Namespace, report: Report) -> None:
    """Some records with their clear values, each with its proof to one checkpoint."""
    content, trust = as_object(raw, "the extract"), Trust(options)
    salts: list[bytes] = []
    note = Note(texts(content, "checkpoint").encode())
    if isinstance(content.get("keys"), dict):
        check_keys(content["keys"], trust, report)
    trust.check(note, report)
    trust.check_witnesses(note, report)
    rows, block = listed(content, "records", "the extract", 100_000), Block()
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"index", "leaf", "clear", "proof"}:
            raise Unreadable("A record of the extract has other parts than index, leaf, clear and proof.")
        index = whole(row, "index")
        leaf, clear = texts(row, "leaf").encode(), texts(row, "clear").encode()
        try:
            hashed = _check_record(index, leaf, clear, block, salts)
        except Unreadable as error:
            report.fault(str(error), index)
            continue
        proof = [str(one) for one in listed(row, "proof", "the extract", MOST_HASHES)]
        check_inclusion(index, hashed, hashes_of(proof), note, report)
    for place, words in block.faults:
        report.fault(words, place)
    report.facts.update(records=len(rows), origin=note.origin, size=note.size, root=note.root.hex())
    report.facts.update(opened=block.opened, withheld=block.withheld, destroyed=block.destroyed)
    shown = (
        f"{len(rows):,} records are in the log {note.origin!r} of {note.size:,} records, and are as they were written."
    )
    words = (
        f"Clear values: {block.opened:,} shown, {block.withheld:,} withheld, {block.destroyed:,} destroyed at the end"
    )
    report.told = [shown, f"{words} of their time."] + report.told


def verify_pair(paths: list[str], options: argparse.Namespace, report: Report) -> None:
    """OLD NEW PROOF; or OLD, and a file with proof and new checkpoint as witnesses get it."""
    trust, old = Trust(options), Note(read_small(paths[0]))
    head, blank, rest = read_small(paths[-1]).partition(b"\n\n")
    new = Note(rest if len(paths) == 2 and blank else read_small(paths[1]))
    lines = _pair_lines(head if len(paths) == 2 else read_small(paths[-1]))
    if lines[0].startswith("old ") and lines.pop(0) != f"old {old.size}":
        report.fault(f"the proof is not about the checkpoint at {old.size}")
    for note in (old, new):
        trust.check(note, report)
    trust.check_witnesses(new, report)
    if new.size < old.size:
        report.fault(f"the second checkpoint ({new.size}) is not later than the first ({old.size})")
    elif not continues(old.size, old.root, new.size, new.root, hashes_of([line for line in lines if line])):
        if old.size == new.size and old.root != new.root:
            report.fault(f"two checkpoints at {old.size} with different roots: the log told two stories (split view)")
        else:
            report.fault(f"the log at {new.size} does not begin with the {old.size} records it had before")
    report.facts.update(old=old.size, new=new.size)
    report.told.insert(0, f"The log of {new.size:,} records against the log of {old.size:,} records.")


def _pair_lines(raw: bytes) -> list[str]:
    """The hashes that join two checkpoints: one a line, or the JSON of the page /log/consistency/OLD/NEW/json/."""
    if not raw.lstrip().startswith(b"{"):
        return as_text(raw.partition(b"\n\n")[0], "the proof").rstrip("\n").split("\n")
    content = as_object(raw, "the proof")
    hashes = [str(one) for one in listed(content, "proof", "the proof", MOST_HASHES)]
    return [f"old {whole(content, 'old')}", *hashes]


def verify_file(path: str, options: argparse.Namespace, report: Report) -> None:
    raw = read_small(path)
    if raw.startswith(b"PK"):
        raise Unreadable("This is a ZIP file. Unpack it first, and give the folder that comes out of it.")
    if raw.startswith(b"%PDF"):
        raise Unreadable("This is a PDF. Save the file extract.json that is attached to it, and give that.")
    if raw.startswith(PROOF.encode()):
        verify_proof(raw, options, report)
    elif raw.lstrip().startswith(b"{"):
        content = as_object(raw, path)
        if content.get("format") == EXTRACT:
            verify_extract(raw, options, report)
        elif isinstance(content.get("keys"), list):
            check_keys(content, Trust(options), report)
            report.told.insert(0, f"{len(content['keys'])} keys of the log, each vouched for by the one before it.")
        else:
            raise Unreadable(f"{path} is JSON, but neither an extract nor the log's keys.")
    else:
        trust, note = Trust(options), Note(raw)
        trust.check(note, report)
        trust.check_witnesses(note, report)
        report.told.insert(
            0, f"A checkpoint of the log {note.origin!r}: {note.size:,} records, root {note.root.hex()}."
        )


# --- the command line ------------------------------------------------------------------------------------------------


def run(paths: list[str], options: argparse.Namespace, report: Report) -> None:
    if len(paths) in (2, 3):
        verify_pair(paths, options, report)
    elif len(paths) == 1 and os.path.isdir(paths[0]):
        Export(paths[0], options, report).verify()
    elif len(paths) == 1:
        verify_file(paths[0], options, report)
    else:
        raise Unreadable("Give one folder, one file, or two checkpoints and a proof.")


def plain(text: str) -> str:
    """Text for a terminal: what would move the cursor or hide is shown as its number."""
    return "".join(one if one.isprintable() else f"[U+{ord(one):04X}]" for one in text)


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="WHAT")
    for name in ("--key", "--witness", "--checkpoint"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--need", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options, report, code, unreadable = options_of(arguments), Report(), 0, ""
    try:
        run(options.paths, options, report)
    except Missing:
        pass
    except Unreadable as error:
        code, unreadable = 2, str(error)
    except (OSError, MemoryError, multiprocessing.ProcessError) as error:
        code, unreadable = 2, f"It could not be read: {error}"
    except KeyboardInterrupt:
        code, unreadable = 2, "It was stopped before the end."
    code = code or (1 if report.faults else 0)
    signatures = "checked" if SIGNATURES else "not checked"
    if options.json:
        faults = [{"index": index, "words": words} for index, words in report.faults[:SHOWN]]
        verdict = {"code": code, "unreadable": unreadable, "faults": faults, "signatures": signatures}
        sys.stdout.write(json.dumps({**verdict, "told": report.told, **report.facts}) + "\n")
        return code
    lines = [{0: "GOOD: it verifies.", 1: "BAD: it does not verify.", 2: "It cannot be read."}[code]]
    lines += [fault if index is None else f"record {index}: {fault}" for index, fault in report.faults[:SHOWN]]
    lines += [f"and {len(report.faults) - SHOWN} more"] if len(report.faults) > SHOWN else []
    lines += [unreadable] if unreadable else []
    lines += report.told if code == 0 else []
    if code != 2:
        lines.append(
            "Hashes and signatures were checked."
            if SIGNATURES
            else 'Hashes alone were checked. SIGNATURES WERE NOT: install the Python library "cryptography" for that.'
        )
    sys.stdout.write("\n  ".join(plain(line) for line in lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
