#!/usr/bin/env python3
"""Check an evidence package of Platekeeper, on any computer with Python 3.9 or newer. Nothing else is needed.

    python3 platekeeper-verify-evidence.py PACKAGE.zip [--key AGENCY.pem] [--sha256 HEX]

PACKAGE is the zip file as it was handed over, or the folder it was unpacked into. --key names the agency's public key
as you got it from elsewhere: only that tells whose signature it is. --sha256 is the hash of the whole zip file as the
agency's ledger holds it. Signatures are checked where the Python library `cryptography` is installed; without it the
hashes alone are checked, and the command for openssl is printed.

Ends with 0: whole and signed. 1: something is wrong, and named. 2: this is no package. 3: whole, signature not checked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import stat
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
except ImportError:
    Ed25519PublicKey = None

FORMAT = "platekeeper-evidence/1"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public_key.pem"
MOST_FILES = 5000
MOST_BYTES = 20 * 1024**3
MOST_MANIFEST = 16 * 1024**2
CHUNK = 1024**2
SHOWN = 20


class NoPackage(Exception):
    """What was given cannot be read as a package at all."""


class Zip:
    """The members of a zip file, by name."""

    def __init__(self, path: str) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise NoPackage(f"{path} is not a whole zip file ({error}). Was it cut off while it was copied?") from error
        entries = [entry for entry in self.archive.infolist() if not entry.is_dir()]
        if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise NoPackage("The zip file claims more files or bytes than any package has; it was not opened.")
        for entry in entries:
            if not safe(entry.filename):
                raise NoPackage(f"The zip file holds a file with a forbidden name: {entry.filename!r}.")
            if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 1:
                raise NoPackage(f"{entry.filename} is a link or is encrypted; no package holds such a file.")
        self.entries = {entry.filename: entry for entry in entries}
        if len(self.entries) != len(entries):
            raise NoPackage("The zip file holds two files of one name.")

    def names(self) -> set[str]:
        return set(self.entries)

    def open(self, name: str) -> IO[bytes]:
        return self.archive.open(self.entries[name])


class Folder:
    """The files of an unpacked package, by name."""

    def __init__(self, path: str) -> None:
        self.root = Path(path)
        self.files = {}
        for found in self.root.rglob("*"):
            if found.is_symlink():
                raise NoPackage(f"{found} is a link; no package holds one.")
            if found.is_file():
                self.files[found.relative_to(self.root).as_posix()] = found
            if len(self.files) > MOST_FILES:
                raise NoPackage("The folder holds more files than any package has.")

    def names(self) -> set[str]:
        return set(self.files)

    def open(self, name: str) -> IO[bytes]:
        return self.files[name].open("rb")


def safe(name: str) -> bool:
    """Whether a name stays inside the package: plain parts, no drive, nothing that leads out."""
    parts = name.split("/")
    return bool(re.fullmatch(r"[A-Za-z0-9._/-]{1,200}", name)) and not any(part in ("", ".", "..") for part in parts)


def only_once(pairs: list) -> dict:
    """A JSON object whose names are each there once: of two, readers differ about which counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def content(source: Zip | Folder, name: str, most: int) -> bytes:
    """The bytes of a small file."""
    if name not in source.names():
        raise NoPackage(f"{name} is missing, so this is no package.")
    try:
        with source.open(name) as file:
            found = file.read(most + 1)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise NoPackage(f"{name} is damaged: {error}") from error
    if len(found) > most:
        raise NoPackage(f"{name} is larger than any package's.")
    return found


def read_manifest(raw: bytes) -> tuple[dict, dict[str, tuple[int, str]]]:
    """The list of files in a manifest: {name: (size, sha256)}, and the manifest itself."""
    try:
        manifest = json.loads(raw.decode("utf-8"), object_pairs_hook=only_once)
        if manifest["format"] != FORMAT:
            raise NoPackage(f"This package has format {manifest['format']!r}; this program knows {FORMAT}.")
        files = {}
        for entry in manifest["files"]:
            name, size, digest = entry["name"], entry["size"], entry["sha256"]
            if not (isinstance(name, str) and safe(name) and name not in files and name not in (MANIFEST, SIGNATURE)):
                raise ValueError(f"the file name {name!r}")
            if type(size) is not int or size < 0 or not re.fullmatch("[0-9a-f]{64}", digest):
                raise ValueError(f"the entry of {name}")
            files[name] = (size, digest)
        return manifest, files
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoPackage(f"{MANIFEST} cannot be read: {error}") from error


def check_file(source: Zip | Folder, name: str, size: int, digest: str) -> str | None:
    """What is wrong with a file, or None."""
    found, hashed = 0, hashlib.sha256()
    try:
        with source.open(name) as file:
            while chunk := file.read(CHUNK):
                found += len(chunk)
                if found > size:
                    return f"{name} was changed: it is longer than the {size:,} bytes it had."
                hashed.update(chunk)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        return f"{name} was changed or is damaged: {error}"
    if found != size:
        return f"{name} was changed: it has {found:,} bytes, it had {size:,}."
    if hashed.hexdigest() != digest:
        return f"{name} was changed: its SHA-256 is not the one in the manifest."
    return None


