"""Addresses for devices and for programs of signed-in people, under /api/v1/. They carry no plate and no key."""

from django.urls import path

from detections import api, hit_api, hot_plate_entry_api, search_api, webhooks
from detections.uploads import api as uploads

app_name = "detections_api"
urlpatterns = [
    # Before those of hotlists: entering looks back over the reads.
    path("hot-plates/", hot_plate_entry_api.HotPlateDoor.as_view(), name="hot_plates"),
    path("reads/", api.Reads.as_view(), name="reads"),
    path("reads/photo/", api.Photos.as_view(), name="photos"),
    path("reads/photo/<uuid:photo_id>/", api.PhotoStatus.as_view(), name="photo"),
    path("webhooks/openalpr/", webhooks.OpenAlpr.as_view(), name="openalpr"),
    path("webhooks/platerecognizer/", webhooks.PlateRecognizer.as_view(), name="platerecognizer"),
    path("webhooks/frigate/", webhooks.Frigate.as_view(), name="frigate"),
    path("searches/", search_api.Searches.as_view(), name="searches"),
    path("searches/stop/", search_api.SearchStop.as_view(), name="search_stop"),
    path("searches/approvals/", search_api.SearchApprovals.as_view(), name="search_approvals"),
    path("searches/approvals/<uuid:approval_id>/run/", search_api.SearchApprovalRun.as_view(), name="search_approval"),
    path("searches/<uuid:search_id>/", search_api.SearchPage.as_view(), name="search"),
    path("searches/<uuid:search_id>/sightings/", search_api.SearchSightings.as_view(), name="search_sightings"),
    path("hits/", hit_api.Hits.as_view(), name="hits"),
    path("hits/<uuid:hit_id>/", hit_api.OneHit.as_view(), name="hit"),
    path("hits/<uuid:hit_id>/<slug:step>/", hit_api.HitStep.as_view(), name="hit_step"),
    path("uploads/", uploads.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", uploads.UploadState.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/report/", uploads.UploadReport.as_view(), name="upload_report"),
]
