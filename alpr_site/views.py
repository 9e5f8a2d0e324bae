"""Pages of the frame: the API's documentation and the answer to a request that makes no sense."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularSwaggerSplitView

from alpr_site.exceptions import wants_json


class ApiDocs(SpectacularSwaggerSplitView):
    """The readable API page for signed-in staff; the split view runs under the strict CSP."""


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400 without detail: the request was not one a browser or a camera makes."""
    if wants_json(request):
        body = {"code": "request.malformed", "reason": "The request could not be understood."}
        return JsonResponse(body, status=400)
    return render(None, "400.html", status=400)
