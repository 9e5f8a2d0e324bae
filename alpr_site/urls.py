"""All addresses. No plate ever stands in one: subjects are opaque ids, queries are POSTed."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from alpr_site import home, presentation_views, store_views, views
from hotlists import urls as hot_plate_urls

# Two rooms of one namespace: entries under /hot-plates/, lists under /hot-lists/ (whose modules name no app_name).
hot_lists = [
    path("hot-plates/", include(hot_plate_urls.urlpatterns)),
    path("hot-lists/", include("hotlists.special_urls")),
    path("hot-lists/", include("hotlists.list_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("rules/", views.rules, name="rules"),
    path("store/", store_views.store, name="store"),
    path("compliance/", include("alpr_site.compliance.urls")),
    path("favicon.ico", views.favicon, name="favicon"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("audit.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", views.ApiDocs.as_view(url_name="schema"), name="api_docs"),
    path("", include("audit.signin.urls")),
    path("cameras/", include("cameras.urls")),
    # Before the hot plates: entering one, which looks back over the reads, is at home in detections.
    path("", include("detections.urls")),
    path("", include((hot_lists, "hotlists"))),
    path("api/v1/", include("audit.log.api_urls")),
    path("api/v1/", include("detections.api_urls")),
    path("api/v1/", include("hotlists.api_urls")),
    path("", include("registry.urls")),
]

if settings.DEBUG or settings.QUICK_LINKS_ENABLED:
    urlpatterns.append(path("patterns/", presentation_views.patterns, name="patterns"))

handler400 = "alpr_site.views.bad_request"
handler500 = "alpr_site.middleware.server_error"
