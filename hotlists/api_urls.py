"""Addresses of the hot plate API, under /api/v1/."""

from django.urls import path

from hotlists import api, list_api

app_name = "hotlists_api"
urlpatterns = [
    path("hot-plates/", api.HotPlates.as_view(), name="hot_plates"),
    path("hot-lists/<int:hot_list_id>/imports/", list_api.Imports.as_view(), name="imports"),
    path("hot-lists/imports/<int:import_id>/", list_api.ImportState.as_view(), name="import"),
]
