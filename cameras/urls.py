"""Addresses of the camera pages, under /cameras/."""

from django.urls import path

from cameras import views

app_name = "cameras"
urlpatterns = [
    path("", views.camera_list, name="list"),
    path("commission/new/", views.commission, name="commission"),
    path("<slug:code>/", views.camera, name="camera"),
    path("<slug:code>/attest/", views.attest, name="attest"),
    path("<slug:code>/deploy/", views.deploy, name="deploy"),
    path("<slug:code>/end/", views.end, name="end"),
    path("<slug:code>/retire/", views.retire, name="retire"),
    path("<slug:code>/keys/", views.issue_key, name="issue_key"),
    path("<slug:code>/keys/<slug:prefix>/revoke/", views.revoke_key, name="revoke_key"),
]
