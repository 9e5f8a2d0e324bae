"""POST /api/v1/searches/ with what no search is: named and refused, never a 5xx, and nothing searched."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import User
from detections.models import Search
from detections.searching.json_body import MOST_BYTES
from detections.searching.wire import MOST_CAMERAS
from tests import make
from tests.detections.searching import camera_at
from tests.detections.test_search_api import DOOR, told

DOORS = (DOOR, f"{DOOR}approvals/", f"{DOOR}stop/")
AREA = {"kind": "canvass", "plate": None}


@pytest.fixture
def client_of(signed_in, detective: User) -> Client:
    camera_at("CAM-01", 38.58, -121.49)
    return signed_in(detective)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000, 400),
        ('{"a":' * 100_000, 400),
        ('{"cameras":' + "[" * 900 + "]" * 900 + "}", 400),
        ('{"plate": "0DEM123", "plate": "0DEM124"}', 400),
        ('{"at_least": NaN}', 400),
        ('{"within_s": ' + "9" * 6000 + "}", 400),
        (b"\xff\xfe{", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"x"', 422),
        (b'{"reason": "' + b"x" * MOST_BYTES + b'"}', 413),
    ],
)
def test_a_body_that_is_no_search_is_refused(client_of: Client, door: str, body: str | bytes, status: int) -> None:
    answer = client_of.generic("POST", door, body, content_type="application/json")
    assert answer.status_code == status
    assert not Search.objects.exists()


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
@pytest.mark.parametrize(
    "field",
    [
        {"kind": "?"},
        {"match": "?"},
        {"plate": "?"},
        {"state": "?"},
        {"cameras": ["?"]},
        {"reviewer": "?"},
        {"ticket": "?"},
        {"?": 1},
        AREA | {"area": {"site": "?"}},
    ],
)
def test_a_character_that_cannot_be_stored_is_refused_in_any_field(client_of: Client, field: dict, sign: str) -> None:
    body = json.dumps(told() | field).replace('"?"', json.dumps(sign))
    answer = client_of.generic("POST", DOOR, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "request.parse_error")


@pytest.mark.parametrize(
    "window",
    [
        {"from_at": "0001-01-01T00:00:00+14:00"},
        {"from_at": "9999-12-31T23:59:59-14:00"},
        {"to_at": "0001-01-01T00:00:00+14:00"},
        {"from_at": "9998-12-31T23:59:59Z", "to_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_times_at_the_ends_of_the_calendar_are_refused(client_of: Client, window: dict) -> None:
    answer = client_of.post(DOOR, told(**window), content_type="application/json")
    assert answer.status_code in (403, 422)


def test_a_form_is_no_search(client_of: Client) -> None:
    assert client_of.post(DOOR, told()).status_code == 415


def test_cameras_are_looked_up_at_once_and_an_unknown_one_is_named(client_of: Client) -> None:
    codes = [make.camera(f"CAM-{number:02}").code for number in range(2, 40)]
    with CaptureQueriesContext(connection) as few:
        assert client_of.post(DOOR, told(cameras=codes[:1]), content_type="application/json").status_code == 201
    with CaptureQueriesContext(connection) as many:
        assert client_of.post(DOOR, told(cameras=codes * 2), content_type="application/json").status_code == 201
    assert len(many) <= len(few) + 2
    unknown = client_of.post(DOOR, told(cameras=["CAM-99"]), content_type="application/json")
    assert (unknown.status_code, "CAM-99" in unknown.json()["fields"]["cameras"][0]) == (422, True)
    most = client_of.post(DOOR, told(cameras=["CAM-02"] * (MOST_CAMERAS + 1)), content_type="application/json")
    assert most.status_code == 422
