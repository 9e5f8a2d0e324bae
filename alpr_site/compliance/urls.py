"""Addresses of this room."""

from django.urls import URLPattern, path

from alpr_site.compliance import views

urlpatterns: list[URLPattern] = [path("", views.compliance, name="compliance")]
