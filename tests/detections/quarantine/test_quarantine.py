"""A wrong clock is a person's to decide: both times are shown, what came stays, a released read is one like any."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit import asker
from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.ingest.parsing import parse_read
from detections.ingest.verb import record_reads
from detections.models import Detection, Hit, QuarantineDecision, QuarantinedRead
from detections.quarantine import decide
from detections.quarantine.listing import list_quarantine
from tests import make

pytestmark = pytest.mark.django_db
NOON = make.NOON
WRONG = NOON + timedelta(days=400)
WHY = "The clock was a year ahead, seen on the device"


@pytest.fixture
def camera(administrator):
    return make.camera(approver=administrator)


@pytest.fixture
def kept(camera) -> list[QuarantinedRead]:
    """Three reads of a device whose clock is 400 days ahead, ten seconds apart."""
    raw = [
        {"client_key": f"k{n}", "plate": f"0DEM12{n}", "state": "CA", "vehicle": "white Camry",
         "captured_at": (WRONG + timedelta(seconds=10 * n)).isoformat()}
        for n in range(3)
    ]  # fmt: skip
    reads = [parse_read(one, camera.code) for one in raw]
    record_reads(by=asker.device(camera.code, address="local"), camera=camera, reads=reads, at=NOON)
    return list(QuarantinedRead.objects.order_by("claimed_at"))


def release(by, ids, true_time, at=NOON, reason=WHY):
    return decide.release(by=make.by(by), at=at, ids=ids, true_time=true_time, reason=reason)


def test_the_list_shows_both_times_the_camera_and_is_a_look(administrator, kept, signed_in):
    page = signed_in(administrator).get("/quarantine/").content.decode()
    assert "0DEM120" in page
    assert "Jul 21, 2027 12:00:00" in page
    assert "Jun 16, 2026 12:00:00" in page
    assert "CAM-01" in page
    entry = LedgerEntry.objects.get(action="quarantine.list")
    assert (entry.result_count, entry.purpose) == (3, "collection")


def test_released_reads_get_the_true_time_and_keep_their_distances(administrator, kept):
    answered = release(administrator, [one.pk for one in kept], NOON - timedelta(minutes=5))
    assert answered == {"recorded": 3}
    reads = list(Detection.objects.order_by("captured_at"))
    assert [(read.plate, read.captured_at) for read in reads] == [
        (f"0DEM12{n}", NOON - timedelta(minutes=5) + timedelta(seconds=10 * n)) for n in range(3)
    ]
    assert reads[0].vehicle == "white Camry"
    kept[0].refresh_from_db()
    assert kept[0].claimed_at == WRONG  # what came stays beside the decision
    assert kept[0].decision.corrected_to == NOON - timedelta(minutes=5)
    assert kept[0].decision.detection_id == reads[0].pk
    entry = LedgerEntry.objects.get(action="quarantine.decide")
    assert (entry.outcome, entry.result_count, entry.username) == ("allowed", 3, "administrator")


def test_a_released_read_of_a_hot_plate_is_a_hit(administrator, kept):
    make.hot_plate("0DEM121", at=NOON)
    release(administrator, [kept[1].pk], NOON - timedelta(minutes=5))
    assert Hit.objects.get().plate == "0DEM121"


def test_discarded_reads_stay_out_with_the_reason(administrator, kept):
    assert decide.discard(by=make.by(administrator), at=NOON, ids=[kept[0].pk], reason=WHY) == 1
    assert not Detection.objects.exists()
    assert QuarantineDecision.objects.get().reason == WHY
    listed = list_quarantine(by=make.by(administrator), at=NOON)
    assert (listed.count, len(listed.waiting), len(listed.decided)) == (2, 2, 1)


def test_nobody_decides_twice(administrator, kept):
    decide.discard(by=make.by(administrator), at=NOON, ids=[kept[0].pk], reason=WHY)
    for again in (
        lambda: decide.discard(by=make.by(administrator), at=NOON, ids=[kept[0].pk, kept[1].pk], reason=WHY),
        lambda: release(administrator, [kept[0].pk], NOON - timedelta(minutes=5)),
    ):
        with pytest.raises(decide.CannotDecide, match="already"):
            again()
    assert QuarantineDecision.objects.count() == 1


@pytest.mark.parametrize(
    ("true_time", "words"),
    [
        (NOON + timedelta(seconds=1), "in the future"),
        (NOON - timedelta(seconds=15), "in the future for the last"),
    ],
)
def test_a_true_time_in_the_future_is_none(administrator, kept, true_time, words):
    with pytest.raises(decide.CannotDecide, match=words):
        release(administrator, [one.pk for one in kept], true_time)
    assert not Detection.objects.exists()


def test_a_true_time_past_the_ceiling_is_refused_with_its_clause(administrator, kept):
    with pytest.raises(Refused) as refused:
        release(administrator, [kept[0].pk], NOON - timedelta(days=3 * 365))
    assert (refused.value.refusal.code, refused.value.refusal.citation.section) == ("read.past_ceiling", "C.1")
    assert LedgerEntry.objects.get(action="quarantine.decide").outcome == "refused"
    assert not QuarantineDecision.objects.exists()


def test_reads_of_two_cameras_are_not_released_together(administrator, kept):
    other = make.camera("CAM-02", approver=administrator)
    strange = QuarantinedRead.objects.create(
        camera=other, claimed_at=WRONG, received_at=NOON, reason="x", body=kept[0].body
    )
    with pytest.raises(decide.CannotDecide, match="one camera"):
        release(administrator, [kept[0].pk, strange.pk], NOON - timedelta(minutes=5))


@pytest.mark.parametrize("who", ["detective", "officer", "outsider", "auditor"])
def test_who_may_not_decide_sees_and_changes_nothing(request, signed_in, kept, who):
    client = signed_in(request.getfixturevalue(who))
    page = client.get("/quarantine/")
    assert page.status_code == 403
    assert "0DEM12" not in page.content.decode()
    asked = {"read": [str(kept[0].pk)], "kind": "discard", "reason": WHY}
    assert client.post("/quarantine/", asked).status_code == 403
    assert not QuarantineDecision.objects.exists()
    assert LedgerEntry.objects.filter(outcome="refused", username=who).count() >= 2


def test_an_administrator_without_training_sees_no_plate(administrator, signed_in, kept):
    administrator.certificates.all().delete()
    page = signed_in(administrator).get("/quarantine/")
    assert (page.status_code, b"0DEM12" in page.content) == (403, False)


def test_the_page_decides_about_the_ticked_reads(administrator, signed_in, kept):
    client = signed_in(administrator)
    QuarantinedRead.objects.update(received_at=timezone.now())
    local = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    asked = {"read": [str(kept[0].pk), str(kept[1].pk)], "kind": "release", "true_time": local, "reason": WHY}
    answer = client.post("/quarantine/", asked, follow=True)
    assert "Released: 2 reads recorded with the true time." in answer.content.decode()
    answer = client.post("/quarantine/", {"read": [str(kept[2].pk)], "kind": "discard", "reason": WHY}, follow=True)
    assert "Discarded: 1 read." in answer.content.decode()
    assert "Nothing waits" in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"read": []}, "Tick the reads"),
        ({"reason": "because"}, "Say why"),
        ({"true_time": ""}, "Give the true time"),
        ({"true_time": "2026-03-08T02:30"}, "couldn’t be interpreted"),
        ({"kind": "eat"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_the_ticks_stay(administrator, signed_in, kept, change, words):
    asked = {"read": [str(kept[0].pk)], "kind": "release", "true_time": "2026-06-16T11:00", "reason": WHY} | change
    answer = signed_in(administrator).post("/quarantine/", asked)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (" checked>" in answer.content.decode()) is bool(asked["read"])


def test_what_is_no_id_is_a_bad_request(administrator, signed_in, kept):
    asked = {"read": ["seven"], "kind": "discard", "reason": WHY}
    assert signed_in(administrator).post("/quarantine/", asked).status_code == 400


def test_a_read_of_a_file_names_the_file_and_its_line(administrator, signed_in, camera):
    from detections.uploads import run

    client = signed_in(administrator)
    wrong = (timezone.now() + timedelta(days=2)).isoformat()
    file = SimpleUploadedFile("june.csv", f"plate,captured_at,camera\n0DEM123,{wrong},CAM-01\n".encode())
    address = client.post("/uploads/", {"file": file, "layout": "generic_csv"})["Location"]
    run.take_in(upload_id=address.split("/")[2], clock=timezone.now)
    page = client.get("/quarantine/").content.decode()
    assert "june.csv" in page
    assert "line 2" in page
    assert address in page


def test_who_may_not_decide_makes_no_partition_either(officer, kept, monkeypatch):
    made = []
    monkeypatch.setattr(decide.partitions, "make_room", lambda *_, **__: made.append(1))
    with pytest.raises(Refused):
        release(officer, [one.pk for one in kept], NOON - timedelta(days=40))
    assert (made, LedgerEntry.objects.filter(action="quarantine.decide", outcome="refused").count()) == ([], 1)


def test_a_camera_that_no_code_can_name_is_no_fault(administrator, signed_in, kept):
    assert signed_in(administrator).get("/quarantine/?camera=%00").status_code == 200
