"""Hot lists: what we look for, on whose authority, and until when."""

from django.apps import AppConfig


class HotlistsConfig(AppConfig):
    name = "hotlists"
    verbose_name = "Hot lists"
