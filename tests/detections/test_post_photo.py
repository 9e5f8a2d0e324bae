"""POST /api/v1/reads/photo/: judged by content, stored once as evidence, queued, and no device sees a plate."""

import hashlib
import struct
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import ExifTags, Image

from audit.models import LedgerEntry
from detections.api import MOST_FORM
from detections.ingest import photos
from detections.matching import match_detections
from detections.models import Detection, Hit, IngestKey, Photo
from tests import make

URL = "/api/v1/reads/photo/"


def jpeg(width=160, height=90, mode="RGB", kind="JPEG", **options):
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def camera(db):
    return make.camera()


@pytest.fixture
def headers(camera):
    return {"Authorization": f"Bearer {make.device_key(camera)}"}


@pytest.fixture
def queued(monkeypatch):
    """The ids handed to the OCR workers."""
    ids = []
    monkeypatch.setattr(photos, "enqueue", lambda photo_id: ids.append(photo_id) or True)
    return ids


@pytest.fixture
def post(headers, queued):
    def send(content=None, name="frame.jpg", **fields):
        content = jpeg() if content is None else content
        form = {"client_key": "p-1", "captured_at": minutes_ago(1)} | fields
        if content is not ...:
            form["photo"] = SimpleUploadedFile(name, content, "image/jpeg")
        form = {key: value for key, value in form.items() if value is not None}
        return Client().post(URL, form, headers=headers)

    return send


def minutes_ago(minutes):
    return (timezone.now() - timedelta(minutes=minutes)).isoformat()


def kept(file):
    with default_storage.open(file.name) as opened:
        return opened.read()


def stored_files(settings):
    return {path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}


def test_a_photograph_is_stored_and_queued(post, queued, camera):
    content = jpeg()
    response = post(content, captured_at=minutes_ago(1))
    assert response.status_code == 202
    photo = Photo.objects.get()
    assert response.json() == {
        "client_key": "p-1",
        "id": str(photo.pk),
        "status": "recorded",
        "reason": "",
        "read_status_url": f"{URL}{photo.pk}/",
    }
    assert (photo.camera, photo.status, photo.width, photo.height) == (camera, "waiting", 160, 90)
    assert (photo.sha256, photo.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (photo.latitude, photo.longitude) == (38.58, -121.49)
    assert queued == [photo.pk]
    assert not Detection.objects.exists()
    entry = LedgerEntry.objects.get()
    assert (entry.action, entry.result_count, entry.subject_id) == ("photo.record", 1, str(photo.pk))


def test_the_original_is_kept_to_the_byte_and_the_served_one_has_only_pixels(post):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.ImageDescription] = "CANARY-4711"
    content = jpeg(exif=exif)
    post(content, name="../../../0DEM123.jpg")
    photo = Photo.objects.get()
    assert kept(photo.original) == content
    served = kept(photo.served)
    assert b"CANARY" not in served
    assert Image.open(BytesIO(served)).size == (photo.width, photo.height) == (90, 160)
    for name in (photo.original.name, photo.served.name):
        assert "0DEM" not in name
        assert ".." not in name


def test_photographs_lie_open_to_nobody_else_on_the_machine(post, settings):
    before = stored_files(settings)
    post()
    files = stored_files(settings) - before
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.parent.stat().st_mode & 0o777 for path in files} == {0o700}


def test_the_same_photograph_again_is_a_duplicate(post, queued, settings):
    content, captured = jpeg(), minutes_ago(5)
    first = post(content, captured_at=captured)
    files = stored_files(settings)
    again = post(content, captured_at=captured)
    assert again.status_code == 202
    assert again.json() == first.json() | {"status": "duplicate"}
    assert Photo.objects.count() == len(queued) == 1
    assert stored_files(settings) == files


@pytest.mark.parametrize("change", [{"content": jpeg(161)}, {"captured_at": minutes_ago(3)}])
def test_another_photograph_under_the_key_is_a_conflict(post, settings, change):
    form = {"content": jpeg(), "captured_at": minutes_ago(5)}
    post(**form)
    files = stored_files(settings)
    response = post(**(form | change))
    assert (response.status_code, response.json()["code"]) == (409, "photo.conflict")
    assert Photo.objects.count() == 1
    assert stored_files(settings) == files


def test_with_its_plate_the_read_is_recorded_at_once(post, queued):
    make.hot_plate("0DEM123", at=timezone.now())
    form = {"content": jpeg(), "captured_at": minutes_ago(1)}
    form |= {"plate": "0dem123", "state": "CA", "latitude": "38.5", "longitude": "-121.4", "confidence": "0.9"}
    first, again = post(**form).json(), post(**form).json()
    read = Detection.objects.get()
    assert first["read"] == {
        "client_key": "p-1", "id": str(read.pk), "status": "recorded", "reason": "", "hits": 1,
    }  # fmt: skip
    assert again["status"] == again["read"]["status"] == "duplicate"
    assert (read.plate, read.photo, read.confidence) == ("0DEM123", Photo.objects.get(), 0.9)
    assert (read.latitude, read.photo.latitude, read.photo.status) == (38.5, 38.5, "attached")
    assert queued == []
    assert Hit.objects.count() == IngestKey.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"content": ...}, 400, "read.invalid", "photo"),
        ({"client_key": None}, 400, "read.invalid", "client_key"),
        ({"client_key": "a\x00"}, 400, "read.invalid", "client_key"),
        ({"captured_at": None}, 400, "read.invalid", "captured_at"),
        ({"captured_at": "2026-03-08T10:00:00"}, 400, "read.invalid", "captured_at"),
        ({"captured_at": "2090-01-01T00:00:00Z"}, 400, "read.invalid", "captured_at"),
        ({"plate": "0DEM12%"}, 400, "read.invalid", "plate"),
        ({"latitude": "91", "longitude": "0"}, 400, "read.invalid", "latitude"),
        ({"latitude": "nan", "longitude": "0"}, 400, "read.invalid", "latitude"),
        ({"latitude": "9" * 5000, "longitude": "0"}, 400, "read.invalid", "latitude"),
        ({"latitude": "38"}, 400, "read.invalid", "longitude"),
        ({"confidence": "2"}, 400, "read.invalid", "confidence"),
        ({"colour": "blue"}, 400, "read.invalid", "colour"),
        ({"content": ..., "photo": "text"}, 400, "read.invalid", "photo"),
        ({"camera": "CAM-77"}, 403, "camera.not_yours", "camera"),
    ],
)
def test_a_bad_field_is_named(post, settings, fields, status, code, field):
    files = stored_files(settings)
    response = post(**fields)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (status, code, field)
    assert field in response.json()["reason"]
    assert not Photo.objects.exists()
    assert stored_files(settings) == files


