"""The key of a device: in the Authorization or X-Api-Key header, never in the address."""

import re
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from cameras import devices
from cameras.models import DeviceKey

_KEY_NAMES = frozenset(
    {"key", "api_key", "apikey", "api-key", "x-api-key", "token", "access_token", "auth", "authorization"}
)
_KEY_FORM = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


class Rejection(APIException):
    """A request a device gets back: status, a stable code, a reason for people, and what else helps."""

    def __init__(self, status: int, code: str, reason: str, **more: Any) -> None:
        super().__init__(reason, code)
        self.status_code = status
        self.body = {"code": code, "reason": reason, **more}


class DeviceKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer <key>``, or ``X-Api-Key: <key>`` for software that can send no other header."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, DeviceKey]:
        header = request.headers.get("Authorization", "")
        if not header and "X-Api-Key" in request.headers:
            header = f"Bearer {request.headers['X-Api-Key'].strip()}"
        if not header:
            raise Rejection(401, "key.missing", "Send the device key in the header Authorization: Bearer <key>.")
        key = devices.authenticate(header, timezone.now())
        if key is None:
            reason = "This key is not known, was revoked or has expired. Ask an ALPR administrator for a new one."
            raise Rejection(401, "key.unknown", reason)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="device"'


class HasDeviceKey(BasePermission):
    """Only devices: a signed-in person posts no reads."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, DeviceKey)


def reject_key_in_query(request: HttpRequest) -> None:
    """Refuse a key in the address, where every proxy and log on the way keeps a copy of it."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return
    names = {name.lower() for name, _ in parse_qsl(query[:10_000], keep_blank_values=True)}
    if names & _KEY_NAMES or _KEY_FORM.search(query):
        reason = "Keys belong in the header, never in the address. Logs have kept this one: have it revoked."
        raise Rejection(400, "key.in_query", reason)


class DeviceKeyScheme(OpenApiAuthenticationExtension):
    """The two headers, either of which will do, as OpenAPI has them."""

    target_class = "detections.authentication.DeviceKeyAuthentication"
    name = ["deviceKey", "deviceKeyHeader"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> Any:
        return [
            {"type": "http", "scheme": "bearer", "description": "The device key of one camera. It can only post."},
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-Api-Key",
                "description": "The same key, for vendor software.",
            },
        ]
