"""POST /api/v1/reads/: one answer a read, each read once, matched at once, on the ledger, and never in a log."""

import json
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from audit.models import LedgerEntry
from cameras.models import DeviceKey
from detections import images
from detections.ingest import parsing
from detections.models import Detection, Hit, IngestKey, OutboxEvent, QuarantinedRead
from hotlists.models import HotList
from tests import make

URL = "/api/v1/reads/"


@pytest.fixture
def camera(db):
    return make.camera()


@pytest.fixture
def post(camera):
    """A function that posts JSON with the camera's key and returns the response."""
    headers = {"Authorization": f"Bearer {make.device_key(camera)}"}

    def send(body, **more):
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return Client().post(URL, content, content_type="application/json", headers=headers | more)

    return send


def a_read(key="key-1", plate="0DEM123", minutes_ago=1, **fields):
    captured = timezone.now() - timedelta(minutes=minutes_ago)
    return {"client_key": key, "plate": plate, "captured_at": captured.isoformat()} | fields


def test_one_read_gets_one_answer(post, camera):
    sent = a_read(plate="0dem-123", state="ca", latitude=38.5, longitude=-121.4, confidence=0.93, vehicle="blue van")
    response = post(sent | {"image_reference": "f-1.jpg", "camera": camera.code})
    assert response.status_code == 200
    stored = Detection.objects.get()
    assert response.json() == {
        "client_key": "key-1", "id": str(stored.pk), "status": "recorded", "reason": "", "hits": 0,
    }  # fmt: skip
    assert (stored.plate, stored.plate_read, stored.state) == ("0DEM123", "0dem-123", "CA")
    assert stored.captured_at.isoformat() == sent["captured_at"]
    assert (stored.latitude, stored.longitude, stored.confidence) == (38.5, -121.4, 0.93)
    assert (stored.image_reference, stored.vehicle, stored.source) == ("f-1.jpg", "blue van", Detection.Source.DEVICE)
    assert stored.camera == camera
    assert stored.pk.version == 7


def test_a_list_is_answered_in_its_order(post):
    answers = post([a_read("b"), a_read("a", "0DEM124"), a_read("c", "0DEM125")]).json()
    assert [(answer["client_key"], answer["status"]) for answer in answers] == [
        ("b", "recorded"), ("a", "recorded"), ("c", "recorded"),
    ]  # fmt: skip
    for answer, plate in zip(answers, ["0DEM123", "0DEM124", "0DEM125"], strict=True):
        assert Detection.objects.get(pk=answer["id"]).plate == plate


def test_a_thousand_reads_at_once(post):
    answers = post([a_read(f"k{n}", f"0D{n:05d}") for n in range(1000)]).json()
    assert {answer["status"] for answer in answers} == {"recorded"}
    assert Detection.objects.count() == 1000


def test_the_same_read_again_gets_the_same_answer(post):
    make.hot_plate("0DEM123", at=timezone.now())
    read = a_read()
    first, again, listed = post(read).json(), post(read).json(), post([read]).json()[0]
    assert first["status"] == "recorded"
    assert first["hits"] == 1
    assert again == listed == first | {"status": "duplicate"}
    assert Detection.objects.count() == Hit.objects.count() == OutboxEvent.objects.count() == 1


def test_a_key_stands_for_one_read_for_ever(post):
    post(a_read())
    response = post(a_read(plate="0DEM124"))
    assert response.status_code == 409
    assert response.json()["code"] == "read.conflict"
    assert response.json()["status"] == "refused"
    assert response.json()["id"] is None
    in_a_list = post([a_read(plate="0DEM124"), a_read("key-2")])
    assert in_a_list.status_code == 200
    assert [answer["status"] for answer in in_a_list.json()] == ["refused", "recorded"]
    assert in_a_list.json()[0]["reason"].startswith("conflict")
    assert Detection.objects.filter(plate="0DEM124").count() == 0


@pytest.mark.parametrize(
    "change",
    [{"plate": "0DEM-123"}, {"state": "CA"}, {"latitude": 38.0, "longitude": -121.0}, {"confidence": 0.0},
     {"vehicle": "van"}, {"image_reference": "f"}],
)  # fmt: skip
def test_every_field_counts_for_sameness(post, change):
    read = a_read()
    post(read)
    assert post(read | change).status_code == 409


def test_twins_inside_one_batch(post):
    read = a_read()
    answers = post([read, read, a_read(plate="0DEM124"), read]).json()
    assert [answer["status"] for answer in answers] == ["recorded", "duplicate", "refused", "duplicate"]
    assert len({answer["id"] for answer in answers if answer["id"]}) == 1
    assert Detection.objects.count() == 1


def test_two_cameras_may_use_the_same_key(post, camera):
    post(a_read())
    other = make.device_key(make.camera("CAM-02"))
    response = Client().post(
        URL, json.dumps(a_read(plate="0DEM124")), content_type="application/json", headers={"X-Api-Key": other}
    )
    assert response.json()["status"] == "recorded"
    assert IngestKey.objects.count() == 2


def test_a_future_read_is_kept_aside(post):
    make.hot_plate("0DEM123", at=timezone.now())
    read = a_read(minutes_ago=-60)
    response = post(read)
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] == "quarantined"
    assert "future" in answer["reason"]
    assert Detection.objects.count() == Hit.objects.count() == 0
    kept = QuarantinedRead.objects.get(pk=answer["id"])
    assert kept.claimed_at.isoformat() == read["captured_at"]
    assert kept.body["plate"] == "0DEM123"
    assert post(read).json() == answer
    assert QuarantinedRead.objects.count() == 1


