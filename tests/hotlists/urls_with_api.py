"""The house's addresses with those of the hot plate API."""

from django.urls import include, path

from alpr_site.urls import urlpatterns as house

urlpatterns = [path("api/v1/", include("hotlists.api_urls")), *house]
