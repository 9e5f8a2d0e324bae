"""The quick start's one-time links: the only way in without a second factor, and only where settings switch them on."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.models import QuickLink, User
from audit.refusals import Refused
from audit.roster import accounts
from audit.signin import notes, rules

LIFE = timedelta(hours=24)
DEMO_PREFIX = "demo-"
_TOKEN_BYTES = 32


def make(user: User, *, at: datetime) -> str:
    """Make a link's token for the person. Only its SHA-256 is stored."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    QuickLink.objects.create(user=user, token_hash=_hashed(token), created_at=at, expires_at=at + LIFE)
    return token


def find(token: str) -> QuickLink | None:
    """The link of this token, used or not; None if there is none."""
    return QuickLink.objects.select_related("user").filter(token_hash=_hashed(token)).first()


def refuse(link: QuickLink, *, at: datetime) -> rules.Refusal | None:
    """Why the link lets nobody in any more; None while it does."""
    if link.used_at is not None:
        return rules.LINK_OVER.refuse("This link has been used. Each works once.")
    if link.expires_at <= at:
        return rules.LINK_OVER.refuse("This link is older than a day.")
    if not link.user.is_active:
        return rules.SUSPENDED.refuse("This account is switched off.")
    return accounts.refuse(link.user, at)


def use(link: QuickLink, *, by: Asker, at: datetime) -> None:
    """Use the link up, once however often it is tried at once, and record it. Raises Refused."""
    with ledger.act(Action.QUICK_LINK, by=by, at=at, purpose=notes.PURPOSE):
        # No join here: Django would hide the conditions in a subquery, which a waiting UPDATE does not look at again.
        fresh = QuickLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=at)
        closed = not link.user.is_active or accounts.refuse(link.user, at) is not None
        if closed or fresh.update(used_at=at) != 1:
            link.refresh_from_db()
            raise Refused(refuse(link, at=at) or rules.LINK_OVER.refuse("This link is over."))


def demo_people() -> list[User]:
    """The active people of the demonstration department, by user name."""
    return list(User.objects.filter(username__startswith=DEMO_PREFIX, is_active=True).order_by("username"))


def _hashed(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
