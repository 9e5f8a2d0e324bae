"""What the pages of a search show: rows with their links, points for the map, a time line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audit.models import User
from audit.plates import mask
from audit.policy import Profile
from detections.models import Detection, Photo, Search
from detections.photo_tokens import Look, make_token
from detections.retention.terms import Terms, terms_of
from detections.searching.open_read import OpenedRead
from detections.searching.page import Page, Sighting

# The time line's drawing, in its own units: a lane per camera under one axis.
LINE_WIDTH, LANE, LEFT, TOP = 1140, 30, 150, 34


@dataclass(frozen=True, slots=True)
class Row:
    """A sighting with the tokens of its two links; ``photo_token`` is "" without a picture."""

    sighting: Sighting
    read_token: str
    photo_token: str


def page_context(page: Page, profile: Profile, *, user: User, at: datetime) -> dict[str, Any]:
    """Context of the results page."""
    search = page.search
    look = Look(search.purpose, search.reason, search.case_number)
    purpose = profile.purpose(search.purpose)
    terms = terms_of(profile, at)
    return {
        "search": search,
        "purpose_label": purpose.label if purpose else search.purpose,
        "rows": [_row(sighting, look, user=user, at=at) for sighting in page.sightings],
        "first": page.sightings[0].number if page.sightings else 0,
        "last": page.sightings[-1].number if page.sightings else 0,
        "next_cursor": page.next_cursor,
        "record_index": page.record_index,
        "points": map_points(page.sightings),
        "timeline": timeline(page.sightings),
        "cut_at": cut(search, terms, at),
        "cut_by": terms.citation,
    }


def read_context(opened: OpenedRead, look: Look | None, *, user: User, at: datetime) -> dict[str, Any]:
    """Context of a read's page."""
    read, photo = opened.read, opened.read.photo
    points = []
    if opened.latitude is not None:
        label = f"{read.camera.code}, {instant(read.captured_at)}"
        points = [{"lat": opened.latitude, "lon": opened.longitude, "label": label}]
    token = make_token(user, photo.pk, look.purpose, look.reason, look.case_number, at=at) if photo and look else ""
    own = read_address(read, look, user=user, at=at)
    return {
        "opened": opened,
        "read": read,
        "look": look,
        "photo_token": token,
        "points": points,
        "at": at,
        "address": own,
    }


def read_address(read: Detection, look: Look | None, *, user: User, at: datetime) -> str:
    """The address of a read's page with a fresh token for the same look; "" without one."""
    if look is None:
        return ""
    token = make_token(user, read.ref, look.purpose, look.reason, look.case_number, at=at)
    return f"{reverse('detections:read', args=[read.pk])}?{urlencode({'t': token})}"


def recent_row(search: Search, profile: Profile) -> dict[str, Any]:
    """A line of one's own searches, the plate masked: opening it is a look."""
    purpose = profile.purpose(search.purpose)
    return {"search": search, "masked": mask(search.plate), "purpose": purpose.label if purpose else search.purpose}


def cut(search: Search, terms: Terms, at: datetime) -> datetime | None:
    """The instant before which reads of this search are past their ceiling now, if that cuts into its window."""
    seen_from = terms.seen_from(at)
    return seen_from if seen_from and seen_from > search.from_at else None


def map_points(sightings: Sequence[Sighting]) -> list[dict[str, Any]]:
    """Points for the map, one a camera and position, numbered by its newest read. No plate: the page says which."""
    places: dict[tuple[str, float, float], list[Sighting]] = {}
    for sighting in sightings:
        if sighting.latitude is not None and sighting.longitude is not None:
            key = (sighting.read.camera.code, sighting.latitude, sighting.longitude)
            places.setdefault(key, []).append(sighting)
    return [_point(*place, seen) for place, seen in places.items()]


def _point(code: str, latitude: float, longitude: float, seen: list[Sighting]) -> dict[str, Any]:
    newest = seen[0]
    label = f"{code}, {instant(newest.read.captured_at)}"
    if len(seen) > 1:
        label = f"{code}: {len(seen)} reads, the newest {instant(newest.read.captured_at)}"
    numbers = ", ".join(str(sighting.number) for sighting in seen)
    note = f"{newest.place}. In the table: {numbers}." if newest.place else f"In the table: {numbers}."
    return {"lat": latitude, "lon": longitude, "label": label, "note": note, "number": newest.number}


def timeline(sightings: Sequence[Sighting]) -> dict[str, Any] | None:
    """A drawing of when each camera saw the plate: lanes, marks and the two ends of the axis; None below two reads."""
    if len(sightings) < 2:
        return None
    first, last = sightings[-1].read.captured_at, sightings[0].read.captured_at
    span = (last - first).total_seconds() or 1.0
    codes = list(dict.fromkeys(sighting.read.camera.code for sighting in reversed(sightings)))
    lanes = [{"code": code, "y": TOP + LANE * number} for number, code in enumerate(codes)]
    height = {lane["code"]: lane["y"] for lane in lanes}
    room = LINE_WIDTH - LEFT - 20
    marks = [
        {
            "x": round(LEFT + room * (sighting.read.captured_at - first).total_seconds() / span, 1),
            "y": height[sighting.read.camera.code],
            "label": f"{sighting.number}. {sighting.read.camera.code}, {instant(sighting.read.captured_at)}",
        }
        for sighting in sightings
    ]
    size = {"width": LINE_WIDTH, "height": TOP + LANE * len(lanes), "left": LEFT, "right": LINE_WIDTH - 20}
    return {"first": first, "last": last, "lanes": lanes, "marks": marks, **size}


def instant(at: datetime) -> str:
    """An instant as pages show it, with its zone."""
    return date_format(timezone.localtime(at), "M j, Y H:i:s T")


def _row(sighting: Sighting, look: Look, *, user: User, at: datetime) -> Row:
    photo = sighting.read.photo
    return Row(
        sighting,
        make_token(user, sighting.read.ref, look.purpose, look.reason, look.case_number, at=at),
        _photo_token(photo, look, user=user, at=at),
    )


def _photo_token(photo: Photo | None, look: Look, *, user: User, at: datetime) -> str:
    return make_token(user, photo.pk, look.purpose, look.reason, look.case_number, at=at) if photo else ""
