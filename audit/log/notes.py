"""C2SP signed notes: a text, an empty line, signature lines. Strict both ways, byte for byte.

Formats: c2sp.org/signed-note; of a checkpoint: c2sp.org/tlog-checkpoint; of a witness: c2sp.org/tlog-cosignature.
The name of a key and its id together say which key signed; lines of unknown keys are passed over.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_SIGNATURES = 16
MOST_BYTES = 64 * 1024
HASH_BYTES = 32
ED25519, COSIGNATURE = 0x01, 0x04
DASH = "\N{EM DASH}"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class BadNote(ValueError):
    """These bytes are no signed note, or no checkpoint; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line: whose it says it is, the 4 bytes of the key's id, and what follows them."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{DASH} {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note: the signed text with its final newline, and the signature lines."""

    text: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(str(line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: the log's name, its size in records, its root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_id(name: str, public: bytes, kind: int = ED25519) -> bytes:
    """First 4 bytes of ``SHA-256(name || 0x0A || kind || public key)``."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def verifier_key(name: str, public: bytes, kind: int = ED25519) -> str:
    """The key as other tools of transparency logs take it: ``name+id+base64(kind || public key)``."""
    return f"{name}+{key_id(name, public, kind).hex()}+{base64.b64encode(bytes([kind]) + public).decode()}"


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The text as a note with one signature. Raises BadNote for text or name the format does not hold."""
    _check_text(text)
    check_name(name)
    public = key.public_key().public_bytes_raw()
    return str(Note(text, (Line(name, key_id(name, public), key.sign(text.encode())),)))


def parse(note: str | bytes) -> Note:
    """Read a note strictly. Raises BadNote. Nothing is verified yet."""
    text, lines = _split(_decoded(note))
    _check_text(text)
    if not 1 <= len(lines) <= MOST_SIGNATURES:
        raise BadNote(f"a note has 1 to {MOST_SIGNATURES} signatures, this one {len(lines)}")
    return Note(text, tuple(signature_line(line) for line in lines))


def verify(note: str | bytes | Note, keys: Sequence[tuple[str, bytes]]) -> Note:
    """The note, if a key given as (name, 32 bytes) signed it and none of the given keys' lines is wrong.

    Raises BadNote otherwise.
    """
    parsed = note if isinstance(note, Note) else parse(note)
    known = {(name, key_id(name, public)): public for name, public in keys}
    good = 0
    for line in parsed.lines:
        if (public := known.get((line.name, line.key_id))) is None:
            continue
        if not ed25519_fits(public, line.signature, parsed.text.encode()):
            raise BadNote(f"the signature of {line.name} does not fit the text")
        good += 1
    if not good:
        raise BadNote("no known key has signed this note")
    return parsed


def head_of(note: Note) -> Head:
    """What the checkpoint says. Raises BadNote if the text is no checkpoint of ours: exactly three lines."""
    lines = note.text.split("\n")
    if len(lines) != 4 or not lines[0]:
        raise BadNote("a checkpoint has three lines: origin, size, root")
    if not _SIZE.fullmatch(lines[1]):
        raise BadNote("the size is no decimal number")
    root = decode64(lines[2])
    if len(root) != HASH_BYTES:
        raise BadNote("the root is no hash of 32 bytes")
    return Head(lines[0], int(lines[1]), root)


def cosigned(text: str, line: Line, public: bytes) -> int | None:
    """When a witness with this key says it saw the checkpoint (POSIX seconds); None if it did not sign this."""
    if line.key_id != key_id(line.name, public, COSIGNATURE) or len(line.signature) != 8 + 64:
        return None
    seconds = int.from_bytes(line.signature[:8], "big")
    signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    return seconds if ed25519_fits(public, line.signature[8:], signed) else None


def signature_line(text: str) -> Line:
    """Read one signature line without its newline. Raises BadNote."""
    parts = text.split(" ")
    if len(parts) != 3 or parts[0] != DASH:
        raise BadNote("a signature line is a dash, a name and base64, one space apart")
    check_name(parts[1])
    packed = decode64(parts[2])
    if len(packed) < 5:
        raise BadNote("the signature is too short")
    return Line(parts[1], packed[:4], packed[4:])


def decode64(text: str) -> bytes:
    """Bytes of canonical base64: no other text stands for them. Raises BadNote."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadNote("this is no base64") from error
    if base64.b64encode(data).decode() != text:
        raise BadNote("this is base64 of another form than the usual")
    return data


def check_name(name: str) -> None:
    """Raise BadNote for a key's name with a space or a plus in it, or for none."""
    if not name or "+" in name or any(letter.isspace() or ord(letter) < 0x20 for letter in name):
        raise BadNote("a key's name is not empty and has no space and no plus in it")


def ed25519_fits(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the 64 bytes are this key's signature over the data."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decoded(note: str | bytes) -> str:
    try:
        data = note.encode() if isinstance(note, str) else note
        if len(data) > MOST_BYTES:
            raise BadNote(f"a note of more than {MOST_BYTES} bytes is not read")
        return data.decode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise BadNote("a note is text in UTF-8") from error


def _split(note: str) -> tuple[str, list[str]]:
    place = note.rfind("\n\n")
    if place < 0 or not note.endswith("\n") or place + 2 >= len(note):
        raise BadNote("a note is text, an empty line, and lines of signatures, each ending with a newline")
    return note[: place + 1], note[place + 2 : -1].split("\n")


def _check_text(text: str) -> None:
    if not text.strip("\n") or not text.endswith("\n"):
        raise BadNote("the text of a note is not empty and ends with a newline")
    if any(ord(letter) < 0x20 and letter != "\n" for letter in text):
        raise BadNote("the text of a note has no control characters but newlines")
