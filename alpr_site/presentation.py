"""What every page knows: the agency, the way round the house, the theme. Context processor ``page``."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from alpr_site import __version__
from audit import notices
from detections.reader_state import reader_state

THEMES = ("light", "dark")
THEME_COOKIE = "theme"
# Says which entries a person may open; written beside the URLs, so that this module holds no permission.
NAVIGATION_HOOK = "alpr_site.navigation.items_for"


def page(request: HttpRequest) -> dict[str, Any]:
    """Context for base.html: agency, navigation (label, url, current, count), version, theme, ocr_notice, map_tiles,
    unseen_notices."""
    return {
        "agency": settings.AGENCY,
        "navigation": mark_current(items_for(request), request.path),
        "version": __version__,
        "theme": chosen_theme(request),
        "ocr_notice": reader_notice(request),
        "map_tiles": getattr(settings, "MAP_TILES_URL", ""),
        # Lazy: parts of pages have no header to show it in.
        "unseen_notices": SimpleLazyObject(lambda: unseen_notices(request)),
    }


def unseen_notices(request: HttpRequest) -> int:
    """How many notices wait for whoever is signed in; none for the public."""
    user = getattr(request, "user", None)
    return notices.unseen(user) if user is not None and user.is_authenticated else 0


def reader_notice(request: HttpRequest) -> str:
    """What staff should know of the plate reader; nothing where all is well, and nothing for the public."""
    user = getattr(request, "user", None)
    return reader_state().words if user is not None and user.is_authenticated else ""


def chosen_theme(request: HttpRequest) -> str:
    """The theme this browser asked for, or nothing: then the system's preference stands."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def items_for(request: HttpRequest) -> Iterable[Mapping[str, Any]]:
    """The navigation entries of whoever is asking; none before the session is known (an error page)."""
    if getattr(request, "user", None) is None:
        return []
    found: list[dict[str, Any]] = import_string(NAVIGATION_HOOK)(request)
    return found


def mark_current(items: Iterable[Mapping[str, Any]], path: str) -> list[dict[str, Any]]:
    """Copies of the entries, with ``current`` on the one whose address is the longest beginning of the path, and on the
    group it stands in."""
    entries = [dict(item) | {"pages": [dict(one) for one in item.get("pages", ())]} for item in items]
    every = [one for entry in entries for one in (entry["pages"] or [entry])]
    here = max((one["url"] for one in every if leads_to(one["url"], path)), key=len, default=None)
    for one in every:
        one["current"] = one["url"] == here
    return [entry | {"current": any(one["current"] for one in entry["pages"] or [entry])} for entry in entries]


def leads_to(url: str, path: str) -> bool:
    """Whether the page at ``path`` lies under ``url``; the front page has nothing under it."""
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
