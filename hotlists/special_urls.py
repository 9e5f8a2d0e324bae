"""Addresses of special hot lists and of sharing them, under /hot-lists/; named within hotlists."""

from django.urls import path

from hotlists import share_views, special_views

urlpatterns = [
    path("special/", special_views.special_lists, name="special_lists"),
    path("special/ask/", special_views.ask, name="special_ask"),
    path("special/<int:hot_list_id>/", special_views.special_list, name="special_list"),
    path("special/<int:hot_list_id>/open/", special_views.open_it, name="special_open"),
    path("special/<int:hot_list_id>/close/", special_views.close_it, name="special_close"),
    path("<int:hot_list_id>/access/", special_views.access, name="access"),
    path("<int:hot_list_id>/access/person/", special_views.change_access, {"what": "person"}, name="grant_person"),
    path("<int:hot_list_id>/access/group/", special_views.change_access, {"what": "group"}, name="grant_group"),
    path("<int:hot_list_id>/access/set-group/", special_views.set_group, name="set_group"),
    path("<int:hot_list_id>/access/revoke/", special_views.change_access, {"what": "revoke"}, name="revoke"),
    path("<int:hot_list_id>/share/", share_views.ask, name="share_ask"),
    path("shares/", share_views.shares_page, name="shares"),
    path("shares/<uuid:share_id>/", share_views.share, name="share"),
    path("shares/<uuid:share_id>/decide/", share_views.decide, name="share_decide"),
    path("shares/<uuid:share_id>/end/", share_views.end, name="share_end"),
]
