"""Addresses of hot lists, their sources and imports, under /hot-lists/; named within hotlists."""

from django.urls import path

from hotlists import list_views, source_views

urlpatterns = [
    path("", list_views.lists, name="lists"),
    path("new/", source_views.new_list, name="new_list"),
    path("sources/new/", source_views.new_source, name="new_source"),
    path("sources/<int:source_id>/", source_views.source, name="source"),
    path("sources/<int:source_id>/change/", source_views.change_source, name="change_source"),
    path("sources/<int:source_id>/keys/", source_views.issue_key, name="issue_source_key"),
    path("sources/keys/<slug:prefix>/revoke/", source_views.revoke_key, name="revoke_source_key"),
    path("imports/<int:import_id>/", list_views.one_import, name="import"),
    path("imports/<int:import_id>/progress/", list_views.import_progress, name="import_progress"),
    path("imports/<int:import_id>/cancel/", list_views.cancel_import, name="import_cancel"),
    path("imports/<int:import_id>/rejected.csv", list_views.rejected, name="import_rejected"),
    path("<int:hot_list_id>/", list_views.hot_list, name="list"),
    path("<int:hot_list_id>/change/", source_views.change_list, name="change_list"),
    path("<int:hot_list_id>/look-up/", list_views.look_up, name="look_up"),
    path("<int:hot_list_id>/hand-in/", list_views.hand_in, name="hand_in"),
]
