"""A file goes through the one verb by batches, and every row of it is accounted for."""

from datetime import timedelta

import pytest

from audit import asker
from audit.models import LedgerEntry
from detections.models import Detection, Hit, QuarantinedRead, Upload, UploadCamera, UploadRejection
from detections.uploads import run, window
from tests import make
from tests.detections.uploads.files import HEAD, NOON, clock, csv_file, csv_rows, hand_in, json_file, plate, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera(administrator):
    return make.camera(approver=administrator)


def counts(upload: Upload) -> tuple[int, int, int, int]:
    return upload.recorded, upload.duplicates, upload.quarantined, upload.rejected


def test_all_rows_of_a_file_are_recorded_and_each_batch_is_one_record(administrator, camera, monkeypatch):
    monkeypatch.setattr(window, "BATCH", 100)
    upload = taken(csv_file(250), administrator)
    assert (upload.status, counts(upload), upload.rows) == ("done", (250, 0, 0, 0), 250)
    assert Detection.objects.count() == 250
    read = Detection.objects.order_by("captured_at").first()
    assert (read.plate, read.state, read.source, read.camera_id) == (
        plate(249), "CA", Detection.Source.UPLOAD, camera.number)  # fmt: skip
    entries = LedgerEntry.objects.filter(action="reads.record")
    assert (entries.count(), {one.purpose for one in entries}, {one.username for one in entries}) == (
        3, {"collection"}, {"administrator"})  # fmt: skip
    acts = LedgerEntry.objects.filter(action__startswith="upload").order_by("index")
    assert list(acts.values_list("action", flat=True)) == ["upload.start", "upload.finish"]


def test_the_same_file_handed_in_twice_makes_duplicates_and_no_second_reads(administrator, camera):
    content = csv_file(300)
    taken(content, administrator)
    again = taken(content, administrator, at=NOON + timedelta(hours=1))
    assert counts(again) == (0, 300, 0, 0)
    assert Detection.objects.count() == 300


def test_the_same_export_of_long_ago_makes_duplicates_when_its_keys_are_gone(administrator, camera):
    from detections.ingest.keys import forget_keys

    content = csv_file(50, before=NOON - timedelta(days=30))
    taken(content, administrator)
    later = NOON + timedelta(days=10)
    assert forget_keys(later) == 50
    assert counts(taken(content, administrator, at=later)) == (0, 50, 0, 0)
    assert Detection.objects.count() == 50


def test_rows_of_several_cameras_are_told_apart_and_an_unknown_one_is_named(administrator, camera):
    other = make.camera("CAM-02", approver=administrator)
    rows = [
        *csv_rows(5),
        *csv_rows(4, camera="cam_02".replace("_", "-"), first=10),
        *csv_rows(3, camera="X-99", first=20),
    ]
    upload = taken((HEAD + "".join(rows)).encode(), administrator)
    assert counts(upload) == (9, 0, 0, 3)
    by_camera = {one.camera.code: one.recorded for one in UploadCamera.objects.select_related("camera")}
    assert by_camera == {"CAM-01": 5, "CAM-02": 4}
    assert Detection.objects.filter(camera=other.number).count() == 4
    bad = UploadRejection.objects.order_by("line").first()
    assert (bad.line, bad.column, bad.code) == (11, "camera", "camera.unknown")
    assert "X-99" in bad.reason


def test_a_backdated_read_lands_in_its_own_partition(administrator, camera):
    from django.db import connection

    taken(csv_file(3, before=NOON - timedelta(days=200)), administrator)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM detections_detection")
        tables = [name for (name,) in cursor]
    assert len(tables) == 1
    assert "stray" not in tables[0]


def test_a_read_past_the_ceiling_is_refused_by_its_line_with_the_clause(administrator, camera):
    upload = taken(csv_file(2, before=NOON - timedelta(days=3 * 365)), administrator)
    assert counts(upload) == (0, 0, 0, 2)
    bad = UploadRejection.objects.first()
    assert (bad.code, bad.column) == ("read.past_ceiling", "captured_at")
    assert "C.1" in bad.reason
    assert not Detection.objects.exists()


