"""Pages of the frame: the API's documentation and the answer to a request that makes no sense."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from drf_spectacular.views import SpectacularSwaggerSplitView

from alpr_site import rules_doc
from alpr_site.exceptions import wants_json


class ApiDocs(SpectacularSwaggerSplitView):
    """The readable API page for signed-in staff; the split view runs under the strict CSP."""


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400 without detail: the request was not one a browser or a camera makes."""
    if wants_json(request):
        body = {"code": "request.malformed", "reason": "The request could not be understood."}
        return JsonResponse(body, status=400)
    return render(None, "400.html", status=400)


def accessibility(request: HttpRequest) -> HttpResponse:
    """How these pages can be used, and whom to tell where they cannot."""
    return render(request, "accessibility.html")


def rules(request: HttpRequest) -> HttpResponse:
    """Every rule with its clause, for staff and public alike."""
    return render(request, "rules.html", {"rules": rules_doc.all_rules()})


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address on pages that name no icon of their own."""
    return redirect(static("img/mark.svg"))
