"""Handing in by page: who may, what a bad file gets, how far it is, its account, its rejected rows."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import LedgerEntry
from audit.refusals import Refused
from audit.spreadsheet import cell as harmless
from detections.models import Detection, Upload, UploadRejection
from detections.uploads import receive, run
from tests import make
from tests.detections.uploads.files import HEAD, csv_file, csv_rows, hand_in, taken
from tests.detections.uploads.test_parse import BAD

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture
def camera(administrator):
    return make.camera(approver=administrator)


@pytest.fixture
def client(signed_in, administrator) -> Client:
    return signed_in(administrator)


def post(client: Client, content: bytes, *, layout="generic_csv", name="export.csv", headers=None, **more):
    data = {"file": SimpleUploadedFile(name, content), "layout": layout} | more
    return client.post("/uploads/", data, headers=headers or {})


def now_file(count: int, **facts) -> bytes:
    return csv_file(count, before=timezone.now(), **facts)


def stored() -> list[str]:
    try:
        folders, _ = default_storage.listdir("uploads")
    except FileNotFoundError:
        return []
    return [name for folder in folders for name in default_storage.listdir(f"uploads/{folder}")[1]]


def test_a_file_refused_at_the_last_moment_leaves_nothing_in_storage():
    before, outsider = stored(), make.user("outsider")
    with pytest.raises(Refused):
        hand_in(now_file(5), outsider, at=timezone.now())
    assert stored() == before
    assert not Upload.objects.exists()
    assert LedgerEntry.objects.filter(action="upload.start", outcome="refused", username="outsider").count() == 1


def test_a_file_handed_in_is_stored_queued_and_leads_to_its_page(client, camera, queued):
    content = now_file(5)
    answer = post(client, content, name="june\x07 export.csv")
    upload = Upload.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/uploads/{upload.pk}/")
    assert (upload.file_name, upload.size, upload.status) == ("june export.csv", len(content), "waiting")
    with upload.file.open() as file:
        assert file.read() == content
    assert queued == [str(upload.pk)]
    entry = LedgerEntry.objects.get(action="upload.start")
    assert (entry.purpose, entry.subject_id, entry.outcome) == ("collection", str(upload.pk), "allowed")
    assert client.get(answer["Location"]).status_code == 200


def test_a_script_gets_the_address_as_json(client, camera):
    answer = post(client, now_file(1), headers=JSON)
    assert (answer.status_code, answer.json()) == (201, {"url": f"/uploads/{Upload.objects.get().pk}/"})


@pytest.mark.parametrize("name", [*BAD])
def test_a_bad_file_gets_its_verdict_and_changes_nothing(client, camera, queued, name):
    content, words = BAD[name]
    before = stored()
    answer = post(client, content, headers=JSON)
    assert answer.status_code == 422
    assert words.rstrip(".") in answer.json()["reason"]
    page = post(client, content)
    assert page.status_code == 422
    assert "usa-error-message" in page.content.decode()
    assert (Upload.objects.count(), queued, stored()) == (0, [], before)
    assert not list((receive.Path(receive.settings.STATE_DIR) / "incoming").glob("*"))


def test_without_a_file_or_with_an_unknown_layout_the_form_says_so(client, camera):
    assert "Choose a file." in client.post("/uploads/", {"layout": "generic_csv"}).content.decode()
    assert post(client, now_file(1), layout="../../etc").status_code == 422


def test_a_file_without_a_camera_column_needs_the_camera(client, camera, administrator):
    content = b"plate,captured_at\n0DEM123," + timezone.now().isoformat().encode() + b"\n"
    assert "Choose the camera" in post(client, content).content.decode()
    assert post(client, content, camera="CAM-01").status_code == 302
    upload = Upload.objects.get()
    assert run.take_in(upload_id=upload.pk, clock=timezone.now).recorded == 1


def test_more_than_the_limit_is_refused_by_the_headers_and_while_it_comes(client, camera, monkeypatch):
    monkeypatch.setattr(receive, "MOST_BYTES", 100)
    monkeypatch.setattr(receive, "FORM_BYTES", 10**6)
    answer = post(client, now_file(50), headers=JSON)
    assert (answer.status_code, answer.json()["reason"]) == (413, receive.TOO_LARGE)
    monkeypatch.setattr(receive, "FORM_BYTES", 0)
    assert post(client, now_file(50), headers=JSON).status_code == 413
    assert not list((receive.Path(receive.settings.STATE_DIR) / "incoming").glob("*"))


def test_a_body_that_breaks_off_is_no_file(client, camera):
    body = b'--x\r\nContent-Disposition: form-data; name="layout"\r\n\r\ngeneric_csv\r\n--x\r\n'
    body += b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + now_file(3)
    facts = {"CONTENT_LENGTH": str(len(body) + 500), "wsgi.input": io.BytesIO(body)}
    answer = client.generic("POST", "/uploads/", body, content_type="multipart/form-data; boundary=x", **facts)
    assert answer.status_code == 400
    assert "broke off" in answer.content.decode()
    assert Upload.objects.count() == 0


def test_the_form_is_checked_against_forgery(administrator, signed_in, camera):
    client = signed_in(administrator)
    client.handler.enforce_csrf_checks = True
    assert post(client, now_file(1)).status_code == 403
    client.get("/uploads/")
    token = client.cookies["csrftoken"].value
    assert post(client, now_file(1), csrfmiddlewaretoken=token).status_code == 302
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("who", ["detective", "officer", "outsider", "auditor"])
def test_who_may_not_hand_in_is_refused_on_record_before_the_file_is_read(request, signed_in, camera, who, monkeypatch):
    monkeypatch.setattr(receive, "receiver_for", lambda _: pytest.fail("the file was read"))
    client = signed_in(request.getfixturevalue(who))
    assert post(client, now_file(1)).status_code == 403
    assert client.get("/uploads/").status_code == 403
    refused = LedgerEntry.objects.filter(outcome="refused", username=who).values_list("action", flat=True)
    assert set(refused) == {"upload.start", "upload.list"}
    assert Upload.objects.count() == 0


def test_the_page_follows_a_file_without_reload_and_says_when_to_fetch_it_anew(client, camera, administrator):
    upload = hand_in(now_file(20), administrator, at=timezone.now())
    records = LedgerEntry.objects.count()
    part = client.get(f"/uploads/progress/{upload.pk}/")
    assert 'hx-trigger="every 2s"' in part.content.decode()
    assert "HX-Refresh" not in part
    run.take_in(upload_id=upload.pk, clock=timezone.now)
    records_after = LedgerEntry.objects.count()
    ended = client.get(f"/uploads/progress/{upload.pk}/")
    assert ended["HX-Refresh"] == "true"
    assert "hx-get" not in ended.content.decode()
    # Counts are no plate data: a page that asks every two seconds writes no record each time.
    assert (records_after - records, LedgerEntry.objects.count()) == (2, records_after)


def test_progress_is_for_those_who_may_see_it(signed_in, outsider, camera, administrator):
    upload = hand_in(now_file(2), administrator, at=timezone.now())
    assert signed_in(outsider).get(f"/uploads/progress/{upload.pk}/").status_code == 403
    assert LedgerEntry.objects.filter(outcome="refused", username="outsider").exists()
    assert Client().get(f"/uploads/progress/{upload.pk}/").status_code == 302


def test_a_file_can_be_stopped_and_what_was_taken_in_stays(client, camera, administrator, monkeypatch):
    from detections.uploads import window

    monkeypatch.setattr(window, "BATCH", 10)
    upload = hand_in(now_file(35), administrator, at=timezone.now())
    run.take_in(upload_id=upload.pk, clock=timezone.now, slice_s=-1)
    assert client.post(f"/uploads/{upload.pk}/stop/").status_code == 302
    upload.refresh_from_db()
    assert (upload.status, upload.recorded, Detection.objects.count()) == ("stopped", 10, 10)
    assert run.take_in(upload_id=upload.pk, clock=timezone.now) is None
    assert LedgerEntry.objects.filter(action="upload.cancel", outcome="allowed").count() == 1
    assert "Stopped by administrator" in client.get(f"/uploads/{upload.pk}/").content.decode()


def test_a_file_stopped_in_the_middle_of_a_part_counts_that_part_and_goes_no_further(
    client, camera, administrator, monkeypatch
):
    from detections.uploads import window

    monkeypatch.setattr(window, "BATCH", 10)
    upload = hand_in(now_file(35), administrator, at=timezone.now())
    take = window.Taker.take

    def stopped_meanwhile(self, *args, **facts):
        outcome = take(self, *args, **facts)
        client.post(f"/uploads/{upload.pk}/stop/")
        return outcome

    monkeypatch.setattr(window.Taker, "take", stopped_meanwhile)
    done = run.take_in(upload_id=upload.pk, clock=timezone.now)
    assert (done.status, done.recorded, Detection.objects.count()) == ("stopped", 10, 10)


def test_the_account_names_cameras_gaps_and_rejected_rows(client, camera, administrator):
    at = timezone.now()
    rows = [*csv_rows(30, before=at), *csv_rows(30, first=30, before=at - timedelta(hours=3)), "bad\n"]
    upload = taken((HEAD + "".join(rows)).encode(), administrator, at=at)
    page = client.get(f"/uploads/{upload.pk}/").content.decode()
    assert "1 gap" in page
    assert "<rect" in page
    assert "The line has 1 column," in page
    assert "longer than 20 times its usual spacing" in page
    assert LedgerEntry.objects.filter(action="upload.view", subject_id=str(upload.pk)).count() == 1


def test_all_rejected_rows_are_downloaded_with_their_own_text_on_record(client, camera, administrator):
    at = timezone.now()
    evil = f'=CMD(),{at.isoformat()},"CAM-01",CA\n'
    content = (HEAD + "".join(csv_rows(2, before=at)) + evil + "0AB,12:00,X-9,CA\n").encode()
    upload = taken(content, administrator, at=at)
    answer = client.get(f"/uploads/{upload.pk}/rejected.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer["Content-Disposition"].startswith("attachment;")
    assert lines[0] == "line,column,why,code,row as it was sent"
    assert lines[1].startswith("4,plate,")
    assert "'=CMD()" in lines[1]
    assert lines[2].startswith("5,captured_at,")
    assert "0AB,12:00,X-9,CA" in lines[2]
    entry = LedgerEntry.objects.filter(action="upload.view").latest("index")
    assert entry.result_count == 2


def test_rejected_rows_are_for_the_trained_only(signed_in, camera, administrator):
    upload = taken(HEAD.encode() + b"bad\n", administrator)
    administrator.certificates.all().delete()
    assert signed_in(administrator).get(f"/uploads/{upload.pk}/rejected.csv").status_code == 403


@pytest.mark.parametrize(
    ("cell", "shown"), [("=1", "'=1"), (" +1", "' +1"), ("@x", "'@x"), ("-1", "'-1"), ("\tx", "'\tx"), ("0A", "0A")]
)
def test_no_cell_is_a_formula(cell, shown):
    assert harmless(cell) == shown


def test_a_file_of_another_id_is_not_there(client, camera):
    nobody = "00000000-0000-7000-8000-000000000007"
    for address in ("{}/", "progress/{}/", "{}/rejected.csv"):
        assert client.get("/uploads/" + address.format(nobody)).status_code == 404
    assert client.post(f"/uploads/{nobody}/stop/").status_code == 404


def test_the_file_goes_two_weeks_after_its_end_and_the_names_of_its_rejected_rows_stay(client, camera, administrator):
    from detections.uploads import tidy

    at = timezone.now()
    upload = taken(HEAD.encode() + b"bad\n", administrator, at=at)
    tidy.remove_files(at=at + tidy.KEPT - timedelta(hours=1))
    assert Upload.objects.exclude(file="").count() == 1
    tidy.remove_files(at=at + tidy.KEPT + timedelta(hours=1))
    upload.refresh_from_db()
    assert (upload.file.name, upload.file_removed_at) == ("", at + tidy.KEPT + timedelta(hours=1))
    assert UploadRejection.objects.count() == 1
    assert "was removed" in client.get(f"/uploads/{upload.pk}/").content.decode()
    assert b"the file was removed" in b"".join(client.get(f"/uploads/{upload.pk}/rejected.csv").streaming_content)


def test_the_list_shows_what_came_and_by_whom(client, camera, administrator):
    taken(now_file(3), administrator, at=timezone.now())
    page = client.get("/uploads/").content.decode()
    assert "export.csv" in page
    assert "Finished" in page
