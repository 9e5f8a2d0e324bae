"""Addresses of the auditor's pages and of notices; the rooms bring their own."""

from django.urls import include, path

from audit import notice_views, views

app_name = "audit"
urlpatterns = [
    path("ledger/", views.ledger_list, name="ledger"),
    path("ledger/<int:index>/", views.ledger_record, name="ledger_record"),
    path("notices/", notice_views.notice_list, name="notices"),
    path("notices/bell/", notice_views.bell, name="bell"),
    path("notices/seen/", notice_views.notices_seen, name="notices_seen"),
    path("notices/<uuid:notice_id>/open/", notice_views.notice_open, name="notice_open"),
    # One file of addresses a room; all names are of this namespace.
    path("", include("audit.log.urls")),
    path("", include("audit.roster.urls")),
    path("", include("audit.devices.urls")),
    path("", include("audit.review.urls")),
    path("", include("audit.registers.urls")),
    path("", include("audit.elsewhere.urls")),
    path("", include("audit.policies.urls")),
    path("", include("audit.safeguards.urls")),
]
