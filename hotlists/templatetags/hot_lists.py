"""Words and marks of lists and imports, for templates."""

from django import template

from hotlists.lists import handing
from hotlists.models import HotListImport

register = template.Library()

_CHIPS = {
    "waiting": "waiting",
    "running": "reading",
    "live": "active",
    "superseded": "expired",
    "refused": "refused",
    "stopped": "withdrawn",
}
_UNITS = ((60 * 24, "day"), (60, "hour"), (1, "minute"))


@register.filter
def import_chip(of: HotListImport) -> str:
    """The mark of an import's status."""
    return _CHIPS.get(of.status, "info")


@register.filter
def import_per_cent(of: HotListImport) -> int:
    """How much of the file has been read."""
    return handing.per_cent(of)


@register.filter
def import_open(of: HotListImport) -> bool:
    """Whether the file still waits or is being read."""
    return handing.is_open(of)


@register.filter
def interval(minutes: int) -> str:
    """Minutes as people say them: ``30 minutes``, ``6 hours``, ``2 days``."""
    size, unit = next((size, unit) for size, unit in _UNITS if minutes % size == 0)
    count = minutes // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@register.filter
def dropped_sum(of: HotListImport) -> int:
    """How many rows were dropped, of whatever file type."""
    return sum(of.dropped.values())
