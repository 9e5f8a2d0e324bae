"""Addresses of the public counter."""

from django.urls import path

from registry import views

app_name = "registry"

urlpatterns = [
    path("transparency/", views.transparency_page, name="transparency"),
    path("transparency.json", views.transparency_json, name="transparency_json"),
    path("registry/", views.sign_up, name="sign_up"),
    path("registry/sent/", views.sent, name="sent"),
    path("registry/lost-link/", views.lost_link, name="lost_link"),
    path("registry/link-sent/", views.link_sent, name="link_sent"),
    path("registry/confirm/<str:token>/", views.confirm, name="confirm"),
    path("registry/mine/<str:token>/", views.mine, name="mine"),
    path("registry/mine/<str:token>/withdraw/", views.withdraw, name="withdraw"),
    path("registry/demo-mail/", views.demo_mail, name="demo_mail"),
]
