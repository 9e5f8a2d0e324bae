"""The search by API: the same verbs and refusals as the pages, as JSON, for people's sessions only."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from audit.actions import Action
from audit.models import LedgerEntry, User
from detections.models import Search, SearchApproval
from detections.read_choice import chosen
from detections.searching.approval import decide
from detections.searching.plate_token import seal_plate
from tests import make
from tests.detections.searching import REASON, camera_at, last_entry

DOOR = "/api/v1/searches/"


def told(**fields: object) -> dict:
    """A search of the last two days as JSON."""
    defaults = {
        "plate": "0DEM123",
        "from_at": (timezone.now() - timedelta(days=2)).isoformat(),
        "purpose": "locate",
        "reason": REASON,
        "case_number": "26-123456",
        "attested": True,
    }
    return {name: value for name, value in (defaults | fields).items() if value is not None}


def post(client: Client, body: object, door: str = DOOR):
    return client.post(door, body, content_type="application/json")


@pytest.fixture
def client_of(signed_in, detective: User) -> Client:
    return signed_in(detective)


def test_without_a_sign_in_or_with_a_device_key_there_is_no_search(client: Client, db) -> None:
    key = make.device_key(make.camera())
    for headers in ({}, {"Authorization": f"Bearer {key}"}, {"X-Api-Key": key}):
        assert client.post(DOOR, told(), content_type="application/json", headers=headers).status_code == 403
        assert client.get(f"{DOOR}{uuid4()}/", headers=headers).status_code == 403
    assert not LedgerEntry.objects.filter(action=Action.SEARCH_RUN).exists()


def test_a_post_from_another_site_is_refused(detective: User, signed_in) -> None:
    inside = signed_in(detective)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = inside.cookies
    assert post(strict, told()).status_code == 403
    assert not Search.objects.exists()


def test_a_search_is_run_and_its_pages_opened(client_of: Client, detective: User) -> None:
    camera = make.camera()
    reads = [make.detection(at=timezone.now() - timedelta(minutes=n + 1), seen_by=camera) for n in range(101)]
    answer = post(client_of, told())
    assert answer.status_code == 201
    body = answer.json()
    search = Search.objects.get()
    assert body == {
        "id": str(search.pk), "count": 101, "more": False, "record": search.record_index, "page": f"{DOOR}{search.pk}/",
    }  # fmt: skip
    page = client_of.get(body["page"])
    assert page["Cache-Control"] == "no-store"
    first = page.json()
    assert (len(first["reads"]), first["plates"], first["more"]) == (100, [], True)
    assert first["record"] == last_entry().index
    one = first["reads"][0]
    assert (one["plate"], one["number"], one["camera"], one["place"]) == ("0DEM123", 1, "CAM-01", "Site of CAM-01")
    assert chosen([one["choice"]]) == [reads[0].ref]
    assert client_of.get(one["address"]).status_code == 200
    assert "DEM" not in first["next"] + one["address"]
    second = client_of.get(first["next"]).json()
    assert (len(second["reads"]), second["next"], second["reads"][0]["number"]) == (1, None, 101)


def test_a_search_and_its_first_page_leave_two_records(client_of: Client) -> None:
    client_of.get(post(client_of, told()).json()["page"])
    assert [entry.action for entry in LedgerEntry.objects.order_by("index")] == [Action.SEARCH_RUN, Action.SEARCH_PAGE]


def test_plates_at_scenes_and_their_sightings(client_of: Client) -> None:
    now = timezone.now()
    here, there = camera_at("HERE", 38.58, -121.49), camera_at("THERE", 38.60, -121.45)
    for camera, minutes in ((here, 50), (there, 40)):
        make.detection(at=now - timedelta(minutes=minutes), seen_by=camera, latitude=None, longitude=None)
    window = {"from_at": (now - timedelta(hours=1)).isoformat(), "to_at": now.isoformat()}
    scenes = [
        {"area": {"circle": [38.58, -121.49, 300]}, **window},
        {"area": {"site": "Corner THERE"}, **window},
    ]
    body = post(client_of, told(kind="scenes", scenes=scenes, plate=None, from_at=None)).json()
    page = client_of.get(body["page"]).json()
    assert page["reads"] == []
    (plate,) = page["plates"]
    assert (plate["plate"], plate["count"], plate["places"], plate["reads"]) == ("0DEM123", 2, ["1", "2"], 2)
    sightings = client_of.get(plate["sightings"]).json()
    assert [read["camera"] for read in sightings["reads"]] == ["THERE", "HERE"]
    assert "0DEM123" in last_entry().clear.query


def test_a_refusal_names_its_law(client_of: Client) -> None:
    answer = post(client_of, told(reason="inv"))
    assert answer.status_code == 403
    body = answer.json()
    assert body["code"] == "query.reason_vague"
    assert "1798.90.52" in body["citation"]
    assert body["record"] == last_entry().index
    assert body["next_step"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"from_at": None}, "from_at"),
        ({"from_at": "2026-06-16T12:00"}, "from_at"),
        ({"from_at": 7}, "from_at"),
        ({"kind": "guess"}, "kind"),
        ({"match": "sound"}, "match"),
        ({"plate": ["0DEM123"]}, "plate"),
        ({"plate": "x" * 65}, "plate"),
        ({"cameras": ["NONE"]}, "cameras"),
        ({"kind": "canvass", "plate": None}, "area"),
        ({"area": {"circle": [1, 2]}}, "area"),
        ({"area": {"circle": [99, 0, 5]}}, "area"),
        ({"area": {"circle": ["NaN", 0, 5]}}, "area"),
        ({"area": {"circle": [1, 2, 3], "site": "x"}}, "area"),
        ({"area": {"polygon": [[1, 1], [2, 2], [1, 2], [2, 1]]}}, "area"),
        ({"area": "here"}, "area"),
        ({"scenes": [{}]}, "scenes"),
        ({"kind": "scenes", "plate": None, "from_at": None, "scenes": []}, "scenes"),
        ({"kind": "convoy", "cameras_together": 1}, "cameras_together"),
        ({"kind": "convoy", "match": "edit1"}, "plate"),
        ({"purpose": None}, "purpose"),
        ({"reason": "x" * 501}, "reason"),
        ({"reviewer": "nobody"}, "reviewer"),
        ({"ticket": "mine"}, "ticket"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(client_of: Client, fields: dict, wrong: str) -> None:
    answer = post(client_of, told(**fields))
    assert answer.status_code == 422, answer.json()
    body = answer.json()
    assert body["code"] == "search.invalid"
    assert wrong in body["fields"]
    assert not Search.objects.exists()


@pytest.mark.parametrize("body", ["[]", "7", '"plate"', "null"])
def test_what_is_no_object_is_refused(client_of: Client, body: str) -> None:
    assert post(client_of, body).status_code == 422


def test_what_is_no_json_is_refused(client_of: Client) -> None:
    broken = post(client_of, "{plate")
    assert (broken.status_code, broken.json()["code"]) == (400, "request.parse_error")
    other = client_of.post(DOOR, "<plate/>", content_type="application/xml")
    assert (other.status_code, other.json()["code"]) == (415, "request.unsupported_media_type")


def test_nobody_else_opens_a_search_and_no_place_is_guessed(client_of: Client, officer: User, signed_in) -> None:
    page = post(client_of, told()).json()["page"]
    other = signed_in(officer)
    for client, address in (
        (other, page),
        (other, f"{page}sightings/?of=x"),
        (client_of, f"{page}?after=forged"),
        (client_of, f"{page}sightings/?of=forged"),
        (client_of, f"{DOOR}{uuid4()}/"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "search.unknown")


def test_a_plate_token_of_another_search_opens_nothing(client_of: Client) -> None:
    one, other = (Search.objects.get(pk=post(client_of, told()).json()["id"]) for _ in range(2))
    token = seal_plate("0DEM123", one.pk)
    assert "0DEM123" not in token
    assert client_of.get(f"{DOOR}{other.pk}/sightings/?of={token}").status_code == 404


def test_a_wide_search_is_asked_for_approved_and_run(client_of: Client, administrator: User) -> None:
    wide = told(plate="0D*", match="pattern")
    refused = post(client_of, wide)
    assert (refused.status_code, refused.json()["code"]) == (403, "search.wide")
    asked = post(client_of, wide, f"{DOOR}approvals/")
    assert asked.status_code == 202
    approval = SearchApproval.objects.get(pk=asked.json()["id"])
    door = f"{DOOR}approvals/{approval.pk}/run/"
    assert post(client_of, {}, door).json()["code"] == "search.not_approved"
    words = "Read the report of the shooting"
    at = timezone.now()
    decide(by=make.by(administrator), at=at, approval_id=approval.pk, decision="approved", words=words)
    assert post(client_of, {}, door).status_code == 201
    assert post(client_of, {}, door).status_code == 403
    assert post(client_of, {}, f"{DOOR}approvals/{uuid4()}/run/").status_code == 404


def test_stopping_what_does_not_run_says_so(client_of: Client) -> None:
    answer = post(client_of, {"ticket": str(uuid4())}, f"{DOOR}stop/")
    assert answer.json() == {"stopped": False}
    assert post(client_of, {"ticket": "mine"}, f"{DOOR}stop/").status_code == 422


def test_the_schema_of_the_search_is_sound() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    door = schema["paths"][DOOR]["post"]
    assert {"201", "403", "409", "422", "503"} <= set(door["responses"])
    assert "{search_id}" in "".join(schema["paths"])
