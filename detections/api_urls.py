"""Addresses for devices, under /api/v1/. They carry no plate and no key."""

from django.urls import path

from detections import api, webhooks
from detections.uploads import api as uploads

app_name = "detections_api"
urlpatterns = [
    path("reads/", api.Reads.as_view(), name="reads"),
    path("reads/photo/", api.Photos.as_view(), name="photos"),
    path("reads/photo/<uuid:photo_id>/", api.PhotoStatus.as_view(), name="photo"),
    path("webhooks/openalpr/", webhooks.OpenAlpr.as_view(), name="openalpr"),
    path("webhooks/platerecognizer/", webhooks.PlateRecognizer.as_view(), name="platerecognizer"),
    path("webhooks/frigate/", webhooks.Frigate.as_view(), name="frigate"),
    path("uploads/", uploads.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", uploads.UploadState.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/report/", uploads.UploadReport.as_view(), name="upload_report"),
]
