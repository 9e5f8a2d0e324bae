"""Words and colours of a hit's state, for its pages."""

from datetime import datetime

from django import template

from detections.hit_progress import duration_words
from detections.models import Hit
from hotlists.lists.stale import is_stale

register = template.Library()

_CHIPS = {
    Hit.Status.NEW: "hit",
    Hit.Status.TAKEN: "taken",
    Hit.Status.CHECKED: "pending",
    Hit.Status.VERIFIED: "verified",
    Hit.Status.REJECTED: "rejected",
    Hit.Status.CLOSED: "closed",
}


@register.filter
def hit_chip(hit: Hit) -> str:
    """The chip's colour."""
    return _CHIPS[Hit.Status(hit.status)]


@register.filter
def hit_words(hit: Hit) -> str:
    """The state in words; a hit that was given back says so, a closed one says how it ended."""
    if hit.status == Hit.Status.CLOSED:
        return f"Closed: {hit.get_disposition_display().lower()}"
    if hit.status == Hit.Status.NEW and (hit.checked_at or hit.verified_at or hit.broadcast_at):
        return "Given back"
    return hit.get_status_display()


@register.filter
def age(at: datetime, now: datetime) -> str:
    """How long ago, as people say it."""
    return f"{duration_words(now - at)} ago"


@register.filter
def times_seen(hit: Hit) -> int:
    """How often the car was seen at this camera, the first time among them."""
    return hit.repeats + 1


@register.filter
def list_is_stale(hit: Hit, now: datetime) -> bool:
    """Whether the list it came from is older than its source promises."""
    return is_stale(hit.hot_plate.hot_list, now)
