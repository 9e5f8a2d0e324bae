"""Addresses of access and of the roster."""

from django.urls import URLPattern, path

from audit.roster import access_views, views

urlpatterns: list[URLPattern] = [
    path("access/", access_views.desk, name="access"),
    path("access/ask/", access_views.ask, name="access_ask"),
    path("access/new/", access_views.ask_for_newcomer, name="access_new"),
    path("access/<uuid:request_id>/", access_views.view_request, name="access_request"),
    path("access/<uuid:request_id>/decide/", access_views.decide, name="access_decide"),
    path("access/<uuid:request_id>/open/", access_views.activate, name="access_activate"),
    path("access/<uuid:request_id>/withdraw/", access_views.withdraw, name="access_withdraw"),
    path("roster/", views.roster, name="roster"),
    path("roster/csv/", views.snapshot, name="roster_csv"),
    path("roster/differences/", views.differences, name="roster_drift"),
    path("roster/review/", views.review, name="roster_review"),
    path("roster/people/<int:user_id>/", views.person, name="roster_person"),
    path("roster/people/<int:user_id>/suspend/", views.suspend, name="roster_suspend"),
    path("roster/people/<int:user_id>/reopen/", views.reopen, name="roster_reopen"),
]
