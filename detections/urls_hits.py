"""Addresses of the hit desk and of photographs: opaque ids, never a plate."""

from django.urls import path

from detections import hit_desk_views, hit_times_views, hit_views, photo_views

urlpatterns = [
    path("hits/", hit_desk_views.hit_desk, name="hit_desk"),
    path("hits/list/", hit_desk_views.hit_list, name="hit_list"),
    path("hits/stream/", hit_desk_views.hit_stream, name="hit_stream"),
    path("hits/<uuid:hit_id>/take-at-desk/", hit_desk_views.take_at_desk, name="take_at_desk"),
    path("hits/times/", hit_times_views.hit_times, name="hit_times"),
    path("hits/<uuid:hit_id>/", hit_views.hit_detail, name="hit"),
    path("hits/<uuid:hit_id>/<slug:step>/", hit_views.hit_step, name="hit_step"),
    path("photos/unread/", photo_views.unread_photos, name="unread_photos"),
    path("photos/<uuid:photo_id>/", photo_views.photo, name="photo"),
    path("photos/<uuid:photo_id>/read/", photo_views.transcribe, name="transcribe"),
]