def test_a_wrong_clock_goes_to_quarantine_with_its_file_and_line(administrator, camera):
    upload = taken(csv_file(2, before=NOON + timedelta(days=2)), administrator)
    assert counts(upload) == (0, 0, 2, 0)
    kept = QuarantinedRead.objects.order_by("claimed_at").last()
    assert kept.claimed_at == NOON + timedelta(days=2)
    assert (kept.origin.upload, kept.origin.line) == (upload, 2)


def test_a_hot_plate_in_a_file_is_a_hit(administrator, camera):
    make.hot_plate(plate(7), at=NOON)
    assert taken(csv_file(20), administrator).hits == 1
    assert Hit.objects.get().plate == plate(7)


def test_a_devices_file_holds_its_own_cameras_reads_only(administrator, camera):
    make.camera("CAM-02", approver=administrator)
    device = asker.device("CAM-01", address="192.0.2.7")
    content = (HEAD + "".join([*csv_rows(3), *csv_rows(2, camera="CAM-02", first=5)])).encode()
    upload = taken(content, device, camera=camera)
    assert counts(upload) == (3, 0, 0, 2)
    assert set(UploadRejection.objects.values_list("code", flat=True)) == {"camera.not_yours"}
    assert LedgerEntry.objects.filter(action="reads.record", username="CAM-01").count() == 1


def test_reads_of_a_retired_camera_are_rejected_and_the_others_are_kept(administrator, camera):
    make.camera("CAM-02", approver=administrator, retired_at=NOON - timedelta(days=1))
    content = (HEAD + "".join([*csv_rows(3), *csv_rows(2, camera="CAM-02", first=5)])).encode()
    upload = taken(content, administrator)
    assert counts(upload) == (3, 0, 0, 2)
    assert set(UploadRejection.objects.values_list("code", flat=True)) == {"camera.retired"}


def test_json_lines_take_the_fields_of_the_api(administrator, camera):
    reads = [
        {
            "client_key": "k1",
            "plate": "0dem-123",
            "captured_at": NOON.isoformat(),
            "camera": "CAM-01",
            "confidence": 0.9,
        },
        {
            "plate": "0DEM124",
            "captured_at": NOON.isoformat(),
            "camera": "CAM-01",
            "latitude": 38.5,
            "longitude": -121.4,
        },
        {"plate": "0DEM125", "captured_at": NOON.isoformat(), "camera": "CAM-01", "driver": "someone"},
        {"plate": "0DEM126", "captured_at": "yesterday", "camera": "CAM-01"},
    ]
    upload = taken(json_file(reads), administrator, layout="json_lines")
    assert counts(upload) == (2, 0, 0, 2)
    read = Detection.objects.get(plate="0DEM123")
    assert (read.plate_read, read.confidence) == ("0dem-123", 0.9)
    assert dict(UploadRejection.objects.values_list("line", "column")) == {3: "driver", 4: "captured_at"}


def test_a_read_a_device_had_posted_already_is_a_duplicate(administrator, camera):
    from detections.ingest.parsing import parse_read
    from detections.ingest.verb import record_reads

    read = {"client_key": "k1", "plate": "0DEM123", "captured_at": NOON.isoformat()}
    record_reads(by=asker.device("CAM-01", address="local"), camera=camera, reads=[parse_read(read, "CAM-01")], at=NOON)
    upload = taken(json_file([read | {"camera": "CAM-01"}]), administrator, layout="json_lines")
    assert counts(upload) == (0, 1, 0, 0)


def test_a_worker_at_a_file_keeps_others_off_until_its_lease_ends(administrator, camera):
    upload = hand_in(csv_file(5), administrator)
    assert run._claim(upload.pk, upload.pk, NOON)
    assert run.take_in(upload_id=upload.pk, clock=clock(NOON + timedelta(seconds=30))) is None
    done = run.take_in(upload_id=upload.pk, clock=clock(NOON + timedelta(seconds=90)))
    assert (done.status, counts(done)) == ("done", (5, 0, 0, 0))


