"""Hand in a list's file and ask how far it is: for software with a source's key, or a signed-in person's session."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from audit import asker
from hotlists import list_openapi as openapi
from hotlists.lists import handing, keys, looks, receive
from hotlists.models import HotList, HotListImport, HotListSource, SourceKey

_KEY_NAMES = frozenset({"key", "api_key", "apikey", "token", "access_token", "auth", "authorization"})
_FORM = "multipart/form-data"
_NO_LIST = "There is no such list that you may hand in for."


class Rejection(APIException):
    """A request that comes back: status, a stable code, a reason for people."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason, code)
        self.status_code, self.body = status, {"code": code, "reason": reason}


class SourceKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer <key>``."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, SourceKey]:
        key = keys.authenticate(request.headers.get("Authorization", ""), timezone.now())
        if key is None:
            reason = "This key is not known, was revoked or has expired. Ask an ALPR administrator for a new one."
            raise Rejection(401, "key.unknown", reason)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="source"'


class SourceKeyScheme(OpenApiAuthenticationExtension):
    """The header as OpenAPI has it."""

    target_class = "hotlists.list_api.SourceKeyAuthentication"
    name = "sourceKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The key of one source. It can only hand in."}


class Known(BasePermission):
    """Anyone known: what they may is decided, and recorded, by the verb."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, SourceKey) or (request.user is not None and request.user.is_authenticated):
            return True
        raise Rejection(
            401, "key.missing", "Send a source's key in the header Authorization: Bearer <key>, or sign in."
        )


class AnyAccept(BaseContentNegotiation):
    """The answer is JSON, whatever the software says it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class SourceView(APIView):
    """What both doors have in common: who asks, and for software its source."""

    permission_classes = (Known,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AnyAccept

    def get_authenticators(self) -> list[BaseAuthentication]:
        """A key where the header holds one, else the session of a person; both for the schema."""
        request = getattr(self, "request", None)
        if request is None or getattr(self, "swagger_fake_view", False):
            return [SourceKeyAuthentication(), SessionAuthentication()]
        return [SourceKeyAuthentication() if "Authorization" in request.headers else SessionAuthentication()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        inner = request._request
        self.visitor = getattr(inner, "user", None)
        if {name.lower() for name in inner.GET} & _KEY_NAMES:
            reason = "Keys belong in the header, never in the address. Logs have kept this one: have it revoked."
            raise Rejection(400, "key.in_query", reason)
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        self.source: HotListSource | None = request.auth.source if isinstance(request.auth, SourceKey) else None
        if self.source is not None:
            self.by = asker.device(f"source {self.source.name}", address=asker.address_of(inner))
        else:
            self.by = asker.from_request(inner)

    def _visitor_of(self, request: Request) -> Any:
        visitor = getattr(request._request, "user", None)
        return visitor if visitor is not None and visitor.is_authenticated else None

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        # The framework has put its own user, or none, onto the request; the middleware around us asks for Django's.
        request._request.user = getattr(self, "visitor", None) or AnonymousUser()
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, receive.NotReceived):
            exc = Rejection(exc.status, exc.code, exc.reason)
        if isinstance(exc, Rejection):
            headers = {"WWW-Authenticate": 'Bearer realm="source"'} if exc.status_code == 401 else {}
            return JsonResponse(exc.body, status=exc.status_code, headers=headers)
        return super().handle_exception(exc)


class Imports(SourceView):
    """Hand in a file for a list."""

    receiver: receive.FormReceiver | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        inner = request._request
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Rejection(415, "body.encoding", "Send the body without compression.")
        if inner.content_type == "application/x-www-form-urlencoded":
            raise Rejection(
                415, "body.type", "Send Content-Type: text/csv with the file as the body, or a form's file."
            )
        if inner.content_type == _FORM:
            # A session's token is looked for in the form: who may send none is refused before its file is read.
            self._refuse_strangers(request, kwargs["hot_list_id"])
            self.receiver = receive.FormReceiver(inner)
        super().initial(request, *args, **kwargs)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            if self.receiver is not None:
                self.receiver.close()

    @extend_schema(**openapi.POST_IMPORT)
    def post(self, request: Request, hot_list_id: int) -> JsonResponse:
        """The file becomes the whole list, or changes nothing."""
        hot_list, inner = self._list(hot_list_id), request._request
        if self.receiver is None:
            with receive.bare_body(inner, inner.GET.get("name", "sent by software")) as received:
                return self._start(hot_list, received, inner.GET)
        file = self.receiver.take()
        if file is None:
            raise Rejection(400, "file.missing", "The form has no file in its field file, or several.")
        return self._start(hot_list, file, inner.POST, inner.GET)

    def _refuse_strangers(self, request: Request, hot_list_id: int) -> None:
        if "Authorization" in request.headers:
            SourceKeyAuthentication().authenticate(request)
        elif self._visitor_of(request) is None:
            raise Rejection(401, "key.missing", "Send a source's key in the header, or sign in.")
        else:
            self._persons_list(asker.from_request(request._request), hot_list_id)

    def _list(self, hot_list_id: int) -> HotList:
        if self.source is None:
            return self._persons_list(self.by, hot_list_id)
        try:
            found = handing.list_of(self.source, hot_list_id, at=self.at)
        except HotList.DoesNotExist as error:
            raise Rejection(404, "list.unknown", _NO_LIST) from error
        if handing.is_busy(self.source):
            reason = f"{handing.MOST_OPEN} files of this source wait to be read. Send this one when they are done."
            raise Rejection(429, "source.busy", reason)
        return found

    def _persons_list(self, by: asker.Asker, hot_list_id: int) -> HotList:
        try:
            return handing.list_for(hot_list_id, by=by, at=timezone.now())
        except HotList.DoesNotExist as error:
            raise Rejection(404, "list.unknown", _NO_LIST) from error

    def _start(self, hot_list: HotList, received: receive.ReceivedFile, *said: QueryDict) -> JsonResponse:
        facts = {name: str(value) for one in reversed(said) for name, value in one.items()}
        started = handing.hand_in_received(
            hot_list,
            received,
            layout=facts.get("layout") or hot_list.source.layout or "generic_csv",
            expect_shrink=facts.get("expect_shrink", "").lower() in ("1", "true", "yes", "on"),
            origin=HotListImport.Origin.API,
            by=self.by,
            at=self.at,
        )
        return JsonResponse(state_of(started), status=202)


class ImportState(SourceView):
    """How far a file is, and what became of it."""

    @extend_schema(**openapi.GET_IMPORT)
    def get(self, request: Request, import_id: int) -> JsonResponse:
        """Its state in numbers; no plate."""
        try:
            found = looks.progress(import_id=import_id, by=self.by, at=self.at, of=self.source)
        except looks.NoImport as error:
            raise Rejection(404, "import.unknown", "There is no such file of yours.") from error
        return JsonResponse(state_of(found))


def state_of(of: HotListImport) -> dict[str, Any]:
    """Where a file is, in numbers."""
    return {
        "id": of.pk,
        "hot_list": of.hot_list_id,
        "status": of.status,
        "reason": of.verdict,
        "layout": of.layout,
        "sha256": of.sha256,
        "bytes": of.size,
        "bytes_done": of.done_bytes,
        "per_cent": handing.per_cent(of),
        "rows": of.rows,
        "kept": of.kept,
        "dropped": of.dropped,
        "texts_left_out": of.screened,
        "bad_rows": of.rejected,
        "live_from": of.live_from,
        "live_until": of.live_until,
        "state_url": reverse("hotlists_api:import", args=[of.pk]),
    }
