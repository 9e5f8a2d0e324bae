"""Addresses of evidence packages. Ids in them are opaque."""

from django.urls import path

from detections.evidence import views

urlpatterns = [
    path("evidence/", views.packages, name="evidence"),
    path("evidence/new/", views.new_package, name="evidence_new"),
    path("evidence/key.pem", views.public_key, name="evidence_key"),
    path("evidence/<uuid:package_id>/", views.package_detail, name="evidence_package"),
    path("evidence/<uuid:package_id>/status/", views.package_status, name="evidence_status"),
    path("evidence/<uuid:package_id>/file/", views.fetch, name="evidence_file"),
]
