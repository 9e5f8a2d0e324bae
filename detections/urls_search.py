"""Addresses of searches, reads and purges. Ids in them are opaque."""

from django.urls import path

from detections import search_views
from detections.retention import views

urlpatterns = [
    path("search/", search_views.search, name="search"),
    path("search/<uuid:search_id>/", search_views.search_page, name="search_page"),
    path("reads/<uuid:read_id>/", search_views.read_detail, name="read"),
    path("purges/", views.purges, name="purges"),
    path("purges/approve/", views.approve_purges, name="approve_purges"),
]
