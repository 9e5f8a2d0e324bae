"""Addresses of holds. Ids in them are opaque."""

from django.urls import path

from detections.retention import hold_views as views

urlpatterns = [
    path("holds/", views.holds, name="holds"),
    path("holds/new/", views.place_hold, name="place_hold"),
    path("holds/window/", views.hold_window, name="hold_window"),
    path("holds/<uuid:hold_id>/", views.hold, name="hold"),
    path("holds/<uuid:hold_id>/review/", views.review, name="review_hold"),
    path("holds/<uuid:hold_id>/book/", views.book_hold, name="book_hold"),
    path("holds/<uuid:hold_id>/request-lift/", views.request_lift, name="request_lift"),
    path("holds/<uuid:hold_id>/lift/", views.lift, name="lift_hold"),
]
