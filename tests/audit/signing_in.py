"""Signing in through the pages, as a person does: password, code, notice."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.models import LedgerEntry, User
from tests import make

FORMS = {
    "authenticate": "audit.signin.forms.CodeForm",
    "reauthenticate": "audit.signin.forms.CodeAgainForm",
    "authenticate_webauthn": "audit.signin.forms.KeyForm",
    "login_webauthn": "audit.signin.forms.PasskeyForm",
    "reauthenticate_webauthn": "audit.signin.forms.KeyAgainForm",
}


@pytest.fixture
def sign_in_rules(settings: Any) -> Any:
    """The sign-in settings, and none of the last test's request counts."""
    settings.MFA_FORMS = FORMS
    settings.USERSESSIONS_ADAPTER = "audit.signin.adapter.OwnSessions"
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = True
    cache.clear()
    return settings


def enrol(user: User) -> str:
    """Give the person an authenticator app; its secret in the clear."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, *, steps: int = 0, at: datetime | None = None) -> str:
    """The code the app shows at the instant (now), or so many steps of 30 seconds later."""
    now = at.timestamp() if at is not None else time.time()
    return format_hotp_value(hotp_value(secret, int(now) // 30 + steps))


def give_password(client: Client, username: str, password: str = make.PASSWORD, **extra: Any) -> Any:
    """Post name and password; ``extra`` as for Client.post, such as REMOTE_ADDR."""
    return client.post(reverse("account_login"), {"login": username, "password": password}, **extra)


def give_code(client: Client, given: str, **extra: Any) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": given}, **extra)


def accept_notice(client: Client) -> Any:
    return client.post(reverse("notice"))


def sign_in_fully(client: Client, user: User, secret: str, *, steps: int = 0) -> Any:
    """Password, code and notice; the last page's answer."""
    give_password(client, user.username)
    give_code(client, code(secret, steps=steps))
    return accept_notice(client)


def records(action: str) -> list[LedgerEntry]:
    """The ledger's records of one action, oldest first."""
    return list(LedgerEntry.objects.filter(action=action).order_by("index").select_related("clear"))


def at(text: str) -> datetime:
    """An instant of the tests' day, such as "12:00:01", in UTC."""
    return datetime.fromisoformat(f"2026-06-16T{text}").replace(tzinfo=UTC)
