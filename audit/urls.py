"""Addresses of the auditor's pages, of the policy page and of notices."""

from django.urls import path

from audit import notice_views, views

app_name = "audit"
urlpatterns = [
    path("ledger/", views.ledger_list, name="ledger"),
    path("ledger/<int:index>/", views.ledger_record, name="ledger_record"),
    path("policy/", views.policy_page, name="policy"),
    path("notices/", notice_views.notice_list, name="notices"),
    path("notices/bell/", notice_views.bell, name="bell"),
    path("notices/seen/", notice_views.notices_seen, name="notices_seen"),
    path("notices/<uuid:notice_id>/open/", notice_views.notice_open, name="notice_open"),
]
