"""Who is asking, from where and by which kind of device: the "who" and "where" of every ledger record."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

from audit.actions import ActorKind

if TYPE_CHECKING:
    from audit.models import User


@dataclass(frozen=True, slots=True)
class Asker:
    """The party behind an act. ``name`` and ``organisation`` are copied onto the record as they are now."""

    kind: ActorKind
    name: str
    organisation: str
    address: str
    user: "User | None" = None
    device_class: str = ""
    session: str = ""

    @property
    def member(self) -> "User":
        """The person behind an act that only people do; raises TypeError for any other party."""
        if self.user is None:
            raise TypeError("this is done by a person")
        return self.user


def person(user: "User", *, address: str = "local", device_class: str = "", session: str = "") -> Asker:
    """A signed-in member of the department (or of a partner agency)."""
    organisation = user.organisation or settings.AGENCY["name"]
    return Asker(ActorKind.PERSON, user.get_username(), organisation, address, user, device_class, session)


def device(code: str, *, address: str) -> Asker:
    """A camera or upload software known by its key."""
    return Asker(ActorKind.DEVICE, code, settings.AGENCY["name"], address, device_class="device")


def system(name: str) -> Asker:
    """The product's own clockwork: a beat task or a command; ``name`` says which."""
    return Asker(ActorKind.SYSTEM, name, settings.AGENCY["name"], "local")


def public(*, address: str) -> Asker:
    """A member of the public on a page that needs no sign-in."""
    return Asker(ActorKind.PUBLIC, "public", "public", address)


def address_of(request: HttpRequest) -> str:
    """The client's address, through as many proxies as the settings trust and no more."""
    hops = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if hops:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= hops:
            return forwarded[-hops][:45]
    return (request.META.get("REMOTE_ADDR") or "unknown")[:45]


def class_of(request: HttpRequest) -> str:
    """The kind of machine the request comes from (audit.devices, which stands above this module)."""
    from audit.devices import device_class

    return device_class(request)


def from_request(request: HttpRequest) -> Asker:
    """The asker behind a page or API request: the person signed in, else the public."""
    address = address_of(request)
    if request.user is not None and request.user.is_authenticated:
        session = (request.session.session_key or "")[:8] if hasattr(request, "session") else ""
        return person(request.user, address=address, device_class=class_of(request), session=session)
    return public(address=address)
