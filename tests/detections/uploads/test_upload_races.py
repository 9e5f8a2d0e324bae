"""Real processes: killed in the middle and gone on with, two at once, the same file twice at the same time."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import LedgerEntry
from detections.models import Detection, Upload, UploadCamera, UploadRejection
from detections.uploads import run, window
from tests import make
from tests.detections.uploads.files import HEAD, csv_file, csv_rows, hand_in

pytestmark = pytest.mark.django_db(transaction=True)


def worker(upload: Upload, rows: int) -> "subprocess.Popen[bytes]":
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "alpr_site.settings.test",
        "DATABASE_URL": url,
        "PLATEKEEPER_TEST_FILES": str(settings.STATE_DIR),
    }
    command = [sys.executable, "-m", "tests.detections.uploads.take_in_process", str(upload.pk), str(rows)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)


def wait_for(upload: Upload, rows: int) -> None:
    """Until so many rows are committed; a worker that died of itself would keep it waiting no longer than a minute."""
    for _ in range(6_000):
        if Upload.objects.values_list("recorded", flat=True).get(pk=upload.pk) >= rows:
            return
        time.sleep(0.01)
    raise AssertionError("the worker took no rows in")


def counts(upload: Upload) -> tuple[str, int, int, int]:
    upload.refresh_from_db()
    return upload.status, upload.recorded, upload.duplicates, upload.rejected


def test_a_worker_killed_anywhere_is_gone_on_with_and_nothing_is_doubled_or_lost(administrator, monkeypatch):
    camera = make.camera(approver=administrator)
    make.camera("CAM-02", approver=administrator)
    at = timezone.now()
    rows = []
    for number in range(6_000):
        rows += csv_rows(1, first=number, camera=f"CAM-0{1 + number % 2}", before=at)
        if number % 500 == 499:
            rows.append("bad\n")
    upload = hand_in((HEAD + "".join(rows)).encode(), administrator, at=at)
    monkeypatch.setattr(run, "LEASE", timedelta(0))
    chance = random.Random(525)
    for _ in range(6):
        process = worker(upload, 100)
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begins\n"
            # By rows and not by the clock: a fast machine would be through before the sixth.
            wait_for(upload, upload.recorded + chance.randrange(700))
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
        Upload.objects.filter(pk=upload.pk).update(beat_at=at - timedelta(hours=1))  # the lease of the killed is over
        upload.refresh_from_db()
        if not upload.is_open:
            break
    assert upload.is_open, "the file was through before the last worker was killed"
    run.take_in(upload_id=upload.pk, clock=timezone.now)
    assert counts(upload) == ("done", 6_000, 0, 12)
    assert Detection.objects.count() == 6_000
    assert Detection.objects.filter(camera=camera.number).count() == 3_000
    assert UploadRejection.objects.count() == 12
    assert sum(UploadCamera.objects.values_list("recorded", flat=True)) == 6_000
    assert LedgerEntry.objects.filter(action="upload.finish").count() == 1


def test_the_same_file_handed_in_twice_at_once_is_stored_once(administrator):
    make.camera(approver=administrator)
    content = csv_file(3_000, before=timezone.now())
    uploads = [hand_in(content, administrator, at=timezone.now()) for _ in range(2)]
    workers = [worker(upload, 500) for upload in uploads]
    for process in workers:
        with process:
            assert process.wait(timeout=120) == 0
    assert [upload[0] for upload in map(counts, uploads)] == ["done", "done"]
    assert sum(upload.recorded for upload in uploads) == 3_000
    assert sum(upload.duplicates for upload in uploads) == 3_000
    assert Detection.objects.count() == 3_000


def test_two_workers_at_one_file_do_its_work_once(administrator, monkeypatch):
    monkeypatch.setattr(window, "BATCH", 300)
    make.camera(approver=administrator)
    upload = hand_in(csv_file(3_000, before=timezone.now()), administrator, at=timezone.now())
    workers = [worker(upload, 300) for _ in range(2)]
    for process in workers:
        with process:
            assert process.wait(timeout=120) == 0
    assert counts(upload) == ("done", 3_000, 0, 0)
    assert LedgerEntry.objects.filter(action="reads.record").count() == 10
