"""The address of reads with a wrong clock."""

from django.urls import path

from detections.quarantine import views

urlpatterns = [path("quarantine/", views.quarantine, name="quarantine")]
