"""Addresses of searches and reads. Ids in them are opaque."""

from django.urls import path

from detections import search_approval_views, search_views

urlpatterns = [
    path("search/", search_views.search, name="search"),
    path("search/stop/", search_views.stop, name="search_stop"),
    path("search/approvals/", search_approval_views.approvals, name="search_approvals"),
    path("search/approvals/<uuid:approval_id>/", search_approval_views.decide_approval, name="search_approval_decide"),
    path("search/approvals/<uuid:approval_id>/run/", search_approval_views.run_approval, name="search_approval_run"),
    path("search/<uuid:search_id>/", search_views.search_page, name="search_page"),
    path("search/<uuid:search_id>/sightings/", search_views.search_companion, name="search_companion"),
    path("reads/<uuid:read_id>/", search_views.read_detail, name="read"),
]
