"""Webhooks of plate software: a recorded message of each becomes a read through the same verb, its picture kept."""

import base64
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import LedgerEntry
from detections.models import Detection, Photo
from detections.payloads import load
from tests import make
from tests.detections.test_post_photo import jpeg

RECORDED = Path(__file__).parent / "payloads"
DOORS = {
    "openalpr": "rekor_alpr_group",
    "platerecognizer": "plate_recognizer_stream",
    "frigate": "frigate_event",
}


def recorded(name):
    return load((RECORDED / f"{name}.json").read_bytes())


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """The recorded messages are of March 2026; the tests' now follows them, whatever year it is."""
    monkeypatch.setattr(timezone, "now", lambda: make.NOON)


@pytest.fixture
def key(db):
    return make.device_key(make.camera())


@pytest.fixture
def post(key):
    def send(vendor, message, **headers):
        body = message if isinstance(message, bytes) else json.dumps(message)
        return Client().post(
            f"/api/v1/webhooks/{vendor}/", body, content_type="application/json", headers={"X-Api-Key": key} | headers
        )

    return send


@pytest.mark.parametrize(("vendor", "name"), [*DOORS.items(), ("platerecognizer", "plate_recognizer_stream_props")])
def test_a_recorded_message_becomes_a_read_once(post, vendor, name):
    response = post(vendor, recorded(name))
    assert response.status_code == 200
    answers = response.json()["reads"]
    assert {answer["status"] for answer in answers} == {"recorded"}
    assert Detection.objects.count() == len(answers) >= 1
    assert set(Detection.objects.values_list("source", flat=True)) == {Detection.Source.WEBHOOK}
    assert LedgerEntry.objects.filter(outcome="allowed", purpose="collection").count() == 1
    again = post(vendor, recorded(name)).json()["reads"]
    assert again == [answer | {"status": "duplicate"} for answer in answers]
    assert Detection.objects.count() == len(answers)


def test_a_rekor_group_brings_its_facts(post):
    post("openalpr", recorded("rekor_alpr_group"))
    read = Detection.objects.get()
    assert (read.plate, read.state, round(read.confidence, 3)) == ("0DEM123", "CA", 0.914)
    assert read.vehicle
    assert len(read.vehicle) <= 120


def test_a_heartbeat_holds_no_read_and_is_not_recorded(post):
    response = post("openalpr", recorded("rekor_heartbeat"))
    assert (response.status_code, response.json()) == (200, {"reads": []})
    assert not LedgerEntry.objects.exists()


def test_a_read_on_a_hot_plate_is_a_hit(post):
    make.hot_plate("0DEM123", at=timezone.now(), effective_from=make.LONG_AGO, max_ttl_applies=False)
    answer = post("openalpr", recorded("rekor_alpr_group")).json()["reads"][0]
    assert (answer["status"], answer["hits"]) == ("recorded", 1)


def test_the_picture_of_a_group_is_kept_with_its_read(post):
    message = recorded("rekor_alpr_group") | {"vehicle_crop_jpeg": base64.b64encode(jpeg()).decode()}
    answers = [post("openalpr", message).json()["reads"][0] for _ in range(2)]
    assert [answer["status"] for answer in answers] == ["recorded", "duplicate"]
    photo = Photo.objects.get()
    assert Detection.objects.get().photo == photo
    assert photo.status == "attached"


@pytest.mark.parametrize("picture", [b"\xff\xd8\xff cut short", jpeg(2, 2)])
def test_a_broken_picture_does_not_lose_the_read(post, picture):
    message = recorded("rekor_alpr_group") | {"vehicle_crop_jpeg": base64.b64encode(picture).decode()}
    assert post("openalpr", message).json()["reads"][0]["status"] == "recorded"
    assert Detection.objects.get().photo is None
    assert not Photo.objects.exists()


def test_plate_recognizer_sends_a_form_with_its_frame(key):
    frame = SimpleUploadedFile("frame.jpg", jpeg(), "image/jpeg")
    form = {"json": json.dumps(recorded("plate_recognizer_stream")), "upload": frame}
    response = Client().post("/api/v1/webhooks/platerecognizer/", form, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200
    assert {answer["status"] for answer in response.json()["reads"]} == {"recorded"}
    assert Photo.objects.count() == 1
    assert set(Detection.objects.values_list("photo", flat=True)) == {Photo.objects.get().pk}


def test_a_plate_that_is_none_is_refused_alone(post):
    message = recorded("rekor_alpr_group") | {"best_plate_number": "0DEM12345"}
    answer = post("openalpr", message).json()["reads"][0]
    assert (answer["status"], answer["field"]) == ("refused", "plate")
    assert not Detection.objects.exists()


def test_a_message_from_the_future_is_kept_aside_without_its_picture(post):
    picture = base64.b64encode(jpeg()).decode()
    message = recorded("rekor_alpr_group") | {"vehicle_crop_jpeg": picture, "best_uuid_epoch_ms": 4_000_000_000_000}
    assert post("openalpr", message).json()["reads"][0]["status"] == "quarantined"
    assert not Photo.objects.exists()


@pytest.mark.parametrize("vendor", DOORS)
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b"{}", 400), (b"[" * 100_000, 400), (b"NaN", 400), (b"\xff", 400),
     (b'{"a":1,"a":2}', 400), (b'"' + b" " * (30 * 1024 * 1024) + b'"', 413)],
    ids=lambda value: str(value)[:15],
)  # fmt: skip
def test_what_is_not_the_vendors_form_is_refused(post, vendor, body, status):
    response = post(vendor, body)
    assert response.status_code == status
    assert response.json()["code"]
    assert response.json()["reason"]


@pytest.mark.parametrize("vendor", DOORS)
def test_every_door_needs_a_key_in_a_header(key, vendor):
    url, body = f"/api/v1/webhooks/{vendor}/", json.dumps(recorded(DOORS[vendor]))
    assert Client().post(url, body, content_type="application/json").status_code == 401
    in_query = Client().post(f"{url}?token={key}", body, content_type="application/json")
    assert (in_query.status_code, in_query.json()["code"]) == (400, "key.in_query")
    assert Client().post(url, body, content_type="text/plain", headers={"X-Api-Key": key}).status_code == 415
    assert not Detection.objects.exists()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=5), scalars, max_size=3)


@pytest.mark.parametrize("vendor", DOORS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_message_with_any_value_changed_never_breaks_a_door(post, vendor, data):
    message = recorded(DOORS[vendor])
    inner = message
    while True:
        name = data.draw(st.sampled_from(sorted(inner)))
        if isinstance(inner[name], dict) and inner[name] and data.draw(st.booleans()):
            inner = inner[name]
            continue
        inner[name] = data.draw(values)
        break
    assert post(vendor, message).status_code in (200, 400)
