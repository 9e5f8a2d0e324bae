"""One translation of "no" to the outside: pages for people, JSON for machines; 403 refused, 503 no ledger."""

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework.response import Response
from rest_framework.views import exception_handler

from audit.ledger import LedgerUnavailable
from audit.refusals import Refused

NO_LEDGER = {
    "code": "ledger.unavailable",
    "reason": "The access record cannot be written, so nothing was done and nothing is shown.",
    "next_step": "Try again in a minute. If it stays so, tell an administrator.",
}


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a machine: an API path, or it asks for JSON and not for HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The response to a refusal or a missing ledger; None for any other error."""
    if isinstance(error, Refused):
        if wants_json(request):
            return JsonResponse(error.as_dict(), status=403)
        context = {"refusal": error.refusal, "record_index": error.record_index}
        return render(request, "errors/refused.html", context, status=403)
    if isinstance(error, LedgerUnavailable | OperationalError):
        if wants_json(request):
            return JsonResponse(NO_LEDGER, status=503, headers={"Retry-After": "30"})
        return render(None, "errors/503.html", NO_LEDGER, status=503)
    return None


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: refusals and a missing ledger as JSON, everything else as DRF does it."""
    if isinstance(error, Refused):
        return Response(error.as_dict(), status=403)
    if isinstance(error, LedgerUnavailable | OperationalError):
        return Response(NO_LEDGER, status=503, headers={"Retry-After": "30"})
    return exception_handler(error, context)
