"""The purpose of a look, carried from the page that had it to the picture or read it links to.

The token is encrypted, since the words of a reason may name a plate and no plate may stand in a URL. It is good for
ten minutes, for one person and for one subject.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from audit.models import User
from detections.models import ReadRef

MAX_AGE_SECONDS = 10 * 60
_SALT = b"platekeeper.look.v1:"


class TokenError(Exception):
    """The token is missing, expired, altered, or was made for someone or something else."""


@dataclass(frozen=True, slots=True)
class Look:
    """Why the parent page was opened: what the linked look is recorded under. ``ref`` finds the read it links to."""

    purpose: str
    reason: str
    case_number: str
    ref: ReadRef | None = None


def make_token(
    user: User, subject: UUID | ReadRef, purpose: str, reason: str, case_number: str, *, at: datetime
) -> str:
    """A token for ``?t=`` that lets this person open this photograph or read until ten minutes after ``at``."""
    ref, subject_id = (subject.as_list(), subject.id) if isinstance(subject, ReadRef) else (None, subject)
    body = json.dumps([user.pk, str(subject_id), purpose, reason, case_number, ref]).encode()
    return _cipher().encrypt_at_time(body, int(at.timestamp())).decode()


def read_token(token: str, user: User, subject_id: UUID, *, at: datetime) -> Look:
    """What the token carries; raises TokenError unless it is whole, fresh, and made for this person and subject."""
    if not token:
        raise TokenError("missing")
    try:
        body = _cipher().decrypt_at_time(token.encode(), MAX_AGE_SECONDS, int(at.timestamp()))
    except (InvalidToken, UnicodeEncodeError) as error:
        raise TokenError("expired or altered") from error
    holder, subject, purpose, reason, case_number, ref = json.loads(body)
    if (holder, subject) != (user.pk, str(subject_id)):
        raise TokenError("made for someone or something else")
    return Look(purpose, reason, case_number, ReadRef.from_list(ref) if ref else None)


# The name that the photograph's page uses.
photo_token = make_token


def _cipher() -> MultiFernet:
    """Keys from SECRET_KEY and its fallbacks, so that a rotated key lets pages already open go on working."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(_SALT + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
