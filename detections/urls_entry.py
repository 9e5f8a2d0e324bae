"""Addresses of entering a hot plate, which looks back over the reads; its other pages are in hotlists."""

from django.urls import path

from detections import hot_plate_entry_views as views

urlpatterns = [
    path("hot-plates/enter/", views.enter, name="enter_hot_plate"),
    path("hot-plates/<uuid:entry_id>/entered/", views.entered, name="hot_plate_entered"),
]
