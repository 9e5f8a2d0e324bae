"""Every way to ask by the one form: what it finds, and how what is wrong with it is named at its field."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import LedgerEntry, User
from detections.models import Search
from detections.searching.form import FIELDS_OF
from tests import make
from tests.detections.searching import camera_at, form_data, last_entry, photo

FORM = "/search/"
HERE, THERE, ELSEWHERE = (38.58, -121.49), (38.60, -121.45), (38.70, -121.30)


def local(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def typed(way: str, **fields: object) -> dict:
    """The form of a way, over the last two hours."""
    return form_data(way=way, plate="", from_at=local(ago(120)), to_at="") | fields


def answer(client: Client, way: str, **fields: object) -> str:
    """The page of the answer."""
    done = client.post(FORM, typed(way, **fields))
    assert done.status_code == 303, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", done.content.decode()))[-3000:]
    page = client.get(done["Location"])
    assert page.status_code == 200
    return page.content.decode()


def plates_on(text: str) -> set[str]:
    """The plates listed; the one that was asked for stands large above and is not meant."""
    return set(re.findall(r'class="plate"[^>]*>(?:<span[^>]*>[^<]*</span>)?([A-Z0-9]+)<', text))


@pytest.fixture
def cameras(detective: User) -> dict:
    return {code: camera_at(code, *place) for code, place in (("HERE", HERE), ("THERE", THERE), ("ELSE", ELSEWHERE))}


@pytest.fixture
def reads(cameras: dict) -> None:
    """Three plates at three cameras within the last hour."""
    for plate, code, minutes in [
        ("0DEM123", "HERE", 50), ("0DEM123", "THERE", 40), ("0DEM123", "ELSE", 30),
        ("0DEM128", "HERE", 49), ("0DEM128", "THERE", 39), ("0DEM128", "ELSE", 29),
        ("0XYZ999", "HERE", 20), ("0XYZ999", "ELSE", 10),
    ]:  # fmt: skip
        make.detection(plate, at=ago(minutes), seen_by=cameras[code], latitude=None, longitude=None)


@pytest.mark.parametrize(
    ("way", "fields", "found"),
    [
        ("plate", {"plate": "0DEM123"}, {"0DEM123"}),
        ("plate", {"plate": "ODEMI23", "match": "lookalike"}, {"0DEM123"}),
        ("plate", {"plate": "0DEM124", "match": "edit1"}, {"0DEM123", "0DEM128"}),
        ("plate", {"plate": "0DEM123", "cameras": ["THERE", "ELSE"]}, {"0DEM123"}),
        ("part", {"plate": "0D?M12?"}, {"0DEM123", "0DEM128"}),
        ("part", {"plate": "*999"}, {"0XYZ999"}),
        ("part", {"plate": "ODE*", "folded": "on"}, {"0DEM123", "0DEM128"}),
        ("part", {"containing": "ZYX"}, {"0XYZ999"}),
        ("part", {"plate": "0DEM*", "area_latitude": "38.58", "area_longitude": "-121.49"}, {"0DEM123", "0DEM128"}),
        ("canvass", {"area_latitude": "38.58", "area_longitude": "-121.49", "area_metres": "400"},
         {"0DEM123", "0DEM128", "0XYZ999"}),
        ("canvass", {"area_site": "corner there", "plate": "*8"}, {"0DEM128"}),
        ("canvass", {"area_corners": "38.579, -121.491\n38.581, -121.491; 38.581 -121.489\n38.579 -121.489"},
         {"0DEM123", "0DEM128", "0XYZ999"}),
        ("convoy", {"plate": "0DEM123"}, {"0DEM128"}),
        ("convoy", {"plate": "0DEM123", "within_minutes": "0.5"}, set()),
    ],
)  # fmt: skip
def test_each_way_finds_what_it_asks_for(detective: User, signed_in, reads, way: str, fields: dict, found: set) -> None:
    text = answer(signed_in(detective), way, **fields)
    assert plates_on(text) == found


def scenes(**more: object) -> dict:
    """Two scenes: HERE within 45 to 55 minutes ago, THERE within 35 to 45."""
    return {
        "scene1_latitude": "38.58", "scene1_longitude": "-121.49",
        "scene1_from_at": local(ago(60)), "scene1_to_at": local(ago(45)),
        "scene2_site": "Corner THERE", "scene2_metres": "300",
        "scene2_from_at": local(ago(45)), "scene2_to_at": local(ago(30)),
    } | more  # fmt: skip


def test_plates_at_several_scenes_lead_to_their_sightings(detective: User, signed_in, reads) -> None:
    client = signed_in(detective)
    text = answer(client, "scenes", **scenes())
    assert plates_on(text) == {"0DEM123", "0DEM128"}
    assert "scene 1, scene 2" in text
    assert "Scene 2" in text
    address = re.search(r'href="(/search/[^"]+/sightings/[^"]+)"', text)[1]
    assert "DEM" not in address
    page = client.get(address)
    sightings = page.content.decode()
    assert page.status_code == 200
    assert len(plates_on(sightings)) == 1
    entry = last_entry()
    assert (entry.action, entry.result_count) == (Action.SEARCH_PAGE, 2)
    assert "0DEM12" in entry.clear.query


def test_the_ledger_names_all_that_was_asked(detective: User, signed_in, reads) -> None:
    answer(signed_in(detective), "canvass", plate="0D*", cameras=["HERE"], area_site="Corner HERE", area_metres="250")
    query = LedgerEntry.objects.filter(action=Action.SEARCH_RUN).latest("index").clear.query
    for told in ("canvass", "0D*", "HERE", "within 250 m of 38.58, -121.49"):
        assert told in query


def test_the_area_and_its_reads_are_on_the_map(detective: User, signed_in, reads) -> None:
    text = answer(signed_in(detective), "canvass", area_site="Corner HERE")
    assert '"circle": [38.58, -121.49, 500' in text
    assert 'id="sightings-points"' in text


def test_a_group_stands_for_all_its_cameras(detective: User, signed_in, reads) -> None:
    answer(signed_in(detective), "plate", plate="0DEM123", groups=["kind:fixed"])
    assert len(Search.objects.get().question["cameras"]) == 3


def test_no_picture_is_shown_before_it_is_asked_for(detective: User, signed_in, cameras) -> None:
    make.detection("0DEM123", at=ago(5), seen_by=cameras["HERE"], photo=photo(at=ago(5)))
    text = answer(signed_in(detective), "plate", plate="0DEM123")
    assert "/photos/" in text
    assert not re.findall(r'<img[^>]*src="/photos/', text)
    assert "Open picture 1" in text


@pytest.mark.parametrize(
    ("way", "fields", "wrong"),
    [
        ("canvass", {}, "area_site"),
        ("canvass", {"area_site": "Nowhere"}, "area_site"),
        ("canvass", {"area_latitude": "38.5"}, "area_longitude"),
        ("canvass", {"area_latitude": "95", "area_longitude": "0"}, "area_latitude"),
        ("canvass", {"area_latitude": "38.5", "area_longitude": "-121", "area_metres": "-5"}, "area_metres"),
        ("canvass", {"area_site": "Corner HERE", "area_corners": "1, 2"}, "area_site"),
        ("canvass", {"area_corners": "38.5, -121\nsomewhere"}, "area_corners"),
        ("canvass", {"area_corners": "38.5, -121\n38.6, -121"}, "area_corners"),
        ("canvass", {"area_corners": "38, -121\n39, -120\n38, -120\n39, -121"}, "area_corners"),
        ("part", {"plate": "0DEM*", "from_at": ""}, "from_at"),
        ("part", {"plate": "0DEM*", "cameras": ["NONE"]}, "cameras"),
        ("convoy", {"plate": "0DEM123", "within_minutes": "900"}, "within_minutes"),
        ("convoy", {"plate": "0DEM123", "cameras_together": "1"}, "cameras_together"),
        ("scenes", {}, "scene1_site"),
        ("scenes", scenes(scene2_from_at=""), "scene2_from_at"),
        ("scenes", scenes(scene2_site=""), "scene2_site"),
        ("scenes", scenes(scene1_to_at=local(ago(90))), "scene1_to_at"),
        ("scenes", scenes(at_least="3"), "at_least"),
        ("plate", {"plate": "0DEM123", "match": "sound"}, "match"),
        ("guess", {"plate": "0DEM123"}, "way"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_at_its_field_and_nothing_is_lost(
    detective: User, signed_in, cameras, way: str, fields: dict, wrong: str
) -> None:
    page = signed_in(detective).post(FORM, typed(way, **fields))
    assert page.status_code == 422
    assert wrong in page.context["form"].errors
    assert not set(page.context["form"].errors) - {wrong, "__all__"}
    text = page.content.decode()
    assert "Stolen from the Elm Street garage" in text
    for value in (value for value in fields.values() if isinstance(value, str) and value and "\n" not in value):
        assert value in text
    assert not Search.objects.exists()


def test_what_stands_in_the_fields_of_another_way_is_neither_used_nor_wrong(detective: User, signed_in, reads) -> None:
    answer(signed_in(detective), "plate", plate="0DEM123", scene1_latitude="far", within_minutes="x", containing="Q")
    assert "containing" not in Search.objects.get().question


def test_the_form_asks_nothing_about_a_person(detective: User, signed_in) -> None:
    text = signed_in(detective).get(FORM).content.decode()
    assert "there is no search by race, sex, religion" in text
    names = set(re.findall(r'name="([a-z0-9_]+)"', text))
    assert not [
        n for n in names if any(word in n for word in ("race", "sex", "gender", "religion", "driver", "age", "name"))
    ]
    assert {name for used in FIELDS_OF.values() for name in used} <= names | {"cameras", "groups"}
