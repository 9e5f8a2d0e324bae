"""Addresses of the hot plate pages, under /hot-plates/; entering one is at home in detections, since it looks back."""

from django.urls import path

from hotlists import reconcile_views, views

app_name = "hotlists"
urlpatterns = [
    path("", views.hot_plates, name="hot_plates"),
    path("find/", views.find, name="find"),
    path("reconcile/", reconcile_views.reconcile, name="reconcile"),
    path("<uuid:entry_id>/", views.hot_plate, name="hot_plate"),
    path("<uuid:entry_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:entry_id>/renew/", views.renew, name="renew"),
    path("<uuid:entry_id>/system-entry/", reconcile_views.system_entry, name="system_entry"),
    path("<uuid:entry_id>/clear/", reconcile_views.clear_system_entry, name="clear_system_entry"),
]
