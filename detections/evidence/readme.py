"""README.txt of a package: what it is and how to check it, in plain words and plain letters."""

from detections.models import EvidencePackage


def text(package: EvidencePackage, agency: str, key_id: str) -> str:
    """The text, wrapped for a narrow window."""
    reads = "1 read" if package.read_count == 1 else f"{package.read_count} reads"
    return f"""EVIDENCE PACKAGE
{agency}
Case {package.case_number}, {reads} of licence plates
Package {package.pk}
Record {package.record_index} of the agency's ledger

WHAT IS IN IT

evidence.pdf    The sheet to read first: pictures, plates, times, places, custody.
reads/          A file of facts for each read, for programs (JSON). All times are
                given in the agency's zone and in UTC.
photos/         The picture of each read that has one: "original" is the bytes as
                the camera sent them, "upright" the same without hidden data.
custody.json    Every record of the agency's ledger about these reads and this
                package, up to its making. What was done for another case says
                who, what and when, and no more.
manifest.json   Every file with its size and SHA-256; who made the package, when,
                for what; and where the ledger stood.
manifest.sig    The agency's signature over manifest.json (Ed25519, 64 bytes).
public_key.pem  The key to check it with.
platekeeper-verify-evidence.py
                The program that checks all this.

HOW TO CHECK IT

With Python 3.9 or newer, and the library "cryptography" for the signature:

  python3 platekeeper-verify-evidence.py PACKAGE.zip --key AGENCY.pem

It names every file that is missing, changed or added, in plain words.
A program that came inside a package proves little: take your own copy from the
project or the agency. The same is true of the key: anyone can sign a changed
package with a key of their own, so compare this one with the agency's published
key. This package names the key

  {key_id}

which is the first 16 hex digits of SHA-256 over its 32 bytes.

Without the program: compare the SHA-256 of each file with manifest.json
(sha256sum FILE), and check the signature with openssl 3:

  openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin \\
      -in manifest.json -sigfile manifest.sig

WHAT IT DOES NOT SAY

A read is a machine's reading of a picture. It is a lead and can be wrong. It
says that a plate was seen, at a place and time. It does not say who drove.
The signature says that the agency's system made this package as it is. It does
not say that what the camera told the system was true.
"""
