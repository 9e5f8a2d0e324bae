"""A search finds what a plain filter would, is on record before it is answered, and never reads past the ceiling."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.actions import Action, Outcome
from audit.models import LedgerEntry, PolicyDetermination, User
from audit.policy import load
from cameras.models import Camera
from detections.models import Detection, HeldRead, Hold, Search
from detections.searching import time_limit as limits
from detections.searching.page import PAGE_SIZE, CursorError, SearchNotFound, open_page
from detections.searching.run import COUNT_CAP, run_search
from detections.searching.time_limit import SearchTooSlow, time_limit
from detections.searching.visible import visible
from tests import make
from tests.detections.searching import REASON, asked, elk_grove, last_entry

NOON = make.NOON
SACRAMENTO = load("sacpd_525_08")


def found(by: User, at: datetime = NOON, **fields: object) -> list[Detection]:
    """All reads of a search, over all its pages."""
    search = run_search(by=make.by(by), at=at, asked=asked(**fields))
    reads, cursor = [], ""
    while True:
        page = open_page(by=make.by(by), at=at, search_id=search.pk, cursor=cursor)
        reads += [sighting.read for sighting in page.sightings]
        cursor = page.next_cursor
        if not cursor:
            return reads


def test_a_search_leaves_its_four_fields_on_the_ledger(detective: User) -> None:
    make.detection(at=NOON - timedelta(hours=1))
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    entry = LedgerEntry.objects.get(index=search.record_index)
    assert (entry.action, entry.outcome, entry.result_count) == (Action.SEARCH_RUN, Outcome.ALLOWED, 1)
    assert (entry.username, entry.purpose, entry.at) == ("detective", "locate", NOON)
    assert (entry.clear.reason, entry.clear.case_number) == (REASON, "26-123456")
    assert json.loads(entry.clear.query)["plate"] == "0DEM123"
    assert (entry.subject_type, entry.subject_id) == ("search", str(search.pk))


def test_an_empty_search_is_on_record_as_empty(detective: User) -> None:
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    assert search.result_count == 0
    assert last_entry().outcome == Outcome.EMPTY


def test_each_page_is_a_look_of_its_own(detective: User) -> None:
    read = make.detection(at=NOON - timedelta(hours=1))
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    page = open_page(by=make.by(detective), at=NOON, search_id=search.pk)
    assert [sighting.read for sighting in page.sightings] == [read]
    entry = last_entry()
    assert (entry.index, entry.action, entry.result_count) == (page.record_index, Action.SEARCH_PAGE, 1)
    assert (entry.purpose, entry.clear.case_number) == ("locate", "26-123456")


def test_a_plate_is_found_however_it_is_typed(detective: User) -> None:
    read = make.detection(at=NOON - timedelta(hours=1))
    assert found(detective, plate=" 0dem-123 ") == [read]


def test_pages_go_newest_first_and_miss_nothing_at_equal_instants(detective: User) -> None:
    camera = make.camera()
    reads = [
        make.detection(at=NOON - timedelta(minutes=1 + number // 7), seen_by=camera)
        for number in range(PAGE_SIZE * 2 + 9)
    ]
    expected = sorted(reads, key=lambda read: (read.captured_at, read.pk), reverse=True)
    assert found(detective) == expected


def test_numbers_go_on_over_the_pages(detective: User) -> None:
    camera = make.camera()
    for number in range(PAGE_SIZE + 1):
        make.detection(at=NOON - timedelta(minutes=number + 1), seen_by=camera)
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    first = open_page(by=make.by(detective), at=NOON, search_id=search.pk)
    second = open_page(by=make.by(detective), at=NOON, search_id=search.pk, cursor=first.next_cursor)
    assert [s.number for s in second.sightings] == [PAGE_SIZE + 1]
    assert second.next_cursor == ""


def test_the_count_stops_at_a_thousand_and_says_so(detective: User) -> None:
    camera = make.camera()
    Detection.objects.bulk_create(
        Detection(plate="0DEM123", captured_at=NOON - timedelta(minutes=number + 1), camera=camera)
        for number in range(COUNT_CAP + 1)
    )
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    assert (search.result_count, search.result_capped) == (COUNT_CAP, True)
    assert json.loads(last_entry().clear.detail) == {"more": True}


def test_another_persons_search_is_not_there(detective: User, officer: User) -> None:
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    with pytest.raises(SearchNotFound):
        open_page(by=make.by(officer), at=NOON, search_id=search.pk)
    entry = last_entry()
    assert (entry.action, entry.outcome, entry.username) == (Action.SEARCH_PAGE, Outcome.FAILED, "officer")


@pytest.mark.parametrize("cursor", ["x", "bm90aGluZw:1abc:sig", "a:b:c:d"])
def test_a_place_nobody_gave_out_leads_nowhere(detective: User, cursor: str) -> None:
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    with pytest.raises(CursorError):
        open_page(by=make.by(detective), at=NOON, search_id=search.pk, cursor=cursor)


def test_a_cursor_serves_one_search_only_and_holds_no_plate(detective: User) -> None:
    camera = make.camera()
    for number in range(PAGE_SIZE + 1):
        make.detection(at=NOON - timedelta(minutes=number + 1), seen_by=camera)
    one = run_search(by=make.by(detective), at=NOON, asked=asked())
    other = run_search(by=make.by(detective), at=NOON, asked=asked())
    cursor = open_page(by=make.by(detective), at=NOON, search_id=one.pk).next_cursor
    assert "0DEM123" not in cursor
    with pytest.raises(CursorError):
        open_page(by=make.by(detective), at=NOON, search_id=other.pk, cursor=cursor)


def test_a_role_that_ended_opens_no_page_of_an_old_search(detective: User) -> None:
    from audit.refusals import Refused

    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    detective.role_grants.update(ends_at=NOON + timedelta(hours=1))
    with pytest.raises(Refused):
        open_page(by=make.by(detective), at=NOON + timedelta(hours=2), search_id=search.pk)
    assert last_entry().rule_code == "access.role"


def test_a_read_at_the_ceiling_instant_is_seen_and_one_before_it_is_not(db: None) -> None:
    ceiling = datetime(2024, 6, 16, 19, 0, tzinfo=UTC)
    at_it = make.detection(at=ceiling)
    make.detection(at=ceiling - timedelta(microseconds=1))
    assert list(visible(NOON, SACRAMENTO)) == [at_it]


def test_on_a_leap_day_all_of_28_february_two_years_back_is_over(db: None) -> None:
    leap_day = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)
    first_of_march = make.detection(at=datetime(2026, 3, 1, 0, 0, tzinfo=UTC))
    make.detection(at=datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))  # its two years ended on 28 February 2028
    assert list(visible(leap_day, SACRAMENTO)) == [first_of_march]


def test_while_elk_groves_texts_contradict_each_other_nobody_sees_past_thirty_days(detective: User) -> None:
    elk_grove()
    shown = make.detection(at=NOON - timedelta(days=30))
    make.detection(at=NOON - timedelta(days=30, seconds=1))
    assert list(visible(NOON, load("egpd_462"))) == [shown]


def test_a_determination_of_one_year_opens_the_year(detective: User) -> None:
    old = make.detection(at=NOON - timedelta(days=300))
    PolicyDetermination.objects.create(
        profile="egpd_462",
        conflict="retention",
        chosen="P1Y",
        reasoning="The policy stands",
        signed_by="City attorney",
        signed_on=NOON.date(),
        filed_by=detective,
        filed_at=NOON,
    )
    assert list(visible(NOON, load("egpd_462"))) == [old]
    assert not visible(NOON - timedelta(seconds=1), load("egpd_462")).exists()


def test_past_the_ceiling_only_the_case_a_read_is_held_for_sees_it(detective: User) -> None:
    long_ago = NOON - timedelta(days=900)
    read = make.detection(at=long_ago)
    hold = Hold.objects.create(
        case_number="24-000777",
        kind=Hold.Kind.EVIDENCE,
        proceeding=Hold.Proceeding.CRIMINAL,
        reason="Evidence in the trial",
        review_on=NOON.date(),
        placed_by=detective,
        placed_at=long_ago,
    )
    HeldRead.objects.create(hold=hold, detection=read, plate=read.plate)
    window = {"from_at": long_ago - timedelta(days=1), "to_at": long_ago + timedelta(days=1)}
    assert found(detective, case_number="24-000777", **window) == [read]
    assert found(detective, case_number="26-123456", **window) == []
    hold.lift_requested_by, hold.lifted_by = detective, make.user("second", "custodian")
    hold.lift_requested_at = hold.lifted_at = NOON
    hold.save()
    assert found(detective, case_number="24-000777", **window) == []


HOURS = st.integers(min_value=0, max_value=60)
READ = st.tuples(st.sampled_from(["0DEM123", "0DEM124"]), st.sampled_from(["CA", "NV", ""]), st.booleans(), HOURS)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reads=st.lists(READ, max_size=8),
    state=st.sampled_from(["", "CA"]),
    by_camera=st.booleans(),
    window=st.tuples(HOURS, HOURS),
)
def test_search_and_a_plain_filter_agree(
    detective: User, reads: list, state: str, by_camera: bool, window: tuple[int, int]
) -> None:
    Detection.objects.all().delete()
    cameras = [Camera.objects.filter(code=code).first() or make.camera(code) for code in ("CAM-01", "CAM-02")]
    made = [
        make.detection(plate, at=NOON - timedelta(hours=hours), state=its_state, seen_by=cameras[second])
        for plate, its_state, second, hours in reads
    ]
    from_at, to_at = (NOON - timedelta(hours=hours) for hours in (max(window) + 1, min(window)))
    wanted = (cameras[0],) if by_camera else ()
    expected = {
        read.pk
        for read in made
        if read.plate == "0DEM123"
        and from_at <= read.captured_at < to_at
        and (not state or read.state in (state, ""))
        and (not wanted or read.camera == wanted[0])
    }
    reads = found(detective, state=state, cameras=wanted, from_at=from_at, to_at=to_at)
    assert {read.pk for read in reads} == expected


def test_a_statement_over_its_time_is_cancelled_and_the_limit_ends_with_it(db: None) -> None:
    from django.db import transaction

    with pytest.raises(SearchTooSlow), transaction.atomic(), time_limit(50), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(2)")
    with transaction.atomic():
        with time_limit(50):
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")


@pytest.mark.django_db(transaction=True)
def test_a_search_that_takes_too_long_shows_nothing_and_is_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    person = make.user("detective", "detective")
    make.camera()
    monkeypatch.setattr(limits, "SEARCH_LIMIT_MS", 200)
    locked, done = threading.Event(), threading.Event()

    def lock_the_reads() -> None:
        from django.db import transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE detections_detection IN ACCESS EXCLUSIVE MODE")
            locked.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=lock_the_reads)
    holder.start()
    locked.wait(10)
    try:
        with pytest.raises(SearchTooSlow):
            run_search(by=make.by(person), at=NOON, asked=asked())
    finally:
        done.set()
        holder.join()
    entry = last_entry()
    assert (entry.action, entry.outcome) == (Action.SEARCH_RUN, Outcome.FAILED)
    assert json.loads(entry.clear.detail) == {"error": "SearchTooSlow"}
    assert not Search.objects.exists()
