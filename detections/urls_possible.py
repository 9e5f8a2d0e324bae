"""Addresses of possible matches: opaque ids, never a plate."""

from django.urls import path

from detections import possible_views as views

urlpatterns = [
    path("hits/possible/", views.possible_matches, name="possible_matches"),
    path("hits/possible/dismiss/", views.dismiss_several, name="dismiss_possible_matches"),
    path("hits/possible/<uuid:possible_id>/", views.possible_match, name="possible_match"),
    path("hits/possible/<uuid:possible_id>/decide/", views.decide_possible_match, name="decide_possible_match"),
]
