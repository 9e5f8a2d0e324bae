"""Handing in by program: with a device key for its own camera, or as a signed-in person."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import LedgerEntry
from detections.models import Detection, Upload
from detections.uploads import run
from tests import make
from tests.detections.uploads.files import HEAD, csv_file, csv_rows, hand_in
from tests.detections.uploads.test_parse import BAD

pytestmark = pytest.mark.django_db
API = "/api/v1/uploads/"


@pytest.fixture
def camera(administrator):
    return make.camera(approver=administrator)


@pytest.fixture
def key(camera) -> dict[str, str]:
    return {"Authorization": f"Bearer {make.device_key(camera)}"}


def post(client, content: bytes, headers=None, **more):
    return client.post(API, {"file": SimpleUploadedFile("a.csv", content)} | more, headers=headers or {})


def test_a_device_hands_in_its_backlog_and_asks_how_far_it_is(client, camera, key):
    make.camera("CAM-02")
    at = timezone.now()
    content = (HEAD + "".join([*csv_rows(5, before=at), *csv_rows(1, camera="CAM-02", first=9, before=at)])).encode()
    answer = post(client, content, key, layout="generic_csv")
    body = answer.json()
    assert (answer.status_code, body["status"], body["rows"]) == (202, "waiting", 0)
    run.take_in(upload_id=body["id"], clock=timezone.now)
    state = client.get(body["state_url"], headers=key).json()
    assert (state["status"], state["recorded"], state["rejected"], state["per_cent"]) == ("done", 5, 1, 100)
    report = client.get(body["report_url"], headers=key).json()
    assert [one["camera"] for one in report["cameras"]] == ["CAM-01"]
    assert [(bad["line"], bad["code"]) for bad in report["rejections"]] == [(7, "camera.not_yours")]
    assert not any(read.plate in str(report) for read in Detection.objects.all())
    assert LedgerEntry.objects.get(action="upload.start").username == "CAM-01"


def test_a_device_sees_no_file_but_its_own(client, camera, key, administrator):
    upload = hand_in(csv_file(2), administrator)
    other = make.camera("CAM-02")
    theirs = {"Authorization": f"Bearer {make.device_key(other)}"}
    mine = post(client, csv_file(2), key).json()
    for address in (f"{API}{upload.pk}/", f"{API}{upload.pk}/report/"):
        assert client.get(address, headers=key).json()["code"] == "upload.unknown"
    assert client.get(mine["state_url"], headers=theirs).status_code == 404


def test_a_person_hands_in_by_their_session(signed_in, administrator, camera):
    client = signed_in(administrator)
    answer = post(client, csv_file(3), layout="generic_csv")
    assert answer.status_code == 202
    assert Upload.objects.get().handed_in_by == administrator
    assert client.get(answer.json()["report_url"]).json()["cameras"] == []


def test_a_session_without_its_token_against_forgery_hands_in_nothing(signed_in, administrator, camera):
    client = signed_in(administrator)
    client.handler.enforce_csrf_checks = True
    assert post(client, csv_file(3)).status_code == 403
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("who", ["detective", "outsider"])
def test_a_person_without_the_ability_is_refused_on_record(request, signed_in, camera, who):
    client = signed_in(request.getfixturevalue(who))
    assert post(client, csv_file(3)).status_code == 403
    assert LedgerEntry.objects.filter(action="upload.start", outcome="refused", username=who).count() == 1


def test_a_stranger_is_asked_for_a_key(camera):
    client = Client()
    for answer in (post(client, csv_file(1)), client.get(f"{API}00000000-0000-7000-8000-000000000007/")):
        assert (answer.status_code, answer.json()["code"]) == (401, "key.missing")
    answer = post(client, csv_file(1), {"Authorization": "Bearer 12345678.abcdefghijklmnopqrstuvwxyz012345"})
    assert (answer.status_code, answer.json()["code"]) == (401, "key.unknown")


@pytest.mark.parametrize("name", [*BAD])
def test_a_bad_file_is_answered_with_400_and_its_code(client, key, name):
    content, words = BAD[name]
    answer = post(client, content, key)
    assert answer.status_code == 400
    assert words.rstrip(".") in answer.json()["reason"]
    assert answer.json()["code"].startswith("file.")
    assert Upload.objects.count() == 0


def test_only_a_whole_form_is_taken(client, key, camera):
    assert client.post(API, b"plate", content_type="text/csv", headers=key).status_code == 415
    packed = key | {"Content-Encoding": "gzip"}
    assert post(client, csv_file(1), packed).status_code == 415
    assert client.post(API, {"layout": "generic_csv"}, headers=key).json()["code"] == "file.missing"
    assert post(client, csv_file(1), key, layout="nothing").json()["code"] == "file.layout"
    broken = client.post(API, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=y", headers=key)
    assert broken.status_code == 400
    assert client.put(API, b"", headers=key).status_code == 405
    assert Upload.objects.count() == 0


def test_a_key_in_the_address_is_refused(client, camera):
    answer = client.post(f"{API}?api_key=12345678.abcdefghijklmnopqrstuvwxyz012345", {})
    assert (answer.status_code, answer.json()["code"]) == (400, "key.in_query")


def test_a_retired_camera_hands_in_nothing(client, camera, key):
    camera.retired_at = timezone.now()
    camera.save()
    assert post(client, csv_file(1), key).status_code in (401, 403)
    assert Upload.objects.count() == 0


def test_a_code_that_no_camera_can_have_is_unknown(signed_in, administrator, camera):
    file = SimpleUploadedFile("a.csv", b"plate,captured_at\n0DEM123,2026-06-01T10:00:00Z\n")
    answer = signed_in(administrator).post(API, {"file": file, "layout": "generic_csv", "camera": "\0"})
    assert (answer.status_code, answer.json()["code"]) == (400, "camera.unknown")