def test_a_photograph_past_its_ceiling_is_refused_with_its_clause_and_leaves_no_file(post, settings):
    files = stored_files(settings)
    response = post(captured_at="2009-06-01T00:00:00Z")
    assert (response.status_code, response.json()["code"]) == (403, "read.past_ceiling")
    assert response.json()["citation"] == "SPD General Order 525.08, C.1"
    assert LedgerEntry.objects.get().outcome == "refused"
    assert stored_files(settings) == files


def png_header(width, height):
    """A PNG that claims a size and has almost no data."""
    parts = [
        (b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"0")),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data)) for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def polyglot():
    return b"GIF89a" + jpeg()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "photo.empty"),
        (jpeg()[:400], 400, "photo.unreadable"),
        (png_header(50_000, 50_000), 400, "photo.too_many_pixels"),
        (png_header(25_000, 20), 400, "photo.too_wide"),
        (png_header(19_000, 19_000), 400, "photo.too_many_pixels"),
        (jpeg(1, 1), 400, "photo.too_small"),
        (jpeg(kind="GIF", mode="L"), 415, "photo.type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "photo.type"),
        (b"%PDF-1.7", 415, "photo.type"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", 415, "photo.type"),
        (polyglot(), 415, "photo.type"),
        (b"\xff\xd8\xff" + b"\x00" * (20 * 1024 * 1024), 413, "photo.too_large"),
        (b"\xff\xd8\xff" + b"\x00" * MOST_FORM, 413, "body.too_large"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_photograph_is_refused_by_its_content(post, settings, content, status, code):
    files = stored_files(settings)
    response = post(content)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["reason"]
    assert not Photo.objects.exists()
    assert stored_files(settings) == files


@pytest.mark.parametrize(
    "content",
    [jpeg(mode="CMYK"), jpeg(mode="I;16", kind="PNG"), jpeg(mode="L"), jpeg(mode="RGBA", kind="PNG"), jpeg(16, 16)],
    ids=["cmyk", "16-bit", "grey", "see-through", "smallest"],
)
def test_unusual_photographs_are_taken(post, content):
    assert post(content).status_code == 202


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_to_hold_a_camera(post, turn):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    post(jpeg(exif=exif))
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == ((160, 90) if turn < 5 else (90, 160))
    assert Image.open(BytesIO(kept(photo.served))).size == (photo.width, photo.height)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
        (b"garbage", "multipart/form-data; boundary=x", 400),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"garbage", "multipart/form-data; boundary=" + "x" * 3000, 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="client_key"\r\n\r\na\r\n'
            b'--x\r\nContent-Disposition: form-data; name="client_key"\r\n\r\nb\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)
def test_a_body_that_is_no_form(headers, body, kind, status):
    response = Client().generic("POST", URL, body or b" ", content_type=kind, headers=headers)
    assert response.status_code == status
    assert response.json()["code"]


def test_a_device_follows_its_own_photograph_and_sees_no_plate(post, headers, camera):
    make.hot_plate("0DEM123", at=timezone.now())
    status_url = post().json()["read_status_url"]
    assert Client().get(status_url, headers=headers).json() == {
        "id": status_url.split("/")[-2], "status": "waiting", "reads": 0, "hits": 0,
    }  # fmt: skip
    photo = Photo.objects.get()
    photo.status = Photo.Status.READ
    photo.save()
    at = timezone.now()
    reads = [
        make.detection(plate, at=photo.captured_at, seen_by=camera, photo=photo) for plate in ("0DEM123", "0DEM124")
    ]
    match_detections([read.ref for read in reads], at=at)
    response = Client().get(status_url, headers=headers)
    assert response.json() == {"id": str(photo.pk), "status": "read", "reads": 2, "hits": 1}
    assert "0DEM" not in response.content.decode()


@pytest.mark.parametrize("status", Photo.Status)
def test_every_state_of_a_photograph_has_a_word_for_devices(status):
    assert photos.PROGRESS[status] in ("waiting", "reading", "read", "unreadable")


def test_a_device_sees_no_other_cameras_photograph(post, db):
    status_url = post().json()["read_status_url"]
    other = {"Authorization": f"Bearer {make.device_key(make.camera('CAM-02'))}"}
    assert Client().get(status_url, headers=other).status_code == 404
    assert Client().get(status_url).status_code == 401


def test_with_the_broker_away_the_photograph_waits(headers, monkeypatch):
    from celery import current_app
    from kombu.exceptions import OperationalError

    def away(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", away)
    form = {
        "client_key": "p",
        "captured_at": minutes_ago(1),
        "photo": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg"),
    }
    response = Client().post(URL, form, headers=headers)
    assert response.status_code == 202
    assert Photo.objects.get().status == "waiting"
