"""What the pages of a search show: its facts in words, rows with their links, points and areas for the map."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audit.models import User
from audit.plates import mask
from audit.policy import Profile
from cameras.models import Camera
from detections.models import Detection, ReadRef, Search, SearchApproval
from detections.photo_tokens import Look, make_token
from detections.read_choice import choose
from detections.retention.terms import Terms, terms_of
from detections.searching.approval import Own
from detections.searching.areas import area_shape, area_words
from detections.searching.open_read import OpenedRead
from detections.searching.page import Page, Sighting
from detections.searching.plate_token import seal_plate
from detections.searching.question import Companion, Kind, Match, Question
from detections.searching.timeline import timeline

HOW = {
    Match.EXACT: "exactly so",
    Match.LOOKALIKE: "look-alike characters too",
    Match.EDIT1: "one character different, missing or extra too",
    Match.PATTERN: "as a part: ? is one character, * any number",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A sighting as a line of the page: when, the way to its own page and to its picture ("" without one), its choice.

    All of it is text already: a page has a hundred rows, and the template language is slow at making it.
    """

    sighting: Sighting
    number: str
    when: str
    confidence: str
    address: str
    picture: str
    choice: str


@dataclass(frozen=True, slots=True)
class CompanionRow:
    """A plate that was at several scenes or travelled along, where, and the way to its sightings."""

    companion: Companion
    places: str
    address: str


