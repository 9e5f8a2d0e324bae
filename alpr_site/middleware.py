"""Middleware of the frame: health without a host check, an end to waiting for the database, and refusals as pages."""

import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views import defaults
from django_structlog.middlewares import RequestMiddleware

from alpr_site.exceptions import answer
from alpr_site.logs import UNKNOWN, shown_path
from audit import patience


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
    """Answer /healthz, /readyz and /metrics before anything that needs a session or an allowed host.

    Every request's statements wait for the database for so long and no longer; a stream's go on doing so after this.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        limit = patience.begin(patience.WEB_SECONDS)
        response = _watched(request) or get_response(request)
        if not response.streaming:
            patience.end(limit)
        return response

    return middleware


def _watched(request: HttpRequest) -> HttpResponse | None:
    """What whoever watches the product asks; None for every other address."""
    if request.path == "/readyz":
        from alpr_site.health import ready

        return ready(request)
    if request.path == "/metrics":
        from alpr_site.metrics import metrics

        return metrics(request)
    return None


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: a database that is away is a 503, wherever in the frame that was noticed; all else stays a 500."""
    error = sys.exc_info()[1]
    found = answer(request, error) if isinstance(error, Exception) else None
    return found or defaults.server_error(request)


class RefusalsAsPages:
    """Turn ``Refused`` and ``LedgerUnavailable`` into their one answer, wherever a view lets them out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer(request, exception)
