"""Middleware of the frame: health without a host check, and refusals as pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware

from alpr_site.exceptions import answer
from alpr_site.logs import UNKNOWN, shown_path


class RequestLog(RequestMiddleware):
    """Logs method and path: no query string, no long segment that could be a one-time token, nothing mistyped."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        try:
            resolve(request.path_info)
        except Resolver404:
            return f"{request.method} {UNKNOWN}"
        return f"{request.method} {shown_path(request.path)}"


def health(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer /healthz and /readyz before anything that needs a session or an allowed host."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            from alpr_site.health import ready

            return ready(request)
        return get_response(request)

    return middleware


class RefusalsAsPages:
    """Turn ``Refused`` and ``LedgerUnavailable`` into their one answer, wherever a view lets them out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer(request, exception)