def page_context(page: Page, profile: Profile, *, user: User, at: datetime) -> dict[str, Any]:
    """Context of the results page."""
    search, question = page.search, page.question
    when = {sighting.number: instant(sighting.read.captured_at) for sighting in page.sightings}
    look = Look(search.purpose, search.reason, search.case_number)
    terms = terms_of(profile, at)
    cameras = camera_codes([*question.cameras, *(n for c in page.companions for n in _cameras_of(c, question))])
    return {
        "search": search,
        "question": question,
        "facts": facts(question, cameras),
        "purpose_label": purpose_label(search.purpose, profile),
        "rows": list(_rows(page.sightings, when, look, search.pk, user=user, at=at)),
        "companions": [_companion(found, search, question, cameras) for found in page.companions],
        "lists_plates": question.kind in (Kind.SCENES, Kind.CONVOY) and not page.plate,
        "of_plate": page.plate,
        "has_pictures": any(sighting.read.photo for sighting in page.sightings),
        "first": page.sightings[0].number if page.sightings else 0,
        "last": page.sightings[-1].number if page.sightings else 0,
        "more": page.more,
        "next_cursor": page.next_cursor,
        "record_index": page.record_index,
        "points": map_points(page.sightings, when),
        "shapes": shapes(question),
        "timeline": timeline(page.sightings, when),
        "cut_at": cut(question, terms, at),
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
    return f"{reverse('detections:read', args=[read.pk])}?t={token}"


def recent_row(search: Search, profile: Profile) -> dict[str, Any]:
    """A line of one's own searches, the plate masked: opening it is a look."""
    question = Question.from_json(search.question)
    masked = mask(question.plate or question.containing)
    return {
        "search": search,
        "kind": question.kind.value,
        "masked": masked,
        "purpose": purpose_label(search.purpose, profile),
    }


def purpose_label(code: str, profile: Profile) -> str:
    """The purpose in the words of the profile in force; its code where that knows it no more."""
    purpose = profile.purpose(code)
    return purpose.label if purpose else code


def camera_codes(numbers: Sequence[int]) -> dict[int, str]:
    """What people call the cameras of these numbers. One query, none without numbers."""
    if not numbers:
        return {}
    return dict(Camera.objects.filter(number__in=set(numbers)).values_list("number", "code"))


def facts(question: Question, cameras: dict[int, str]) -> list[tuple[str, str]]:
    """All that a question asks but the plate itself, as names and values."""
    codes = ", ".join(sorted(cameras.get(number, str(number)) for number in question.cameras))
    told = [
        ("Compared", HOW[question.match] if question.plate and question.kind is not Kind.CONVOY else ""),
        ("Look-alikes", "too" if question.folded else ""),
        ("State", question.state),
        ("Area", area_words(question.area) if question.area else ""),
        ("From", "" if question.scenes else instant(question.from_at)),
        ("Up to", "" if question.scenes else instant(question.to_at)),
    ]
    for number, scene in enumerate(question.scenes, start=1):
        said = f"{area_words(scene.area)}, {instant(scene.from_at)} to {instant(scene.to_at)}"
        told.append((f"Scene {number}", said))
    if question.kind is Kind.SCENES:
        told.append(("At", f"{question.at_least} scenes or more"))
    if question.kind is Kind.CONVOY:
        told.append(
            ("Together", f"within {_minutes(question.within_s)}, at {question.cameras_together} cameras or more")
        )
    told.append(("Cameras", codes or "any"))
    return [(name, value) for name, value in told if value]


def cut(question: Question, terms: Terms, at: datetime) -> datetime | None:
    """The instant before which reads of this search are past their ceiling now, if that cuts into its window."""
    seen_from = terms.seen_from(at)
    return seen_from if seen_from and seen_from > question.from_at else None


def shapes(question: Question) -> list[dict[str, Any]]:
    """The areas asked about, for the map."""
    areas = [scene.area for scene in question.scenes] or ([question.area] if question.area else [])
    return [area_shape(area) for area in areas]


def map_points(sightings: Sequence[Sighting], when: Mapping[int, str]) -> list[dict[str, Any]]:
    """Points for the map, one a camera and position, numbered by its newest read. No plate: the page says which."""
    places: dict[tuple[str, float, float], list[Sighting]] = {}
    for sighting in sightings:
        if sighting.latitude is not None and sighting.longitude is not None:
            key = (sighting.read.camera.code, sighting.latitude, sighting.longitude)
            places.setdefault(key, []).append(sighting)
    return [_point(*place, seen, when) for place, seen in places.items()]


def instant(at: datetime) -> str:
    """An instant as pages show it, with its zone."""
    return date_format(timezone.localtime(at), "M j, Y H:i:s T")


def _point(
    code: str, latitude: float, longitude: float, seen: list[Sighting], when: Mapping[int, str]
) -> dict[str, Any]:
    newest = seen[0]
    label = f"{code}, {when[newest.number]}"
    if len(seen) > 1:
        label = f"{code}: {len(seen)} reads, the newest {when[newest.number]}"
    numbers = ", ".join(str(sighting.number) for sighting in seen)
    note = f"{newest.place}. In the table: {numbers}." if newest.place else f"In the table: {numbers}."
    return {"lat": latitude, "lon": longitude, "label": label, "note": note, "number": newest.number}


def _rows(
    sightings: Sequence[Sighting], when: Mapping[int, str], look: Look, search_id: UUID, *, user: User, at: datetime
) -> Iterator[Row]:
    nobody = UUID(int=0)
    read_door, photo_door = (reverse(f"detections:{name}", args=[nobody]) for name in ("read", "photo"))

    def address(door: str, subject: ReadRef | UUID, pk: UUID) -> str:
        token = make_token(user, subject, look.purpose, look.reason, look.case_number, at=at)
        return f"{door.replace(str(nobody), str(pk))}?t={token}"

    for sighting in sightings:
        read, number = sighting.read, sighting.number
        ref = read.ref
        yield Row(
            sighting,
            str(number),
            when[number],
            "not told" if read.confidence is None else f"{read.confidence:.2f}",
            address(read_door, ref, read.pk),
            address(photo_door, read.photo.pk, read.photo.pk) if read.photo else "",
            choose(ref, search_id),
        )


def _companion(found: Companion, search: Search, question: Question, cameras: dict[int, str]) -> CompanionRow:
    if question.kind is Kind.SCENES:
        places = ", ".join(f"scene {number + 1}" for number in found.places)
    else:
        places = ", ".join(cameras.get(number, str(number)) for number in found.places)
    address = reverse("detections:search_companion", args=[search.pk])
    return CompanionRow(found, places, f"{address}?{urlencode({'of': seal_plate(found.plate, search.pk)})}")


def _cameras_of(found: Companion, question: Question) -> Sequence[int]:
    return found.places if question.kind is Kind.CONVOY else ()


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:g} minute{'' if seconds == 60 else 's'}" if seconds >= 60 else f"{seconds} s"


def waiting_row(approval: SearchApproval, profile: Profile) -> dict[str, Any]:
    """A wide search for the one who decides: all that is asked, the plate included."""
    question = Question.from_json(approval.question)
    return {
        "approval": approval,
        "question": question,
        "facts": facts(question, camera_codes([*question.cameras])),
        "shapes": shapes(question),
        "map_id": f"map-{approval.pk.hex}",
        "purpose": purpose_label(approval.purpose, profile),
    }


def approval_row(own: Own) -> dict[str, Any]:
    """A wide search of one's own on the page of the form, the plate masked."""
    question = Question.from_json(own.approval.question)
    masked = mask(question.plate or question.containing)
    return {"approval": own.approval, "standing": own.standing.value, "kind": question.kind.value, "masked": masked}
