"""The kind of machine behind a request, found anew for each: an enrolled machine by its cookie, else by its browser.

A phone whose browser says it is a desktop is taken for a desk: no program can tell. Enrolled machines, the agency's
device management and the proxy's client certificates are what holds against that (docs/adr/0014-access-and-devices.md).
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from audit import policy
from audit.abilities import Ability, abilities_of
from audit.devices import rules
from audit.models import Terminal, User

DESK, PHONE = Terminal.DeviceClass.DESK, Terminal.DeviceClass.PHONE
_SALT = "audit.devices.terminal"
_PHONES = ("Mobi", "Android", "iPhone", "iPad")
# Browsers keep no cookie longer than 400 days; an enrolled machine's is renewed with each notice accepted on it.
LIFE_SECONDS = 400 * 24 * 3600
# On the request itself: a page of administration asks many times.
_KEPT, _ALLOWED = "_pk_terminal", "_pk_allowed"


def device_class(request: HttpRequest) -> str:
    """The class of the enrolled machine, else ``phone`` where the browser says so, else ``desk``."""
    terminal = terminal_of(request)
    if terminal is not None:
        return str(terminal.device_class)
    return str(PHONE if _says_phone(request) else DESK)


def terminal_of(request: HttpRequest) -> Terminal | None:
    """The enrolled machine this request comes from. One query where there is a cookie of ours, once a request."""
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, _find(request))
    found: Terminal | None = getattr(request, _KEPT)
    return found


def abilities_here(request: HttpRequest, at: datetime) -> frozenset[Ability]:
    """What the person signed in may do from this machine: their roles', less what the profile keeps from its class."""
    user = request.user
    if not isinstance(user, User):
        return frozenset()
    held = abilities_of(user, at)
    if not hasattr(request, _ALLOWED):
        setattr(request, _ALLOWED, rules.allowed_on(device_class(request), policy.in_force(at)))
    allowed: Collection[str] | None = getattr(request, _ALLOWED)
    return held if allowed is None else frozenset(ability for ability in held if str(ability) in allowed)


def may_here(request: HttpRequest, ability: Ability, at: datetime) -> bool:
    """Whether role and machine allow it."""
    return ability in abilities_here(request, at)


def hashed(token: str) -> str:
    """What is stored of a machine's token."""
    return sha256(token.encode()).hexdigest()


def give_cookie(response: HttpResponse, token: str) -> None:
    """Let the browser keep the machine's token: signed, out of reach of scripts, by HTTPS where the site has it."""
    response.set_cookie(
        _cookie(),
        signing.Signer(salt=_SALT).sign(token),
        max_age=LIFE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def renew_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Let an enrolled machine's browser keep its token for another 400 days."""
    if terminal_of(request) is not None:
        give_cookie(response, token_of(request))


def token_of(request: HttpRequest) -> str:
    """The token of this browser's cookie; "" where there is none, or not one we signed."""
    try:
        return str(signing.Signer(salt=_SALT).unsign(request.COOKIES.get(_cookie(), "")))
    except signing.BadSignature:
        return ""


def _cookie() -> str:
    return "__Host-terminal" if settings.SESSION_COOKIE_SECURE else "terminal"


def _find(request: HttpRequest) -> Terminal | None:
    token = token_of(request)
    if not token:
        return None
    return Terminal.objects.filter(token_hash=hashed(token), retired_at=None).first()


def _says_phone(request: HttpRequest) -> bool:
    browser = request.headers.get("User-Agent", "")
    return request.headers.get("Sec-CH-UA-Mobile") == "?1" or any(word in browser for word in _PHONES)
