"""Cameras: sites, devices of the four owner classes, deployments and device keys."""

from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "cameras"
    verbose_name = "Cameras"
