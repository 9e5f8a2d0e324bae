"""Seconds in words, for the pages of how long hits take."""

from datetime import timedelta

from django import template

from detections.hit_progress import duration_words

register = template.Library()


@register.filter
def seconds_words(seconds: float) -> str:
    """A number of seconds, as people say it."""
    return duration_words(timedelta(seconds=float(seconds)))
