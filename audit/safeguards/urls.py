"""Addresses of safeguards and breaches."""

from django.urls import URLPattern, path

from audit.safeguards import views

urlpatterns: list[URLPattern] = [
    path("safeguards/", views.safeguard_list, name="safeguards"),
    path("safeguards/new/", views.safeguard_new, name="safeguard_new"),
    path("safeguards/breaches/", views.breach_list, name="breaches"),
    path("safeguards/breaches/<uuid:breach_id>/", views.breach, name="breach"),
    path("safeguards/breaches/<uuid:breach_id>/add/", views.breach_add, name="breach_add"),
    path("safeguards/breaches/<uuid:breach_id>/close/", views.breach_close, name="breach_close"),
    path("safeguards/<uuid:safeguard_id>/", views.safeguard, name="safeguard"),
    path("safeguards/<uuid:safeguard_id>/change/", views.safeguard_change, name="safeguard_change"),
    path("safeguards/<uuid:safeguard_id>/review/", views.safeguard_review, name="safeguard_review"),
    path("safeguards/<uuid:safeguard_id>/end/", views.safeguard_end, name="safeguard_end"),
]
