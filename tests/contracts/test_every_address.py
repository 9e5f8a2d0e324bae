"""Every address is either on the list of public ones, with its reason, or closed to who is not signed in (AC-14)."""

import uuid
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from audit.models import LedgerEntry
from tests import make

# The reason each may be opened by anyone.
PUBLIC = {
    "home": "says what this is",
    "accessibility": "the accessibility statement",
    "rules": "the rules are public",
    "favicon": "a picture",
    "patterns": "components with invented content; quick start only",
    "set_language": "chooses a language",
    "account_login": "signing in",
    "account_logout": "signing out",
    "account_signup": "says that accounts are made by administrators",
    "account_inactive": "says that an account is closed",
    "account_reset_password": "refused with its clause",
    "account_reset_password_done": "refused with its clause",
    "account_reset_password_from_key": "refused with its clause",
    "account_reset_password_from_key_done": "refused with its clause",
    "account_email_verification_sent": "allauth's page without content",
    "account_confirm_email": "allauth's page; no mail address is a factor here",
    "mfa_login_webauthn": "signing in by passkey",
    "mfa_authenticate": "the second step of signing in",
    "quick_link": "quick start only; a one-time token",
    "audit:log_verifier": "the program anyone checks the ledger with",
    "audit:log_verifier_file": "the same",
    "audit:log": "the log's seals are for everybody",
    "audit:log_checkpoint": "the newest seal as text",
    "audit:log_checkpoint_list": "the newest seals as text",
    "audit:log_keys": "public keys",
    "audit:log_consistency": "hashes only",
    "audit:log_consistency_json": "hashes only",
    "log_checkpoint_api": "the newest seal",
    "log_consistency_api": "hashes only",
    "registry:transparency": "published",
    "registry:transparency_json": "published",
    "registry:definitions": "published",
    "registry:recompute": "published",
    "registry:versions": "published",
    "registry:version": "published",
    "registry:version_differences": "published",
    "registry:version_file": "published",
    "registry:sign_up": "the public form",
    "registry:sent": "the public form's answer",
    "registry:confirm": "a one-time token",
    "registry:mine": "a private token",
    "registry:withdraw": "a private token",
    "registry:demo_mail": "quick start only",
    "registry:lost_link": "the public form for a lost private link",
    "registry:link_sent": "its answer",
}
# In no example and no page of its own.
PLATE = "0ADDR77"
# Refused by role before anything is looked at; these show no plate and so leave no record.
NO_LOOK = {"detections:hit_stream", "detections:enter_hot_plate", "hotlists:renew", "cameras:commission"}
NO_LOOK |= {"hotlists:new_list", "hotlists:new_source"}
NO_LOOK |= {"hotlists:special_ask"}
VALUES = {"uuid": str(uuid.UUID(int=7)), "int": "7", "slug": "alpr-01", "str": "abc", "path": "x", "token": "abc"}


def addresses(patterns: list | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """(name with its namespace, address with its parameters filled in) of every pattern."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + filled(pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", "/" + route


def filled(pattern: URLPattern | URLResolver) -> str:
    """The pattern's own piece of the address, with a value for each parameter."""
    route = str(pattern.pattern).lstrip("^").rstrip("$").replace(r"\Z", "")
    for name, converter in getattr(pattern.pattern, "converters", {}).items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        value = VALUES.get(kind, "abc")
        for written in (f"<{kind}:{name}>", f"<{name}>"):
            route = route.replace(written, value)
    return route


ALL = sorted({pair for pair in addresses() if "(?P" not in pair[1]})
CLOSED = [(name, path) for name, path in ALL if name not in PUBLIC]


def test_the_list_of_public_addresses_names_nothing_that_is_not_there():
    assert set(PUBLIC) - {name for name, _ in addresses()} == set()


@pytest.mark.parametrize(("name", "path"), CLOSED, ids=[f"{name} {path}" for name, path in CLOSED])
def test_an_address_not_on_the_list_is_closed_to_strangers(db, client, name, path):
    make.hot_plate(PLATE)
    make.detection(PLATE)
    for method in ("get", "post"):
        answer = getattr(client, method)(path)
        assert answer.status_code in (301, 302, 400, 401, 403, 404, 405, 415), f"{method} {answer.status_code}"
        if answer.status_code in (301, 302):
            assert "/accounts/login/" in answer["Location"] or answer["Location"].startswith("/admin/")
        assert PLATE.encode() not in b"".join(answer)


@pytest.mark.parametrize(("name", "path"), CLOSED, ids=[f"{name} {path}" for name, path in CLOSED])
def test_one_without_a_role_sees_no_plate_anywhere(db, signed_in, outsider, name, path):
    make.hot_plate(PLATE)
    make.detection(PLATE)
    client = signed_in(outsider)
    answer = client.get(path)
    assert answer.status_code < 500
    assert PLATE.encode() not in b"".join(answer)
    rooms = ("detections", "hotlists", "cameras", "audit")
    if answer.status_code == 403 and name.split(":")[0] in rooms and name not in NO_LOOK:
        assert LedgerEntry.objects.filter(outcome="refused", username="outsider").exists()
