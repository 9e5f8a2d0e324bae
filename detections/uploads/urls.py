"""Addresses of files of reads. Ids are opaque; a background look stands below its own word."""

from django.urls import path

from detections.uploads import views

urlpatterns = [
    path("uploads/", views.uploads, name="uploads"),
    path("uploads/progress/<uuid:upload_id>/", views.upload_progress, name="upload_progress"),
    path("uploads/<uuid:upload_id>/", views.upload, name="upload"),
    path("uploads/<uuid:upload_id>/stop/", views.stop, name="upload_stop"),
    path("uploads/<uuid:upload_id>/rejected.csv", views.rejected, name="upload_rejected"),
]
