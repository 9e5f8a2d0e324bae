"""The agency's signature (Ed25519): on evidence manifests, purge certificates and whatever else leaves with a proof.

One private key in a file of its own (``settings.SIGNING_KEY_FILE``, PEM, mode 0600), read once a process. Anyone with
the public key can check a signature without this program (docs/adr/0008).
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings


class SigningUnavailable(Exception):
    """There is no usable signing key, so what must be signed is not made; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A detached signature: 64 bytes of Ed25519 (RFC 8032), and which key made them."""

    key_id: str
    value: bytes


def sign(data: bytes) -> Signature:
    """Sign the bytes as they are, without a hash of our own before. Raises SigningUnavailable."""
    return Signature(key_id(), _key().sign(data))


def verify(data: bytes, value: bytes, public_pem: str = "") -> bool:
    """Whether the signature is this key's over these bytes; ``public_pem`` is another agency's or an earlier key.

    Raises SigningUnavailable for a public key that is none.
    """
    try:
        _public(public_pem).verify(value, data)
    except InvalidSignature:
        return False
    return True


def public_key_pem() -> str:
    """The public half, to be handed out: PEM, as openssl reads it. Raises SigningUnavailable."""
    return _public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id(public_pem: str = "") -> str:
    """The name of a key: the first 16 hex digits of SHA-256 over the public key's 32 bytes."""
    return hashlib.sha256(_raw(_public(public_pem))).hexdigest()[:16]


def create_key(path: Path) -> Path:
    """Make the key file (0600) if it is not there yet. Two processes at once agree on one key."""
    if path.exists():
        return path
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    try:
        os.link(fresh, path)  # fails where another was quicker, and then that one's key stands
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path


def why_unusable(path: str) -> str:
    """What is wrong with a key file, in one sentence; "" if it can sign. For the system check."""
    try:
        _load(path)
        if Path(path).stat().st_mode & 0o007:
            return "Every account of the machine may open the signing key."
    except (SigningUnavailable, OSError) as error:
        return str(error)
    return ""


def _key() -> Ed25519PrivateKey:
    return _cached(str(settings.SIGNING_KEY_FILE))


def _load(path: str) -> Ed25519PrivateKey:
    if not path:
        raise SigningUnavailable("No signing key is set.")
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except OSError as error:
        raise SigningUnavailable(f"The signing key cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningUnavailable("The signing key's file holds no private key in PEM without a password.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningUnavailable("The signing key is not an Ed25519 key.")
    return key


_cached = lru_cache(maxsize=4)(_load)


def _public(pem: str = "") -> Ed25519PublicKey:
    if not pem:
        return _key().public_key()
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningUnavailable("This is no public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningUnavailable("This public key is not an Ed25519 key.")
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
