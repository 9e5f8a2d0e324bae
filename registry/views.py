"""The public counter: what this is, how it is used, and the voluntary registry."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from registry import transparency
from registry.language import in_the_readers_language


@require_safe
@in_the_readers_language
def home_public(request: HttpRequest) -> HttpResponse:
    """The front page for someone who is not signed in."""
    return render(request, "registry/home_public.html", {"page": transparency.build(timezone.now())})


@require_safe
@in_the_readers_language
def transparency_page(request: HttpRequest) -> HttpResponse:
    """How plate readers are used here, from the policy in force; counts only, so nothing to record."""
    return render(request, "registry/transparency.html", {"page": transparency.build(timezone.now())})


@require_safe
def transparency_json(request: HttpRequest) -> HttpResponse:
    """The transparency page for machines."""
    response = JsonResponse(transparency.as_json(timezone.now()), json_dumps_params={"indent": 1})
    response["Access-Control-Allow-Origin"] = "*"
    return response
