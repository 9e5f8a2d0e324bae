"""The administrators' site: the product's own sign-in, no second door (C-27, ASVS 6.3.4)."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


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
