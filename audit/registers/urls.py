"""Addresses of this room."""

from django.urls import URLPattern, path

from audit.registers import views

urlpatterns: list[URLPattern] = [
    path("registers/", views.registers, name="registers"),
    path("registers/cases/", views.take_in_cases, name="registers_cases"),
    path("registers/duty-hours/", views.take_in_hours, name="registers_hours"),
    path("registers/plates/", views.add_plate, name="registers_plate"),
    path("registers/plates/<int:entry_id>/end/", views.end_plate, name="registers_plate_end"),
]
