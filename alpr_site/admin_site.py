"""The administrators' site: the product's own sign-in, no second door (C-27, ASVS 6.3.4)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

View = Callable[..., HttpResponse]
# What Django's pages raise where an address holds a value its column cannot.
UNFIT = (ValueError, ValidationError, DataError, OverflowError)


def fit(view: View) -> View:
    """The view, for which an address with a value that cannot be is an address without a page, and never a fault."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        words = [request.path, *request.GET, *(value for values in request.GET.lists() for value in values[1])]
        if any("\x00" in word for word in words):
            raise BadRequest("a NUL character")
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        try:
            response = view(request, *args, **kwargs)
            if hasattr(response, "render"):
                response.render()  # lists are read from the database only here
        except UNFIT as error:
            raise Http404 from error
        return response

    return checked


class PlatekeeperAdmin(admin.AdminSite):
    """Django admin whose log-in page is the product's sign-in."""

    site_header = "Platekeeper administration"
    site_title = "Platekeeper"
    index_title = "Reference data and people"
    site_url = "/"
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send a person to the product's sign-in; one who is signed in but may not enter goes home."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(reverse("home"))
        return redirect_to_login(request.get_full_path(), reverse("account_login"))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(fit(view), cacheable)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Only for fields whose own page offers it: Django's would list any model that can be searched."""
        asked = (request.GET.get("app_label"), request.GET.get("model_name"))
        pages = [page for page in self._registry.values() if (page.opts.app_label, page.opts.model_name) == asked]
        if not any(request.GET.get("field_name") in page.get_autocomplete_fields(request) for page in pages):
            raise PermissionDenied
        return super().autocomplete_view(request)
