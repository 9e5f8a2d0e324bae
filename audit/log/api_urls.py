"""Addresses of the log for programs, under /api/v1/."""

from django.urls import URLPattern, path

from audit.log import api

urlpatterns: list[URLPattern] = [
    path("log/checkpoint/", api.NewestCheckpoint.as_view(), name="log_checkpoint_api"),
    path("log/consistency/<int:old>/<int:new>/", api.LogConsistency.as_view(), name="log_consistency_api"),
    path("log/proof/<int:index>/", api.RecordProof.as_view(), name="log_proof_api"),
]
