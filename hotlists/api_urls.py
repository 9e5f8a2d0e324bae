"""Addresses of the hot plate API, under /api/v1/."""

from django.urls import path

from hotlists import entry_api, list_api

app_name = "hotlists_api"
urlpatterns = [
    path("hot-plates/<uuid:entry_id>/", entry_api.Open.as_view(), name="hot_plate"),
    path("hot-plates/<uuid:entry_id>/withdraw/", entry_api.Withdraw.as_view(), name="withdraw"),
    path("hot-plates/<uuid:entry_id>/renew/", entry_api.Renew.as_view(), name="renew"),
    path("hot-plates/<uuid:entry_id>/system-entry/", entry_api.EnterSystem.as_view(), name="system_entry"),
    path("hot-plates/<uuid:entry_id>/clear/", entry_api.ClearSystem.as_view(), name="clear_system_entry"),
    path("hot-lists/<int:hot_list_id>/imports/", list_api.Imports.as_view(), name="imports"),
    path("hot-lists/imports/<int:import_id>/", list_api.ImportState.as_view(), name="import"),
]
