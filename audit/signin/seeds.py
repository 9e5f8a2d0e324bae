"""Encryption at rest of authenticator seeds and recovery seeds (CJIS SC-28, C-35): AES-256-GCM under a derived key."""

import base64
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PREFIX = "v1:"
_NONCE_BYTES = 12
_INFO = b"platekeeper authenticator seeds v1"


class SeedUnreadable(Exception):
    """No key of this installation opens the stored seed: it was written under another MFA_KEY or SECRET_KEY."""


def encrypt(text: str) -> str:
    """The text under the current key, as ``v1:`` and base64url of nonce and ciphertext."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_derived(_keys()[0])).encrypt(nonce, text.encode(), _PREFIX.encode())
    return _PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(stored: str) -> str:
    """The text of a stored seed, by the current key or an older one. Raises SeedUnreadable."""
    if not stored.startswith(_PREFIX):
        raise SeedUnreadable("a seed is stored in an unknown form")
    raw = base64.urlsafe_b64decode(stored[len(_PREFIX) :])
    for key in _keys():
        try:
            opened = AESGCM(_derived(key)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _PREFIX.encode())
        except InvalidTag:
            continue
        return opened.decode()
    raise SeedUnreadable("no key of this installation opens the stored seed")


def _keys() -> list[str]:
    """The current key first: MFA_KEY where the installation has one, else SECRET_KEY; then those being retired."""
    own = getattr(settings, "MFA_KEY", "")
    return [key for key in (own, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS) if key]


@lru_cache(maxsize=16)
def _derived(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(key.encode())
