"""All addresses. No plate ever stands in one: subjects are opaque ids, queries are POSTed."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from alpr_site import home, presentation_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("rules/", views.rules, name="rules"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("audit.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", views.ApiDocs.as_view(url_name="schema"), name="api_docs"),
]
for prefix, module in [
    ("", "audit.signin.urls"),
    ("cameras/", "cameras.urls"),
    ("hot-plates/", "hotlists.urls"),
    ("", "detections.urls"),
    ("api/v1/", "detections.api_urls"),
    ("api/v1/", "hotlists.api_urls"),
    ("", "registry.urls"),
]:
    if find_spec(module):
        urlpatterns.append(path(prefix, include(module)))

if settings.DEBUG or settings.QUICK_LINKS_ENABLED:
    urlpatterns.append(path("patterns/", presentation_views.patterns, name="patterns"))

handler400 = "alpr_site.views.bad_request"
