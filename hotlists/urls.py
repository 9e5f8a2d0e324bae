"""Addresses of the hot plate pages, under /hot-plates/."""

from django.urls import path

from hotlists import views

app_name = "hotlists"
urlpatterns = [
    path("", views.hot_plates, name="hot_plates"),
    path("enter/", views.enter, name="enter"),
    path("<uuid:entry_id>/", views.hot_plate, name="hot_plate"),
    path("<uuid:entry_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:entry_id>/renew/", views.renew, name="renew"),
    path("<uuid:entry_id>/system-entry/", views.system_entry, name="system_entry"),
]
