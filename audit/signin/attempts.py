"""One guess at a password or a code, from the door: counted, and every failed or blocked one on the ledger."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import get_user_by_username
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from audit.asker import Asker, address_of
from audit.models import User
from audit.refusals import Refused
from audit.signin import lockout, notes


class Attempt:
    """A guess under way. ``right()`` or ``wrong(reason)`` ends it; begun and left, it counts as failed."""

    def __init__(self, request: HttpRequest, user: User | None, typed: str, *, at: datetime) -> None:
        """Raise ValidationError, in words that tell nothing about the account, when no guess is allowed."""
        self.at = at
        self.by: Asker = notes.claimant(request, user)
        who = user.get_username() if user is not None else lockout.key_of_unknown(typed)
        try:
            self.guess = lockout.begin(who, _place(request), at=at)
        except Refused as refused:
            notes.refused(self.by, refused, at=at)
            raise ValidationError(
                f"{refused.refusal.reason} {refused.refusal.next_step}", code="too_many_login_attempts"
            ) from refused

    def right(self) -> None:
        """It was right."""
        lockout.take_back(self.guess)

    def wrong(self, reason: str) -> None:
        """It was wrong: counted, recorded, and the door shut when it was one too many."""
        locked = lockout.settle(self.guess, at=self.at)
        notes.failed(self.by, f"{reason}; now locked" if locked else reason, at=self.at)


def at_password(request: HttpRequest, username: str, *, at: datetime) -> Attempt:
    """A guess at the password of the named account; in an open session, of its own account."""
    signed_in = getattr(request, "user", None)
    user = signed_in if signed_in is not None and signed_in.is_authenticated else get_user_by_username(username)
    return Attempt(request, user, username, at=at)


def forgive(request: HttpRequest, user: User) -> None:
    """A complete sign-in ends the row of consecutive failures."""
    lockout.forgive(user.get_username(), address_of(request))


def wrong_code() -> ValidationError:
    """What a wrong code is answered with."""
    return ValidationError(get_adapter().error_messages["incorrect_code"], code="incorrect_code")


def _place(request: HttpRequest) -> str:
    """Where guesses are counted: the address; inside an open session the session, so that no outsider can lock it."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return lockout.IN_SESSION + (request.session.session_key or "")[:8]
    return address_of(request)
