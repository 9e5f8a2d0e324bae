"""``manage.py demo_read``: a clear line for each thing that may be missing, one JSON object for what came of it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.models import LedgerEntry
from detections.models import Detection, Hit, Photo
from detections.reading import read_photo
from tests import make
from tests.detections import road
from tests.fakes import FakePlateReader, reading


@pytest.fixture
def state(settings, tmp_path):
    """A state folder with one demonstration camera's key."""
    settings.STATE_DIR = tmp_path
    (tmp_path / "demo-device-keys.json").write_text('{"CAM-01": "prefix.secret"}')
    (tmp_path / "photo.jpg").write_bytes(road.jpeg())
    return tmp_path


@pytest.fixture
def product():
    """A small stand-in of the photo API: ``product(answers)`` serves them in turn and keeps what it was sent."""
    servers = []

    def start(answers):
        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                sent.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
                status, body = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            do_GET = do_POST = answer

            def log_message(self, *args):
                """Quiet."""

        sent = []
        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", sent

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(state, base, **options):
    out, err = StringIO(), StringIO()
    options = {"photo": str(state / "photo.jpg"), "base": base, "timeout": 5} | options
    call_command("demo_read", stdout=out, stderr=err, **options)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.django_db
def test_it_prints_the_read_and_its_hit(state, product):
    now = timezone.now()
    make.hot_plate("0DEM123", at=now)
    photo = road.photo(at=now)
    read_photo(photo_id=photo.pk, reader=FakePlateReader([reading("0DEM123", 0.93)]), at=now)
    url = f"/api/v1/reads/photo/{photo.pk}/"
    base, sent = product(
        [
            (202, {"id": str(photo.pk), "status": "recorded", "read_status_url": url}),
            (200, {"status": "waiting"}),
            (200, {"status": "read"}),
        ]
    )
    result = run(state, base)
    read = Detection.objects.get(photo=photo)
    assert list(result) == ["read", "plate", "confidence", "seconds", "hit"]
    assert result.pop("seconds") >= 0.5
    assert result == {"read": str(read.pk), "plate": "0DEM123", "confidence": 0.93, "hit": str(read.hits.get().pk)}
    assert [(method, path) for method, path, _, _ in sent] == [
        ("POST", "/api/v1/reads/photo/"),
        ("GET", url),
        ("GET", url),
    ]
    assert {headers["Authorization"] for _, _, headers, _ in sent} == {"Bearer prefix.secret"}
    assert road.jpeg() in sent[0][3]
    record = LedgerEntry.objects.get(action="read.view")
    assert (record.username, record.actor_kind) == ("demo_read", "system")


@pytest.mark.django_db(transaction=True)
def test_it_follows_a_photograph_through_the_products_own_doors(state, live_server):
    """The real API; a worker's thread with a fake reader stands in for Celery's."""
    now = timezone.now()
    make.hot_plate("0DEM123", at=now)
    (state / "demo-device-keys.json").write_text(json.dumps({"CAM-01": make.device_key(make.camera("CAM-01"))}))

    def work():
        try:
            until = time.monotonic() + 10
            while (photo := Photo.objects.first()) is None and time.monotonic() < until:
                time.sleep(0.05)
            read_photo(photo_id=photo.pk, reader=FakePlateReader([reading("0DEM123", 0.93)]), at=timezone.now())
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    result = run(state, live_server.url, timeout=15)
    worker.join(10)
    assert (result["plate"], result["confidence"]) == ("0DEM123", 0.93)
    assert result["hit"] == str(Hit.objects.get().pk)


@pytest.mark.django_db
def test_a_photograph_nobody_could_read_gives_nulls(state, product):
    photo = road.photo(status="unreadable")
    base, _ = product([(202, {"id": str(photo.pk), "read_status_url": "/x/"}), (200, {"status": "unreadable"})])
    result = run(state, base)
    assert {name: result[name] for name in ("read", "plate", "confidence", "hit")} == dict.fromkeys(
        ("read", "plate", "confidence", "hit")
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"photo": "/nowhere/photo.jpg"}, "cannot be opened"),
        ({"camera": "CAM-99"}, "There are: CAM-01"),
        ({"base": "nonsense"}, "not an address"),
        ({"base": "http://127.0.0.1:1"}, "make run"),
    ],
)
def test_what_is_missing_is_named(options, words, state):
    with pytest.raises(CommandError, match=words):
        run(state, **({"base": "http://127.0.0.1:1"} | options))


def test_without_the_demonstration_it_says_so(state):
    (state / "demo-device-keys.json").unlink()
    with pytest.raises(CommandError, match="no demonstration cameras"):
        run(state, "http://127.0.0.1:1")


def test_a_reader_that_is_off_is_named_before_anything_is_posted(state, settings):
    settings.OCR_ENABLED = False
    with pytest.raises(CommandError, match="OCR=1"):
        run(state, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([(403, {"code": "device.key", "reason": "This key was revoked."})], "403: This key was revoked"),
        ([(502, b"<html>")], "502 without JSON"),
        ([(202, {"id": "1", "read_status_url": "/x/"}), (200, {"status": "waiting"})], "in time"),
    ],
)
def test_what_the_site_answers_is_passed_on(answers, words, state, product):
    base, _ = product(answers)
    with pytest.raises(CommandError, match=words):
        run(state, base, timeout=0.2)
