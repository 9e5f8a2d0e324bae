"""allauth's second-factor forms with the lock-out, the once-only codes and the ledger (settings MFA_FORMS)."""

import struct
from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.signin import attempts, notes, second_factor

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, struct.error)


class _OnceOnlyCode:
    """A code is guessed like a password: counted, recorded, and accepted once."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        at, code = timezone.now(), self.cleaned_data["code"]
        attempt = attempts.Attempt(context.request, self.user, "", at=at)
        authenticator = second_factor.authenticator_for(self.user, code, at=at)
        if authenticator is None:
            attempt.wrong("wrong code")
            raise attempts.wrong_code()
        attempt.right()
        authenticator.user = self.user
        self.authenticator = authenticator
        return code


class CodeForm(_OnceOnlyCode, AuthenticateForm):
    """The code asked for at sign-in."""


class CodeAgainForm(_OnceOnlyCode, ReauthenticateForm):
    """The code asked for again in an open session."""


class _RecordedKey:
    """A key cannot be guessed, so it is never locked; that it failed is recorded all the same."""

    user: Any

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError:
            self._record()
            raise
        except _MALFORMED as error:  # fido2 reads whatever a stranger posts
            self._record()
            raise attempts.wrong_code() from error

    def _record(self) -> None:
        notes.failed(notes.claimant(context.request, self.user), "key not accepted", at=timezone.now())


class KeyForm(_RecordedKey, AuthenticateWebAuthnForm):
    """The key asked for after the password."""


class PasskeyForm(_RecordedKey, LoginWebAuthnForm):
    """The passkey in place of name and password. Whom it claims to be is not believed before it is checked."""


class KeyAgainForm(_RecordedKey, ReauthenticateWebAuthnForm):
    """The key asked for again in an open session."""
