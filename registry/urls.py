"""Addresses of the public counter."""

from django.urls import path

from registry import views

app_name = "registry"

urlpatterns = [
    path("transparency/", views.transparency_page, name="transparency"),
    path("transparency.json", views.transparency_json, name="transparency_json"),
]
