"""Detections: reads, photographs, hits, searches, holds and purges."""

from django.apps import AppConfig


class DetectionsConfig(AppConfig):
    name = "detections"
    verbose_name = "Detections"