def check_files(source: Zip | Folder, files: dict[str, tuple[int, str]]) -> list[str]:
    """Everything wrong with the files: missing, changed, and those that do not belong."""
    there = source.names()
    wrong = [f"{name} is missing." for name in sorted(set(files) - there)]
    for name in sorted(set(files) & there):
        finding = check_file(source, name, *files[name])
        if finding:
            wrong.append(finding)
    wrong += [f"{name} does not belong to the package." for name in sorted(there - set(files) - {MANIFEST, SIGNATURE})]
    return wrong


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def load_key(pem: bytes) -> Ed25519PublicKey | None:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def check_signature(manifest: dict, raw: bytes, signature: bytes, pem: bytes, agency_pem: bytes | None) -> list[str]:
    """What is wrong with the signature; needs `cryptography`."""
    key = load_key(pem)
    if key is None:
        return [f"{PUBLIC_KEY} was changed: it holds no Ed25519 key."]
    wrong = []
    if key_id(key) != manifest.get("signing", {}).get("key_id"):
        wrong.append(f"{PUBLIC_KEY} was changed: it is not the key that {MANIFEST} names.")
    if agency_pem is not None:
        agency = load_key(agency_pem)
        if agency is None:
            raise NoPackage("The file given with --key holds no Ed25519 public key.")
        if key_id(agency) != key_id(key):
            wrong.append(
                f"The package was signed with another key ({key_id(key)}) than the agency's ({key_id(agency)})."
            )
        key = agency
    try:
        key.verify(signature, raw)
    except InvalidSignature:
        wrong.append(f"{MANIFEST} or {SIGNATURE} was changed: the signature does not fit.")
    return wrong


def whole_file(path: str) -> str:
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


def say(line: str = "") -> None:
    """One line to the terminal; nothing in a package may steer it."""
    sys.stdout.write("".join(sign if sign.isprintable() else "?" for sign in line) + "\n")


def report(manifest: dict, files: dict, wrong: list[str], signed: bool, trusted: bool) -> int:
    """Tell the outcome in plain words; returns the exit code."""
    key = manifest.get("signing", {}).get("key_id", "unknown")
    for line in wrong[:SHOWN]:
        say(f"WRONG: {line}")
    if len(wrong) > SHOWN:
        say(f"... and {len(wrong) - SHOWN} more.")
    if wrong:
        say()
        say("This package is NOT as it was made. Ask the agency for a fresh copy.")
        return 1
    say(f"Whole: all {len(files)} files are there, none was changed, and none was added.")
    maker = manifest.get("made_by", {}).get("name")
    say(f"Case {manifest.get('case_number')}, made by {maker}, {manifest.get('made_at')}.")
    if not signed:
        say("Signature: NOT CHECKED, since the Python library `cryptography` is not installed. With openssl 3, in the")
        say("unpacked folder:")
        say(f"openssl pkeyutl -verify -pubin -inkey {PUBLIC_KEY} -rawin -in {MANIFEST} -sigfile {SIGNATURE}")
        return 3
    if trusted:
        say(f"Signed with the agency's key {key}, the one you gave.")
    else:
        say(f"Signed with the key {key}, which came with the package. Compare it with the agency's published key, or")
        say("give that with --key: anyone could make a package signed with a key of their own.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an evidence package of Platekeeper.")
    parser.add_argument("package", help="the zip file, or the folder it was unpacked into")
    parser.add_argument("--key", help="the agency's public key (PEM), got from elsewhere than the package")
    parser.add_argument("--sha256", help="what the whole zip file's SHA-256 should be, as on the agency's ledger")
    given = parser.parse_args(arguments)
    try:
        folder = Path(given.package).is_dir()
        source = Folder(given.package) if folder else Zip(given.package)
        raw = content(source, MANIFEST, MOST_MANIFEST)
        manifest, files = read_manifest(raw)
        wrong = check_files(source, files)
        there = {SIGNATURE, PUBLIC_KEY} <= source.names()
        if SIGNATURE not in source.names():
            wrong.append(f"{SIGNATURE} is missing.")
        signed = Ed25519PublicKey is not None
        if signed and there:
            agency = Path(given.key).read_bytes() if given.key else None
            signature, pem = content(source, SIGNATURE, 10_000), content(source, PUBLIC_KEY, 10_000)
            wrong += check_signature(manifest, raw, signature, pem, agency)
        if given.sha256 and not folder and whole_file(given.package) != given.sha256.strip().lower():
            wrong.append("The zip file is not the one on the ledger: its own SHA-256 is another.")
    except NoPackage as error:
        say(f"WRONG: {error}")
        return 2
    except OSError as error:
        say(f"Cannot be read: {error}")
        return 2
    if not folder:
        say(f"SHA-256 of the zip file: {whole_file(given.package)}")
    return report(manifest, files, wrong, signed, bool(given.key))


if __name__ == "__main__":
    sys.exit(main())
