"""The public's pages in English or Spanish: by the reader's choice, else by what their browser asks for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

ENGLISH, SPANISH = "en", "es"


def in_the_readers_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Run a public view, and render its page, in the reader's language. Staff pages stay as they are."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            response = view(request, *args, **kwargs)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return answered


def language_of(request: HttpRequest) -> str:
    """``en`` or ``es``; the cookie of the language switch comes before the browser's wish."""
    wanted = translation.get_language_from_request(request)
    return SPANISH if wanted.split("-")[0] == SPANISH else ENGLISH
