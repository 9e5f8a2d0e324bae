"""The log's own signing key and its names: which key signed from which size on, and under which name.

The private key is one file (``settings.LOG_KEY_FILE``, Ed25519, PEM, 0600), apart from the agency's. A later key is
vouched for by the one before it, and the name changes with the year over the same tree (docs/adr/0012).
"""

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.conf import settings

from audit.leaf import instant
from audit.log import notes
from audit.models import LogKey, LogOrigin
from audit.signing import SigningUnavailable, why_unusable

FORMAT = "platekeeper-log-keys v1"
STATEMENT = "platekeeper/rotate-key v1"


def load(path: str) -> Ed25519PrivateKey:
    """The private key in a file, read anew each time: a change of key needs no restart. Raises SigningUnavailable."""
    if wrong := why_unusable(path):
        raise SigningUnavailable(wrong)
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise SigningUnavailable(f"The log's key cannot be read: {type(error).__name__}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningUnavailable("The log's key is not an Ed25519 key.")
    return key


def name_of(public: bytes) -> str:
    """The short name of a key: the first 16 hex digits of SHA-256 over its 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


def public_of(key: LogKey) -> bytes:
    """The 32 bytes of a public key."""
    public = load_pem_public_key(key.public_pem.encode())
    if not isinstance(public, Ed25519PublicKey):
        raise SigningUnavailable("This public key is not an Ed25519 key.")
    return public.public_bytes_raw()


def origin(at: datetime) -> LogOrigin:
    """The name the log signs under now; the first one is opened here."""
    if (found := LogOrigin.objects.order_by("since_size", "pk").last()) is not None:
        return found
    return LogOrigin.objects.create(origin=year_name(at), since_size=0, opened_at=at)


def year_name(at: datetime) -> str:
    """The name of a year: the installation's, and the agency's calendar year of the instant."""
    return f"{settings.LOG_ORIGIN_NAME}/{at.astimezone(ZoneInfo(settings.AGENCY['zone'])).year}"


def current(at: datetime) -> tuple[LogKey, Ed25519PrivateKey]:
    """The key that signs now, both halves. Raises SigningUnavailable if the file holds another than the log's."""
    private = load(str(settings.LOG_KEY_FILE))
    public = private.public_key().public_bytes_raw()
    if (latest := LogKey.objects.order_by("since_size", "pk").last()) is None:
        return LogKey.objects.create(**row_of(private, since_size=0, at=at)), private
    if latest.key_id != name_of(public):
        raise SigningUnavailable(
            f"LOG_KEY_FILE holds the key {name_of(public)}, but the log's is {latest.key_id}: "
            "a key is changed with `manage.py log_rotate_key` only."
        )
    return latest, private


def row_of(private: Ed25519PrivateKey, *, since_size: int, at: datetime) -> dict[str, Any]:
    """The fields of a key's row."""
    public = private.public_key()
    return {
        "key_id": name_of(public.public_bytes_raw()),
        "public_pem": pem_of(public),
        "since_size": since_size,
        "introduced_at": at,
    }


def statement(size: int, old: Ed25519PublicKey, new: Ed25519PublicKey) -> str:
    """What old and new key both sign at a change: the log's name, its size then, and both keys."""
    lines = [base64.b64encode(key.public_bytes_raw()).decode() for key in (old, new)]
    return "\n".join([STATEMENT, settings.LOG_ORIGIN_NAME, str(size), *lines, ""])


def pem_of(public: Ed25519PublicKey) -> str:
    """A public key as openssl reads it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def known(origin_name: str) -> list[tuple[str, bytes]]:
    """Every key the log ever had, under one of its names: what a checkpoint's signature is checked with."""
    return [(origin_name, public_of(key)) for key in LogKey.objects.all()]


def published() -> dict[str, Any]:
    """Names, keys and witnesses of the log, as /log/keys.json shows them. Public halves only."""
    from audit.log.witnesses import configured

    origins = list(LogOrigin.objects.order_by("since_size", "pk"))
    return {
        "format": FORMAT,
        "log": settings.LOG_ORIGIN_NAME,
        "origins": [
            {
                "origin": row.origin,
                "since_size": row.since_size,
                "opened_at": instant(row.opened_at),
                "record": row.record_index,
            }
            for row in origins
        ],
        "keys": [_shown(key, origins) for key in LogKey.objects.select_related("vouched_by")],
        "witnesses": [
            {
                "name": witness.name,
                "public_key": base64.b64encode(witness.public).decode(),
                "verifier_key": notes.verifier_key(witness.name, witness.public, notes.COSIGNATURE),
            }
            for witness in configured()
        ],
    }


def _shown(key: LogKey, origins: list[LogOrigin]) -> dict[str, Any]:
    public = public_of(key)
    return {
        "key_id": key.key_id,
        "public_key": base64.b64encode(public).decode(),
        "verifier_keys": [notes.verifier_key(row.origin, public) for row in origins],
        "since_size": key.since_size,
        "introduced_at": instant(key.introduced_at),
        "record": key.record_index,
        "vouched_by": key.vouched_by.key_id if key.vouched_by else None,
        "statement": key.statement,
        "old_signature": base64.b64encode(bytes(key.old_signature)).decode(),
        "new_signature": base64.b64encode(bytes(key.new_signature)).decode(),
    }