def test_a_clock_two_minutes_fast_is_believed(post):
    assert post(a_read(minutes_ago=-1)).json()["status"] == "recorded"


def test_a_read_past_its_ceiling_is_refused_with_its_clause(post):
    response = post(a_read() | {"captured_at": "1970-01-01T00:00:00Z"})
    assert response.status_code == 403
    answer = response.json()
    assert answer["status"] == "refused"
    assert answer["code"] == "read.past_ceiling"
    assert answer["citation"] == "SPD General Order 525.08, C.1"
    assert "two years" in answer["clause"]
    assert answer["next_step"]
    assert Detection.objects.count() == IngestKey.objects.count() == 0


def test_in_a_list_a_read_past_its_ceiling_loses_none_of_the_others(post):
    response = post([a_read("old") | {"captured_at": "1970-01-01T00:00:00Z"}, a_read("new")])
    assert response.status_code == 200
    assert [answer["status"] for answer in response.json()] == ["refused", "recorded"]


def test_without_a_ceiling_in_force_1970_is_kept_aside(post, settings):
    settings.POLICY_PROFILE = "egpd_462"
    assert post(a_read() | {"captured_at": "1970-01-01T00:00:00Z"}).json()["status"] == "quarantined"


def test_a_read_keeps_a_position_only_where_the_device_told_one(post, camera):
    """The site of the deployment at that time tells the others': see the pages of a search."""
    post([a_read("before"), a_read("own", "0DEM124", latitude=1.2345678, longitude=-2)])
    places = list(Detection.objects.order_by("plate").values_list("latitude", "longitude"))
    assert places == [(None, None), (1.234568, -2.0)]  # to a millionth of a degree, 0.1 m


def test_a_camera_that_stands_nowhere_still_records(db):
    key = make.device_key(make.camera("VAN-1", deployed=False))
    response = Client().post(URL, json.dumps(a_read()), content_type="application/json", headers={"X-Api-Key": key})
    assert response.json()["status"] == "recorded"
    assert Detection.objects.get().latitude is None


def test_hits_on_special_lists_are_not_told_to_devices(post):
    special = make.hot_list("Special", kind=HotList.Kind.SPECIAL)
    make.hot_plate("0DEM123", at=timezone.now(), hot_list=special)
    assert post(a_read()).json()["hits"] == 0
    assert Hit.objects.get().informational
    assert OutboxEvent.objects.count() == 1


def test_a_batch_is_one_record_of_the_ledger(post, camera):
    twice = a_read("a")
    post([twice, twice, a_read("b", "%"), a_read("c", "0DEM125")])
    entry = LedgerEntry.objects.get()
    assert (entry.action, entry.outcome, entry.purpose) == ("reads.record", "allowed", "collection")
    assert (entry.actor_kind, entry.username, entry.result_count) == ("device", camera.code, 2)
    assert (entry.subject_type, entry.subject_id) == ("camera", str(camera.pk))
    assert json.loads(entry.clear.detail) == {"recorded": 2, "duplicate": 1, "refused": 1}


def test_the_number_of_statements_does_not_grow_with_the_batch(post):
    def statements(reads):
        with CaptureQueriesContext(connection) as captured:
            post(reads)
        return len(captured)

    statements([a_read("first")])  # stamps the key's last use
    assert statements([a_read("x")]) == statements([a_read(f"k{n}", f"0D{n:05d}") for n in range(500)])


def test_no_plate_and_no_key_reaches_a_log(post, caplog, camera):
    caplog.set_level(0)
    make.hot_plate("0DEM123", at=timezone.now())
    post([a_read(), a_read("k2", "0DEM99ÿ")])
    post(b"{")
    for record in caplog.records:
        written = record.getMessage() + str(record.__dict__.get("exc_text"))
        assert "0DEM" not in written.upper()
        assert not any(key.prefix in written for key in DeviceKey.objects.all())


def test_ids_are_ordered_by_time_and_opaque(post):
    first = UUID(post(a_read("a")).json()["id"])
    second = UUID(post(a_read("b")).json()["id"])
    assert first.version == second.version == 7
    assert first.int >> 80 <= second.int >> 80


def test_the_documented_example_is_taken_and_the_schema_is_sound(post):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    door = schema["paths"]["/api/v1/reads/"]["post"]
    assert set(door["responses"]) == {"200", "400", "401", "403", "405", "409", "413", "415", "503"}
    assert {"deviceKey": []} in door["security"]
    example = door["requestBody"]["content"]["application/json"]["examples"]["OneRead"]["value"]
    assert post(example | {"captured_at": a_read()["captured_at"]}).json()["status"] == "recorded"
    one, listed = door["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert set(one["properties"]) == parsing.FIELDS
    assert tuple(one["required"]) == parsing.REQUIRED
    assert listed["maxItems"] == parsing.MOST_READS


def test_the_paper_names_every_code():
    paper = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
    sources = [Path(settings.BASE_DIR) / "detections" / name for name in ("api.py", "authentication.py", "webhooks.py")]
    sources += (Path(settings.BASE_DIR) / "detections" / "ingest").glob("*.py")
    codes = {
        code
        for path in sources
        for code in re.findall(r'"((?:body|key|read|camera|payload)\.[a-z_]+)"', path.read_text())
    }
    codes |= {f"photo.{code}" for code in re.findall(r'PhotoError\(\s*"([a-z_]+)"', Path(images.__file__).read_text())}
    assert codes
    assert {code for code in codes if f"`{code}`" not in paper} == set()
