"""Addresses of the rates of misreads and stale entries."""

from django.urls import path

from detections import rate_views as views

urlpatterns = [
    path("hits/rates/", views.hit_rates, name="hit_rates"),
    path("hits/rates/csv/", views.hit_rates_file, name="hit_rates_file"),
]
