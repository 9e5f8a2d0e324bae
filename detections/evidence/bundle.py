"""The file itself: a manifest over every member, a signature over the manifest, and a zip that is always the same.

Pure but for the signing key. The same members in give the same bytes out: order, times and rights in the zip are fixed
and nothing is compressed, so the hash of the file means its content and nothing about the machine that made it.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from audit import signing

FORMAT = "platekeeper-evidence/1"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public_key.pem"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the package: its name there, its bytes, and what it is in a few words."""

    name: str
    content: bytes
    what: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """The finished zip: its size in bytes, its SHA-256 and the manifest's (hex), and the key that signed."""

    size: int
    sha256: str
    manifest_sha256: str
    key_id: str


def write(members: Iterable[Member], about: Mapping[str, Any], target: IO[bytes]) -> Bundle:
    """Write the package to an open file, one member in memory at a time. Raises signing.SigningUnavailable.

    ``about`` are the manifest's facts beside the list of files.
    """
    files: list[dict[str, Any]] = []
    key_id = signing.key_id()
    with zipfile.ZipFile(target, "w") as archive:
        for member in _with_key(members):
            _add(archive, member)
            digest = hashlib.sha256(member.content).hexdigest()
            files.append({"name": member.name, "size": len(member.content), "sha256": digest, "what": member.what})
        signed_by = {"algorithm": "Ed25519 (RFC 8032) over the bytes of manifest.json", "key_id": key_id}
        manifest = as_json({"format": FORMAT} | dict(about) | {"signing": signed_by, "files": files})
        signature = signing.sign(manifest)
        _add(archive, Member(MANIFEST, manifest, ""))
        _add(archive, Member(SIGNATURE, signature.value, ""))
    size = target.tell()
    target.seek(0)
    return Bundle(size, hash_of(target), hashlib.sha256(manifest).hexdigest(), signature.key_id)


def as_json(value: object) -> bytes:
    """JSON for people and programs: sorted, indented, UTF-8, one form for one value."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def hash_of(file: IO[bytes]) -> str:
    """SHA-256 of the rest of an open file, hex."""
    hashed = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        hashed.update(chunk)
    return hashed.hexdigest()


def verifier(root: Path) -> Member:
    """The program that checks a package, to go along with it."""
    name = "platekeeper-verify-evidence.py"
    return Member(name, (root / "bin" / name).read_bytes(), "The program that checks this package")


def _with_key(members: Iterable[Member]) -> Iterator[Member]:
    yield from members
    yield Member(PUBLIC_KEY, signing.public_key_pem().encode(), "The public key of the signature")


def _add(archive: zipfile.ZipFile, member: Member) -> None:
    entry = zipfile.ZipInfo(member.name, _SAME_TIME)
    entry.create_system = 3  # one kind of rights, wherever it is made
    entry.external_attr = _READABLE
    entry.compress_type = zipfile.ZIP_STORED
    archive.writestr(entry, member.content)
