"""A hold copies each read as it stands: it is there though the original is gone, and seen only as it may be."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from audit.actions import Action, Outcome
from audit.models import User
from audit.refusals import Refused
from detections.models import Detection, HeldRead, Hold, PlateCorrection
from detections.retention import held_reads
from detections.retention.hold_pages import list_holds, open_hold
from detections.retention.holds import hold_window, lift, request_lift
from detections.rules.holds import Window
from tests import make
from tests.detections.holding import NOON, TERMS, destroy, held
from tests.detections.searching import last_entry


@pytest.fixture
def custodian(db: None) -> User:
    """Who keeps the records and has no training in reading plates."""
    return make.user("custodian", "custodian", trained=False)


def lifted(hold: Hold, by: User, other: User) -> None:
    request_lift(by=make.by(by), at=NOON, hold_id=hold.pk, reason="The trial is over")
    lift(by=make.by(other), at=NOON, hold_id=hold.pk)


def test_the_copy_is_the_row_itself(detective: User) -> None:
    read = make.detection(at=NOON, state="CA", confidence=0.9132, vehicle="blue Honda")
    held(detective, read)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.copy = to_jsonb(d), d = jsonb_populate_record(NULL::detections_detection, h.copy)"
            " FROM detections_detection d, detections_heldread h WHERE d.captured_at = h.captured_at"
        )
        assert cursor.fetchall() == [(True, True)], "and the row can be made again from its copy"


def test_a_read_in_the_stray_partition_is_held_like_any_other(detective: User) -> None:
    read = make.detection(at=NOON - timedelta(days=200))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM detections_detection_stray")
        assert cursor.fetchone() == (1,)
    hold = held(detective, read)
    assert hold.held_reads.get().read_ref == read.ref
    with connection.cursor() as cursor:
        first = read.captured_at.replace(hour=0)
        cursor.execute("SELECT detections_add_partition(%s, %s)", [first, first + timedelta(days=1)])
    assert held_reads.lock([read.ref]) == {read.ref}


def test_a_read_is_looked_up_in_its_own_partition_alone(detective: User) -> None:
    read = make.detection(at=NOON)
    with connection.cursor() as cursor:
        first = NOON.replace(day=1, hour=0)
        cursor.execute("SELECT detections_add_partition(%s, %s)", [first, first + timedelta(days=1)])
        cursor.execute("EXPLAIN " + held_reads._LOCK, held_reads._named([read.ref]))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "detections_detection_20260601" not in plan


def test_the_same_read_may_be_held_for_two_cases(detective: User) -> None:
    read = make.detection(at=NOON)
    held(detective, read)
    held(detective, read, case_number="26-654321")
    assert HeldRead.objects.count() == 2


def test_what_is_held_past_its_ceiling_may_be_held_again_in_its_case_alone(detective: User) -> None:
    read = make.detection(at=NOON - timedelta(days=800))
    early = read.captured_at + timedelta(days=1)
    held(detective, read, at=early, review_on=early.date() + timedelta(days=90))
    assert held(detective, read).reads == 1
    with pytest.raises(Refused) as caught:
        held(detective, read, case_number="26-654321")
    assert caught.value.refusal.code == "hold.reads"


def test_a_hold_shows_its_reads_newest_first_and_the_look_is_on_record(detective: User) -> None:
    older, newer = make.detection(at=NOON - timedelta(hours=2)), make.detection("0DEM124", at=NOON)
    hold = held(detective, older, newer)
    opened = open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk)
    assert [kept.plate for kept in opened.kept] == ["0DEM124", "0DEM123"]
    assert [kept.camera for kept in opened.kept] == ["CAM-01", "CAM-01"]
    assert all(kept.read for kept in opened.kept)
    entry = last_entry()
    assert (entry.action, entry.result_count, entry.purpose) == (Action.HOLD_VIEW, 2, "retention")
    assert (entry.clear.case_number, entry.subject_id, entry.index) == ("26-123456", str(hold.pk), opened.record_index)


def test_a_copy_is_shown_where_the_original_is_gone(detective: User) -> None:
    read = make.detection(at=NOON, state="CA")
    hold = held(detective, read)
    destroy(read)
    (kept,) = open_hold(by=make.by(detective), at=NOON + timedelta(days=2000), hold_id=hold.pk).kept
    assert (kept.read, kept.plate, kept.state) == (None, "0DEM123", "CA")


def test_a_correction_after_the_hold_is_shown_beside_what_was_copied(detective: User) -> None:
    read = make.detection(at=NOON)
    hold = held(detective, read)
    Detection.objects.at(read.ref).update(plate="0DEM128")
    PlateCorrection.objects.create(
        detection=read,
        plate_before="0DEM123",
        plate_after="0DEM128",
        corrected_by=detective,
        corrected_at=NOON,
        reason="An 8",
    )
    (kept,) = open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk).kept
    assert (kept.plate, [step.plate_before for step in kept.corrections]) == ("0DEM128", ["0DEM123"])
    assert hold.held_reads.get().copy["plate"] == "0DEM123"


def test_a_long_hold_is_shown_in_pages(detective: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detections.retention.hold_pages.PAGE_SIZE", 2)
    reads = [make.detection(at=NOON - timedelta(minutes=minute)) for minute in range(5)]
    hold = held(detective, *reads)
    seen = []
    for page in (1, 2, 3):
        opened = open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk, page=page)
        assert (opened.page, opened.pages) == (page, 3)
        seen += [kept.captured_at for kept in opened.kept]
    assert seen == [read.captured_at for read in reads]
    assert open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk, page=99).page == 3


def test_the_untrained_see_a_hold_without_its_plates(detective: User, custodian: User) -> None:
    hold = held(detective)
    opened = open_hold(by=make.by(custodian), at=NOON, hold_id=hold.pk)
    assert opened.withheld is not None
    assert opened.withheld.code == "access.training"
    assert [(kept.plate, kept.state, kept.corrections) for kept in opened.kept] == [("", "", [])]
    assert json.loads(last_entry().clear.detail)["withheld"] == "access.training"


def test_a_window_is_held_unseen(detective: User) -> None:
    read = make.detection(at=NOON - timedelta(minutes=1))
    within = Window(cameras=frozenset({read.camera_id}), from_at=NOON - timedelta(hours=1), to_at=NOON)
    hold = hold_window(by=make.by(detective), at=NOON, window=within, terms=TERMS)
    opened = open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk)
    assert opened.withheld is not None
    assert opened.withheld.code == "hold.unsearched"
    assert [kept.plate for kept in opened.kept] == [""]


def test_a_lifted_hold_shows_nothing_past_its_ceiling(detective: User, custodian: User) -> None:
    old, fresh = make.detection(at=NOON - timedelta(days=800)), make.detection("0DEM124", at=NOON)
    early = old.captured_at + timedelta(days=1)
    hold = held(detective, old, at=early, review_on=early.date() + timedelta(days=9))
    both = held(detective, old, fresh)
    lifted(hold, detective, custodian)
    shown = open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk)
    assert [kept.plate for kept in shown.kept] == ["0DEM123"], "the case still holds it"
    lifted(both, detective, custodian)
    for one, plates, past in ((hold, [], 1), (both, ["0DEM124"], 1)):
        shown = open_hold(by=make.by(detective), at=NOON, hold_id=one.pk)
        assert ([kept.plate for kept in shown.kept], shown.past) == (plates, past)


def test_a_hold_that_is_not_there_is_a_failed_look_on_record(detective: User) -> None:
    with pytest.raises(Hold.DoesNotExist):
        open_hold(by=make.by(detective), at=NOON, hold_id=uuid4())
    assert (last_entry().action, last_entry().outcome) == (Action.HOLD_VIEW, Outcome.FAILED)


@pytest.mark.parametrize("person", ["officer", "dispatcher", "auditor", "clerk"])
def test_who_may_not_hold_does_not_open_one(person: str, detective: User, request: pytest.FixtureRequest) -> None:
    hold = held(detective)
    with pytest.raises(Refused) as caught:
        open_hold(by=make.by(request.getfixturevalue(person)), at=NOON, hold_id=hold.pk)
    assert caught.value.refusal.code == "access.role"


def test_holds_are_listed_by_case_and_state_the_most_overdue_first(detective: User, custodian: User) -> None:
    def days(number: int) -> dict:
        return {"review_on": NOON.date() + timedelta(days=number)}

    later = held(detective, **days(200))
    soon = held(detective, **days(10), case_number="26-222222")
    over = held(detective, **days(5))
    lifted(held(detective, **days(7)), detective, custodian)
    at = NOON + timedelta(days=12)

    def ids(**cut: str) -> list:
        return [hold.pk for hold in list_holds(by=make.by(detective), at=at, **cut)]

    assert ids(state="live") == [over.pk, soon.pk, later.pk]
    assert ids(state="due") == [over.pk, soon.pk]
    assert ids(state="due", case_number="26-222222") == [soon.pk]
    assert ids(state="asked") == ids(state="booked") == []
    assert len(ids(state="lifted")) == 1
    assert ids()[:3] == [over.pk, soon.pk, later.pk]
    assert len(ids()) == 4
