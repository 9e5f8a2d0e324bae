"""The parts of the search form about places: one area, up to six scenes. By the map, by a known place, or typed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from detections.searching.question import Area, Circle, Polygon, QuestionError

MOST_SCENES = 6
USUAL_METRES = 500
SCENES = tuple(f"scene{number}" for number in range(1, MOST_SCENES + 1))
PARTS = ("site", "latitude", "longitude", "metres", "corners")


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A site by name and position, which a search may take instead of a point."""

    name: str
    latitude: float
    longitude: float


class PlaceError(ValueError):
    """A place that is none; ``part`` is the part of the form to mend."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part, self.reason = part, reason


def place_fields(prefix: str) -> dict[str, forms.Field]:
    """The fields of one place; ``prefix`` is "area" or "scene1" to "scene6"."""
    return {
        f"{prefix}_site": forms.CharField(
            label="Around a known place",
            required=False,
            max_length=120,
            help_text="Begin to type; the list has every site of our cameras.",
            widget=forms.TextInput(attrs={"list": "known-places", "autocomplete": "off"}),
        ),
        f"{prefix}_latitude": _degrees("or around latitude"),
        f"{prefix}_longitude": _degrees("and longitude"),
        f"{prefix}_metres": forms.FloatField(
            label="Radius in metres",
            required=False,
            min_value=1,
            max_value=100_000,
            widget=forms.NumberInput(attrs={"step": "any", "inputmode": "numeric", "placeholder": str(USUAL_METRES)}),
        ),
        f"{prefix}_corners": forms.CharField(
            label="or inside these corners",
            required=False,
            max_length=3_000,
            help_text="One corner a line: latitude, longitude. 3 to 50 of them, in order.",
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        ),
    }


def area_of(data: Mapping[str, Any], prefix: str, known: Mapping[str, KnownPlace]) -> Area | None:
    """The area that the fields describe, None if they are empty. Raises PlaceError."""
    site, latitude, longitude, metres, corners = (data.get(f"{prefix}_{part}") for part in PARTS)
    ways = [bool(site), latitude is not None or longitude is not None, bool(corners)]
    if sum(ways) > 1:
        raise PlaceError("site", "Choose one: a known place, a point, or corners.")
    try:
        if corners:
            return Polygon(tuple(_corners(corners)))
        if site:
            place = known.get(site.strip().casefold())
            if place is None:
                raise PlaceError("site", "No site has this name.")
            return Circle(place.latitude, place.longitude, metres or USUAL_METRES)
        if latitude is None and longitude is None:
            return None
        if latitude is None or longitude is None:
            raise PlaceError("latitude" if latitude is None else "longitude", "Give both latitude and longitude.")
        return Circle(latitude, longitude, metres or USUAL_METRES)
    except QuestionError as error:
        raise PlaceError("corners" if corners else "latitude", error.reason) from error


def _degrees(label: str) -> forms.FloatField:
    limit = 90 if "latitude" in label else 180
    widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    return forms.FloatField(label=label, required=False, min_value=-limit, max_value=limit, widget=widget)


def _corners(typed: str) -> Iterator[tuple[float, float]]:
    for number, line in enumerate(filter(str.strip, typed.replace(";", "\n").splitlines()), start=1):
        try:
            latitude, longitude = (float(part) for part in line.replace(",", " ").split())
        except ValueError:
            raise PlaceError("corners", f"Line {number} is not a latitude and a longitude.") from None
        yield latitude, longitude
