"""Builders for the tests of possible matches: a read near a hot plate, and the look at its picture."""

from datetime import datetime
from typing import Any

from audit.models import User
from detections.hits.possible import PURPOSE, REASON
from detections.models import Photo, PossibleMatch
from detections.photo_tokens import photo_token
from detections.photos import open_photo
from tests import make
from tests.detections import road

NOON = make.NOON


def possible(
    read: str = "0DEM12B", hot: str = "0DEM128", *, at: datetime = NOON, picture: bool = True, **fields: Any
) -> PossibleMatch:
    """A new possible match of a read on a live hot plate; ``hot_plate`` may be given."""
    entry = fields.pop("hot_plate", None) or make.hot_plate(hot, at=at)
    shown = road.photo(at=at, status=Photo.Status.ATTACHED) if picture else None
    seen = make.detection(read, at=at, photo=shown)
    special = entry.hot_list.kind == "special"
    values = {"kind": PossibleMatch.Kind.LOOKALIKE, "informational": special} | fields
    return PossibleMatch.objects.create(
        detection=seen, hot_plate=entry, plate=read, captured_at=at, created_at=at, **values
    )


def partial(read: str = "0DEM128", hot: str = "0DEM1?8", **fields: Any) -> PossibleMatch:
    """A read that fits a partial plate of incident 26-900."""
    entry = make.hot_plate(hot, partial=True, incident_number="26-900")
    return possible(read, hot_plate=entry, kind=PossibleMatch.Kind.PARTIAL, **fields)


def look(match: PossibleMatch, by: User, *, at: datetime = NOON) -> None:
    """Open the picture, as its page does."""
    picture = match.detection.photo_id
    open_photo(photo_id=picture, token=photo_token(by, picture, PURPOSE, REASON, "", at=at), by=make.by(by), at=at)
