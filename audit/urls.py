"""Addresses of the auditor's pages and of the policy page."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("ledger/", views.ledger_list, name="ledger"),
    path("ledger/<int:index>/", views.ledger_record, name="ledger_record"),
    path("policy/", views.policy_page, name="policy"),
]
