"""Addresses of the known machines."""

from django.urls import URLPattern, path

from audit.devices import views

urlpatterns: list[URLPattern] = [
    path("devices/", views.terminal_list, name="terminals"),
    path("devices/enrol/", views.enrol, name="enrol"),
    path("devices/<uuid:terminal_id>/code/", views.fresh_code, name="terminal_code"),
    path("devices/<uuid:terminal_id>/exempt/", views.exempt, name="terminal_exempt"),
    path("devices/<uuid:terminal_id>/retire/", views.retire, name="terminal_retire"),
]
