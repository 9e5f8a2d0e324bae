"""A real worker process on a broker of its own: sweeps run, and a photograph becomes a read and a hit."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection

from alpr_site import celery_app
from alpr_site.demo.pictures import draw_car
from audit import asker
from audit.models import LedgerEntry
from detections.ingest.photos import NewPhoto, record_photo
from detections.models import Detection, Hit, Photo
from hotlists.models import HotPlate
from tests import make

pytestmark = [pytest.mark.celery, pytest.mark.django_db(transaction=True)]
# A database of the broker that no other test uses: what they leave in their queues is not for this worker.
BROKER = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path="/5"))


def here() -> str:
    """The URL of the database this test runs in."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture
def worker(tmp_path) -> Iterator[None]:
    """``celery worker`` as ``make run`` starts it, on this test's database and files."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "alpr_site.settings.test",
        "DATABASE_URL": here(),
        "REDIS_URL": BROKER,
        "PLATEKEEPER_TEST_FILES": str(settings.STATE_DIR),
    }
    log = (tmp_path / "worker.log").open("wb")
    command = [sys.executable, "-m", "celery", "-A", "alpr_site", "worker", "--pool", "solo", "-Q", "default,ocr"]
    process = subprocess.Popen([*command, "-l", "info"], env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: b"ready." in (tmp_path / "worker.log").read_bytes(), seconds=60)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def wait_for(found: Callable[[], object], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until, "the worker did not come to it in time"
        time.sleep(0.2)


def send(task: str, queue: str = "default", **facts: str) -> None:
    with Connection(BROKER) as line:
        celery_app.send_task(task, kwargs=facts, queue=queue, connection=line)


def test_the_end_of_a_hot_plate_is_recorded_once_however_often_the_sweep_runs(worker):
    now = timezone.now()
    make.hot_plate(at=now, effective_from=now - timedelta(hours=2), expires_at=now - timedelta(hours=1))
    send("hotlists.tasks.expire_hot_plates")
    send("hotlists.tasks.expire_hot_plates")
    wait_for(lambda: HotPlate.objects.filter(expiry_recorded_at__isnull=False).exists(), seconds=30)
    send("hotlists.tasks.expire_hot_plates")
    send("alpr_site.tasks.pulse")
    time.sleep(2)
    assert LedgerEntry.objects.filter(action="hot_plate.expire").count() == 1


@pytest.mark.ocr
def test_a_posted_photograph_is_read_and_matched_by_the_worker(worker):
    if importlib.util.find_spec("easyocr") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("EasyOCR is not installed: python -m alpr_site.quickstart.ocr_install")
        pytest.skip("EasyOCR is not installed")
    now = timezone.now()
    camera = make.camera()
    make.hot_plate("0DEM123", at=now)
    by = asker.device(camera.code, address="192.0.2.7")
    picture = NewPhoto("frame-1", now - timedelta(seconds=5), draw_car("0DEM123"))
    answer = record_photo(by=by, camera=camera, photo=picture, at=now)
    send("detections.tasks.read_photo", "ocr", photo_id=str(answer.id))
    wait_for(lambda: Photo.objects.filter(pk=answer.id, status=Photo.Status.READ).exists(), seconds=120)
    read = Detection.objects.get()
    assert (read.plate, read.source, read.photo_id) == ("0DEM123", Detection.Source.PHOTO, answer.id)
    assert Hit.objects.get().detection == read
    assert LedgerEntry.objects.filter(action="photo.read", username="ocr").count() == 1
    # Told twice, it reads once.
    send("detections.tasks.read_photo", "ocr", photo_id=str(answer.id))
    time.sleep(2)
    assert Detection.objects.count() == 1
