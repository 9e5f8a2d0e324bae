"""The verbs of the voluntary registry (H): sign up, confirm, see one's own entry, withdraw, forget the unconfirmed.

Contact data stands in ``RegisteredCamera`` alone. No ledger record holds any of it: records are never removed, and who
withdraws is to be gone from here.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import QuerySet

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refusal, Refused
from registry import attempts, letters, rules
from registry.models import RegisteredCamera

PURPOSE = "public registry"
SUBJECT = "registered_camera"
Status = RegisteredCamera.Status
_TOKEN_BYTES = 32
_FORGOTTEN = {
    "contact_name": "",
    "email": "",
    "phone": "",
    "address": "",
    "city": "",
    "zip_code": "",
    "location_note": "",
    "retention_days": None,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person writes about their camera; ``retention_days`` is how long footage is kept, None if unknown."""

    contact_name: str
    email: str
    address: str
    city: str
    zip_code: str
    equipment: str
    phone: str = ""
    location_note: str = ""
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class Traps:
    """What tells people from programs: the field people do not see, and when the form was opened (None: forged)."""

    honeypot: str
    opened_at: datetime | None


def sign_up(offer: Offer, *, consent_version: str, traps: Traps, by: Asker, at: datetime) -> None:
    """Store an offer and send its confirmation link. The answer is the same whatever is stored already.

    Raises Refused, and MailNotSent where the mail server is away (the entry then ends by itself).
    """
    admitted = attempts.admit(by.address, at)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with ledger.act(Action.REGISTRY_SIGN_UP, by=by, at=at, purpose=PURPOSE) as record:
        if not admitted:
            raise Refused(rules.TOO_MANY.refuse("Too many forms were sent from here in the last hour."))
        _require(rules.refuse_trapped(traps.honeypot, traps.opened_at, at))
        _require(rules.refuse_without_consent(consent_version))
        # A stranger could otherwise fill somebody's mailbox with our messages.
        stored = _sent_to(offer.email, at) < rules.MOST_MAILS_A_DAY
        if stored:
            camera = RegisteredCamera.objects.create(
                **asdict(offer),
                consent_version=consent_version,
                consented_at=at,
                token_hash=_hashed(token),
                token_expires_at=at + rules.CONFIRM_WITHIN,
            )
            record.about(SUBJECT, camera.pk)
        record.detail = {"stored": stored, "consent": consent_version}
    if stored:
        letters.send_confirmation(offer.email, token)


def is_confirmable(token: str, at: datetime) -> bool:
    """Whether a confirmation link works now. Shows nothing, so it records nothing."""
    return _unconfirmed(at).filter(token_hash=_hashed(token)).exists()


def confirm(token: str, *, by: Asker, at: datetime) -> str:
    """Make the entry visible to staff, use the link up, and return the token of the private link.

    Raises Refused for a link that does not work, and MailNotSent never: the private link is shown on the page as well.
    """
    private = secrets.token_urlsafe(_TOKEN_BYTES)
    with ledger.act(Action.REGISTRY_CONFIRM, by=by, at=at, purpose=PURPOSE) as record:
        camera = _unconfirmed(at).select_for_update().filter(token_hash=_hashed(token)).first()
        _require(rules.refuse_link(camera is not None))
        assert camera is not None  # noqa: S101 - refused above
        camera.status, camera.confirmed_at = Status.CONFIRMED, at
        camera.token_hash, camera.token_expires_at, camera.private_hash = "", None, _hashed(private)
        camera.link_sent_at = at
        camera.save(
            update_fields=["status", "confirmed_at", "token_hash", "token_expires_at", "private_hash", "link_sent_at"]
        )
        record.about(SUBJECT, camera.pk)
    try:
        letters.send_private_link(camera.email, private)
    except letters.MailNotSent:
        return private
    return private


def send_link_again(email: str, *, by: Asker, at: datetime) -> None:
    """Send new private links to the owner of the address, if there is anything to see; the old ones die.

    The answer is the same whatever is stored. At most once an hour for an entry. Raises Refused, and MailNotSent.
    """
    admitted = attempts.admit(by.address, at)
    tokens: dict[str, list[str]] = {}
    with ledger.act(Action.REGISTRY_LINK, by=by, at=at, purpose=PURPOSE) as record:
        if not admitted:
            raise Refused(rules.TOO_MANY.refuse("Too many forms were sent from here in the last hour."))
        rows = RegisteredCamera.objects.filter(status=Status.CONFIRMED, email__iexact=email)
        for camera in rows.exclude(link_sent_at__gt=at - rules.BETWEEN_LINKS).select_for_update().order_by("pk"):
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            camera.private_hash, camera.link_sent_at = _hashed(token), at
            camera.save(update_fields=["private_hash", "link_sent_at"])
            tokens.setdefault(camera.email, []).append(token)
        record.result_count = sum(map(len, tokens.values()))
    # To the address on file, never to the one typed: another mailbox may look the same once letters are folded.
    for address, links in tokens.items():
        letters.send_new_links(address, links)


def open_own(private: str, *, by: Asker, at: datetime) -> RegisteredCamera:
    """The entry behind a private link, withdrawn ones included. Raises Refused where there is none."""
    with ledger.act(Action.REGISTRY_VIEW, by=by, at=at, purpose=PURPOSE) as record:
        camera = _own(private, record)
        record.result_count = 1
    return camera


def withdraw(private: str, *, by: Asker, at: datetime) -> RegisteredCamera:
    """Remove all contact data and keep the proof of consent. Doing it twice changes nothing. Raises Refused."""
    with ledger.act(Action.REGISTRY_WITHDRAW, by=by, at=at, purpose=PURPOSE) as record:
        camera = _own(private, record, lock=True)
        if camera.status != Status.WITHDRAWN:
            for name, nothing in _FORGOTTEN.items():
                setattr(camera, name, nothing)
            camera.status, camera.withdrawn_at = Status.WITHDRAWN, at
            camera.save(update_fields=[*_FORGOTTEN, "status", "withdrawn_at"])
    return camera


def remove_unconfirmed(*, by: Asker, at: datetime) -> int:
    """Remove entries that nobody confirmed within 48 hours, and forget old attempts; returns how many entries.

    Safe to run twice or late. No record when there was nothing.
    """
    attempts.forget(at)
    old = RegisteredCamera.objects.filter(status=Status.UNCONFIRMED, consented_at__lte=at - rules.KEEP_UNCONFIRMED)
    if not old.exists():
        return 0
    with ledger.act(Action.REGISTRY_CLEAN, by=by, at=at, purpose="system") as record:
        record.result_count = count = old.delete()[0]
    return count


def _unconfirmed(at: datetime) -> QuerySet[RegisteredCamera]:
    return RegisteredCamera.objects.filter(status=Status.UNCONFIRMED, token_expires_at__gt=at)


def _own(private: str, record: ledger.Record, *, lock: bool = False) -> RegisteredCamera:
    rows = RegisteredCamera.objects.filter(private_hash=_hashed(private))
    camera = (rows.select_for_update() if lock else rows).first()
    _require(rules.refuse_link(camera is not None))
    assert camera is not None  # noqa: S101 - refused above
    record.about(SUBJECT, camera.pk)
    return camera


def _sent_to(email: str, at: datetime) -> int:
    return RegisteredCamera.objects.filter(email__iexact=email, consented_at__gt=at - timedelta(days=1)).count()


def _hashed(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def _require(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
