"""Addresses of exports and extracts of the ledger, and of the program that checks them."""

from django.urls import path

from audit.log import export_views as views

urlpatterns = [
    path("ledger/exports/", views.exports, name="ledger_exports"),
    path("ledger/exports/new/", views.new_export, name="ledger_export_new"),
    path("ledger/exports/<uuid:export_id>/", views.export_detail, name="ledger_export"),
    path("ledger/exports/<uuid:export_id>/status/", views.export_status, name="ledger_export_status"),
    path("ledger/exports/<uuid:export_id>/file/", views.export_file, name="ledger_export_file"),
    path("ledger/extract/", views.new_extract, name="ledger_extract"),
    path("log/verifier/", views.verifier_page, name="log_verifier"),
    path("log/verifier/platekeeper_verify.py", views.verifier_file, name="log_verifier_file"),
]
