"""Addresses of the hot plate API, under /api/v1/."""

from django.urls import path

from hotlists import api

app_name = "hotlists_api"
urlpatterns = [path("hot-plates/", api.HotPlates.as_view(), name="hot_plates")]
