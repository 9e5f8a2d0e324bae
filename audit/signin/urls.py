"""Addresses of sign-in beside allauth's own. The quick start's links exist only where they are switched on."""

from django.conf import settings
from django.urls import path

from audit.signin import views

urlpatterns = [
    path("notice/", views.notice, name="notice"),
    path("locked/", views.locked, name="locked_accounts"),
    path("locked/<int:pk>/release/", views.release, name="release_account"),
]
if settings.QUICK_LINKS_ENABLED:
    urlpatterns.append(path("quick/<str:token>/", views.quick_link, name="quick_link"))
