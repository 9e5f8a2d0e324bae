"""A plate of a list, carried to the page of its sightings: encrypted, since no plate may stand in an address."""

import base64
import hashlib
import json
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_SALT = b"platekeeper.companion.v1:"


def seal_plate(plate: str, search_id: UUID) -> str:
    """The plate for ``?of=``, for the pages of this search alone."""
    return _cipher().encrypt(json.dumps([str(search_id), plate]).encode()).decode()


def open_plate(token: str, search_id: UUID) -> str | None:
    """The plate in the token, None for one that no page of this search gave out."""
    try:
        of, plate = json.loads(_cipher().decrypt(token.encode()))
    except (InvalidToken, UnicodeEncodeError):
        return None
    return plate if of == str(search_id) else None


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(_SALT + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