def test_a_worker_lost_after_the_reads_and_before_the_counts_loses_no_count(administrator, camera, monkeypatch):
    monkeypatch.setattr(window, "BATCH", 100)
    upload = hand_in(csv_file(250), administrator)
    commit, calls = run._commit, []

    def killed(*args, **facts):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return commit(*args, **facts)

    monkeypatch.setattr(run, "_commit", killed)
    with pytest.raises(KeyboardInterrupt):
        run.take_in(upload_id=upload.pk, clock=clock())
    assert Detection.objects.count() == 200
    upload.refresh_from_db()
    assert (upload.status, upload.recorded, upload.line) == ("running", 100, 101)
    done = run.take_in(upload_id=upload.pk, clock=clock(NOON + timedelta(minutes=5)))
    assert (done.status, counts(done), Detection.objects.count()) == ("done", (250, 0, 0, 0), 250)


def test_a_slice_that_is_over_goes_back_into_the_queue(administrator, camera, monkeypatch, queued):
    monkeypatch.setattr(window, "BATCH", 10)
    upload = hand_in(csv_file(25), administrator)
    for recorded in (10, 20, 25):
        half = run.take_in(upload_id=upload.pk, clock=clock(), slice_s=-1)
        assert (half.recorded, half.worker, half.status) == (recorded, None, "running")
    assert queued == [str(upload.pk)] * 4
    assert run.take_in(upload_id=upload.pk, clock=clock()).status == "done"


def test_a_file_nobody_works_on_is_enqueued_again(administrator, camera, queued):
    upload = hand_in(csv_file(5), administrator)
    queued.clear()
    assert run.requeue(at=NOON + timedelta(seconds=10)) == 0
    assert run.requeue(at=NOON + timedelta(seconds=40)) == 1
    assert queued == [str(upload.pk)]
    run.take_in(upload_id=upload.pk, clock=clock())
    assert run.requeue(at=NOON + timedelta(hours=1)) == 0


def test_the_workers_know_the_task_that_files_are_queued_for():
    from alpr_site import celery_app
    from detections.uploads import hand_in as queue

    celery_app.autodiscover_tasks(force=True)
    assert queue.TASK in celery_app.tasks


def test_a_part_that_ends_its_worker_again_and_again_breaks_the_file_off(administrator, camera):
    upload = hand_in(csv_file(5), administrator)
    Upload.objects.filter(pk=upload.pk).update(tries=[NOON.isoformat()] * run.MOST_TRIES)
    done = run.take_in(upload_id=upload.pk, clock=clock())
    assert done.status == "failed"
    assert "broke off" in done.verdict
    assert not Detection.objects.exists()


def test_a_person_who_lost_the_role_has_the_rest_left_out(administrator, camera):
    upload = hand_in(csv_file(5), administrator)
    administrator.is_active = False
    administrator.save()
    done = run.take_in(upload_id=upload.pk, clock=clock())
    assert (done.status, counts(done)) == ("failed", (0, 0, 0, 0))


def test_a_file_that_is_gone_from_storage_breaks_off_in_words(administrator, camera):
    upload = hand_in(csv_file(5), administrator)
    upload.file.storage.delete(upload.file.name)
    assert "no longer in storage" in run.take_in(upload_id=upload.pk, clock=clock()).verdict


def test_gaps_are_longer_than_twenty_times_the_usual_spacing_and_a_quarter_of_an_hour(administrator, camera):
    rows = [*csv_rows(100), *csv_rows(100, first=100, before=NOON - timedelta(hours=2))]
    taken((HEAD + "".join(rows)).encode(), administrator)
    row = UploadCamera.objects.get()
    assert (row.spacing, row.gap_count) == (1.0, 1)
    start, end = row.gaps[0]
    assert (end, start) == (
        (NOON - timedelta(seconds=99)).isoformat(), (NOON - timedelta(hours=2, seconds=100)).isoformat())  # fmt: skip
    assert sum(row.bins) == 200
