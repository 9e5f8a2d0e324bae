"""The folder of an export, format ``platekeeper-ledger-export v1``: what an outsider checks with one program.

Pure but for the files it writes and the agency's signing key. Two large files, a line a record and in the same order
(``leaves.jsonl``, ``clear.jsonl``), are written as they come; nothing grows in memory with the number of records.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from audit import signing
from audit.log import export_readme

FORMAT = "platekeeper-ledger-export v1"
LEAVES, CLEAR, CHECKPOINTS = "leaves.jsonl", "clear.jsonl", "checkpoints.txt"
MANIFEST, SIGNATURE, SUMS = "manifest.json", "manifest.sig", "SHA256SUMS"
VERIFIER = Path(__file__).parents[1] / "verifier" / "platekeeper_verify.py"
TELL_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into an export of the records ``[first, upto)``.

    ``lines`` gives each record's two lines in order; ``frontier`` are the hashes of the tree before ``first``, largest
    first; ``notes`` the signed checkpoints by size; ``keys`` what /log/keys.json shows; ``consistency`` the proof from
    ``upto`` to the size ``covered`` of the last checkpoint (empty where they are the same). ``about`` are further facts
    of the manifest, for people.
    """

    first: int
    upto: int
    lines: Iterable[tuple[bytes, bytes]]
    frontier: Sequence[bytes]
    notes: Iterable[str]
    keys: Mapping[str, Any]
    covered: int
    consistency: Sequence[bytes] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """How many records were written, and the manifest's SHA-256 (hex)."""

    records: int
    manifest_sha256: str


def write(folder: Path, contents: Contents, *, tell: Callable[[int], None] | None = None) -> Written:
    """Write the export into an empty folder. Raises signing.SigningUnavailable and OSError."""
    files: dict[str, dict[str, Any]] = {}
    records = _write_records(folder, contents, files, tell)
    with _Counted(folder / CHECKPOINTS, files) as file:
        for number, note in enumerate(contents.notes):
            file.write((("\n" if number else "") + note).encode())
    proof = {"old": contents.upto, "new": contents.covered, "proof": [piece.hex() for piece in contents.consistency]}
    small = {
        "keys.json": as_json(contents.keys),
        "consistency.json": as_json(proof),
        "README.txt": export_readme.text(contents.first, contents.upto, contents.about).encode(),
        "platekeeper_verify.py": VERIFIER.read_bytes(),
    }
    for name, content in small.items():
        with _Counted(folder / name, files) as file:
            file.write(content)
    manifest = as_json(
        {
            "format": FORMAT,
            "first": contents.first,
            "upto": contents.upto,
            "frontier": [piece.hex() for piece in contents.frontier],
            "files": files,
            "signing_key": signing.public_key_pem(),
            "about": dict(contents.about),
        }
    )
    _seal(folder, manifest)
    return Written(records, hashlib.sha256(manifest).hexdigest())


def as_json(value: object) -> bytes:
    """JSON for people and programs: sorted, indented, UTF-8."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _write_records(
    folder: Path, contents: Contents, files: dict[str, dict[str, Any]], tell: Callable[[int], None] | None
) -> int:
    records = 0
    with _Counted(folder / LEAVES, files) as leaves, _Counted(folder / CLEAR, files) as clear:
        for records, (leaf_line, clear_line) in enumerate(contents.lines, start=1):
            leaves.write(leaf_line)
            clear.write(clear_line)
            if tell and records % TELL_EVERY == 0:
                tell(records)
    if records != contents.upto - contents.first:
        raise OSError(f"the log gave {records} records instead of {contents.upto - contents.first}")
    return records


def _seal(folder: Path, manifest: bytes) -> None:
    """The manifest, the agency's signature over it, and the hashes of both."""
    signature = signing.sign(manifest).value
    (folder / MANIFEST).write_bytes(manifest)
    (folder / SIGNATURE).write_bytes(signature)
    sums = [
        f"{hashlib.sha256(raw).hexdigest()}  {name}\n" for name, raw in ((MANIFEST, manifest), (SIGNATURE, signature))
    ]
    (folder / SUMS).write_text("".join(sums))


class _Counted:
    """A file being written, whose size and SHA-256 are noted when it is closed."""

    def __init__(self, path: Path, files: dict[str, dict[str, Any]]) -> None:
        self.path, self.files, self.hashed, self.size = path, files, hashlib.sha256(), 0

    def __enter__(self) -> "_Counted":
        self.file: IO[bytes] = self.path.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.files[self.path.name] = {"size": self.size, "sha256": self.hashed.hexdigest()}

    def write(self, content: bytes) -> None:
        self.file.write(content)
        self.hashed.update(content)
        self.size += len(content)
