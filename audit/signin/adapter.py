"""How django-allauth meets this house: accounts are made by administrators, guesses are counted, sign-ins recorded."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.actions import Action
from audit.ledger import LedgerUnavailable
from audit.models import User
from audit.refusals import Refused
from audit.roster import accounts
from audit.signin import attempts, machines, notes, rules, second_factor, seeds, sessions


class StaffAccounts(DefaultAccountAdapter):
    """Closed to self-registration (AC-2(e): accounts are approved); every guess counted, every sign-in recorded."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "User name or password is not right.",
        "incorrect_password": "That is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the guess in PostgreSQL; allauth's own limit lives in the cache and is not asked."""
        self._attempt = attempts.at_password(request, credentials.get("username", ""), at=timezone.now())

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user = super().authenticate(request, **credentials)
        if user is not None:
            self._attempt.right()
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        self._attempt.wrong("wrong password")

    def pre_login(self, request: HttpRequest, user: Any, **rest: Any) -> HttpResponse | None:
        self._turn_away_closed(request, user)
        return super().pre_login(request, user, **rest)

    def _turn_away_closed(self, request: HttpRequest, user: User) -> bool:
        """Close an account that has run out or lain unused, job or no job; record the refusal. Whether it is closed."""
        at = timezone.now()
        over = accounts.close_if_over(user, at=at, found_by="sign-in")
        if user.is_active:
            return False
        refusal = over or rules.SUSPENDED.refuse("This account is switched off.")
        notes.refused(notes.claimant(request, user), Refused(refusal), at=at)
        return True

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open the session under a new key, stamp it, record it. Without its record there is no sign-in (503)."""
        if self._turn_away_closed(request, user):  # it may have run out between password and code
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)
        at = timezone.now()
        proofs = get_authentication_records(request, user)
        factor = any(proof.get("method") == "mfa" for proof in proofs)
        sessions.begin(request.session, at=at, second_factor=factor)
        machines.begin(request)
        try:
            notes.signed_in(request, ", ".join(_words(proofs)), at=at)
        except LedgerUnavailable:
            request.session.flush()
            request.user = AnonymousUser()
            raise
        attempts.forgive(request, user)

    def is_reauthentication_required(self, *, app: str, **rest: Any) -> bool:
        """Not within minutes of signing in: the person has just shown who they are, and enrols in one go."""
        request = self.request or context.request
        started = sessions.started_at(request.session) if request is not None else None
        limit = timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
        if started is not None and request.user.is_authenticated and timezone.now() - started < limit:
            return False
        return super().is_reauthentication_required(app=app, **rest)


class SecondFactors(DefaultMFAAdapter):
    """TOTP and recovery seeds are encrypted at rest (C-35); the last second factor stays."""

    def encrypt(self, text: str) -> str:
        return seeds.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return seeds.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return second_factor.others(authenticator) > 0

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        return super().get_public_key_credential_rp_entity() | {"name": "Platekeeper"}


class OwnSessions(DefaultUserSessionsAdapter):
    """Ending one's other sessions leaves a record (settings USERSESSIONS_ADAPTER)."""

    def end_sessions(self, sessions: list[UserSession]) -> None:
        super().end_sessions(sessions)
        if sessions:
            reason = f"ended {len(sessions)} other session{'' if len(sessions) == 1 else 's'}"
            notes.note(context.request, Action.SIGN_OUT, at=timezone.now(), reason=reason)


def _words(proofs: list[dict[str, Any]]) -> list[str]:
    return [str(proof.get("type") or proof.get("method")) for proof in proofs]
