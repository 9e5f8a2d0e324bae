"""A second, plain implementation of the log for tests: roots and proofs by the recursive definitions of RFC 9162,
notes and cosignatures by the text of C2SP. It shares no code with the product, nor with the verifier."""

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(count: int) -> int:
    """The largest power of two smaller than the count."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def root(hashes: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    at = split(len(hashes))
    return node(root(hashes[:at]), root(hashes[at:]))


def inclusion(index: int, hashes: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(hashes) == 1:
        return []
    at = split(len(hashes))
    if index < at:
        return [*inclusion(index, hashes[:at]), root(hashes[at:])]
    return [*inclusion(index - at, hashes[at:]), root(hashes[:at])]


def consistency(old: int, hashes: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    return _subproof(old, hashes, True) if 0 < old < len(hashes) else []


def _subproof(old: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    if old == len(hashes):
        return [] if whole else [root(hashes)]
    at = split(len(hashes))
    if old <= at:
        return [*_subproof(old, hashes[:at], whole), root(hashes[at:])]
    return [*_subproof(old - at, hashes[at:], False), root(hashes[:at])]


def frontier(hashes: list[bytes]) -> list[bytes]:
    """Roots of the perfect subtrees, largest first."""
    found, start = [], 0
    for level in range(len(hashes).bit_length() - 1, -1, -1):
        if len(hashes) >> level & 1:
            found.append(root(hashes[start : start + (1 << level)]))
            start += 1 << level
    return found


def public_of(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def key_id(name: str, public: bytes, kind: int) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, key: Ed25519PrivateKey, kind: int = 1) -> str:
    """A key as it is handed round."""
    public = public_of(key)
    return f"{name}+{key_id(name, public, kind).hex()}+{base64.b64encode(bytes([kind]) + public).decode()}"


def signature_line(name: str, key: Ed25519PrivateKey, body: str, kind: int = 1, seconds: int = 1_750_000_000) -> str:
    """A line under a note: the log's (kind 1), or a witness's with its time (kind 4)."""
    if kind == 4:
        signature = seconds.to_bytes(8, "big") + key.sign(f"cosignature/v1\ntime {seconds}\n{body}".encode())
    else:
        signature = key.sign(body.encode())
    raw = key_id(name, public_of(key), kind) + signature
    return f"\u2014 {name} {base64.b64encode(raw).decode()}\n"


@dataclass
class Log:
    """A log of its own, with key and witnesses."""

    origin: str = "log.example/ledger"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    witnesses: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    hashes: list[bytes] = field(default_factory=list)

    def body(self, size: int, tree_root: bytes | None = None) -> str:
        tree_root = root(self.hashes[:size]) if tree_root is None else tree_root
        return f"{self.origin}\n{size}\n{base64.b64encode(tree_root).decode()}\n"

    def checkpoint(self, size: int, tree_root: bytes | None = None) -> str:
        """The signed note over the first ``size`` records, with the witnesses' lines."""
        body = self.body(size, tree_root)
        lines = signature_line(self.origin, self.key, body)
        lines += "".join(signature_line(name, key, body, 4) for name, key in self.witnesses.items())
        return body + "\n" + lines

    def keys(self) -> dict:
        """What keys.json holds."""
        return {
            "format": "platekeeper-log-keys v1",
            "origins": [{"origin": self.origin, "since_size": 0, "opened_at": "", "record": None}],
            "keys": [key_row(self.key)],
            "witnesses": [],
        }

    def proof(self, index: int, leaf: bytes, size: int) -> str:
        """A tlog-proof of one record."""
        hashes = [base64.b64encode(one).decode() for one in inclusion(index, self.hashes[:size])]
        extra = base64.b64encode(leaf).decode()
        return "\n".join(
            ["c2sp.org/tlog-proof@v1", f"extra {extra}", f"index {index}", *hashes, "", ""]
        ) + self.checkpoint(size)


def key_row(key: Ed25519PrivateKey, since: int = 0, **fields: object) -> dict:
    return {
        "key_id": hashlib.sha256(public_of(key)).hexdigest()[:16],
        "public_key": base64.b64encode(public_of(key)).decode(),
        "since_size": since,
        "record": None,
        "vouched_by": None,
        "statement": "",
        "old_signature": "",
        "new_signature": "",
    } | fields
