"""A hold on a search or on a window keeps all that is found, in one act, and says how many; or it keeps nothing."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from audit.actions import Action, Outcome
from audit.models import User
from audit.refusals import Refused
from cameras.models import Camera
from detections.models import HeldRead, Hold, Search
from detections.retention.holds import MOST_NAMED, hold_search, hold_window
from detections.rules import holds as rules
from detections.rules.holds import Window
from detections.searching.question import Circle, Kind, Question, Scene
from detections.searching.run import run_search
from tests import make
from tests.detections.holding import NOON, TERMS, held
from tests.detections.searching import asked, elk_grove, kept_search, last_entry

HOUR = timedelta(hours=1)


def window(*cameras: Camera, from_at: datetime = NOON - 3 * HOUR, to_at: datetime = NOON) -> Window:
    return Window(cameras=frozenset(camera.number for camera in cameras), from_at=from_at, to_at=to_at)


def hold_all(by: User, search: Search, **fields: object) -> Hold:
    return hold_search(by=make.by(by), at=NOON, search_id=search.pk, terms=replace(TERMS, **fields))


def hold_at(by: User, within: Window, **fields: object) -> Hold:
    return hold_window(by=make.by(by), at=NOON, window=within, terms=replace(TERMS, **fields))


def held_ids(hold: Hold) -> set:
    return set(hold.held_reads.values_list("detection_id", flat=True))


def refused(caught: pytest.ExceptionInfo[Refused]) -> str:
    entry = last_entry()
    assert (entry.action, entry.outcome, entry.rule_code) == (
        Action.HOLD_PLACE,
        Outcome.REFUSED,
        caught.value.refusal.code,
    )
    assert not HeldRead.objects.exists()
    return caught.value.refusal.code


def test_a_hold_on_a_search_keeps_all_it_finds_and_says_how_many(detective: User) -> None:
    there = [make.detection(at=NOON - timedelta(days=days)) for days in (1, 2, 3)]
    make.detection("0DEM124", at=NOON - HOUR)
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    hold = hold_all(detective, search)
    assert held_ids(hold) == {read.pk for read in there}
    assert (hold.reads, hold.origin, hold.placed_on) == (3, "search", {"search": str(search.pk)})
    entry = last_entry()
    assert (entry.action, entry.result_count) == (Action.HOLD_PLACE, 3)
    assert json.loads(entry.clear.query) == {"search": str(search.pk)}


def test_a_hold_on_a_search_runs_it_again(detective: User) -> None:
    make.detection(at=NOON - HOUR)
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    late = make.detection(at=NOON - 2 * HOUR)
    assert late.pk in held_ids(hold_all(detective, search))


def test_a_hold_on_a_search_of_scenes_keeps_the_sightings_that_answer_it(detective: User) -> None:
    times = [NOON - 5 * HOUR, NOON - 2 * HOUR]
    scenes = tuple(Scene(Circle(38.58, -121.49, 500), at - HOUR, at + HOUR) for at in times)
    question = Question(kind=Kind.SCENES, from_at=NOON - 9 * HOUR, to_at=NOON, scenes=scenes, at_least=2)
    at_both = [make.detection(at=at) for at in times]
    make.detection("0DEM124", at=times[0])
    make.detection(at=NOON - timedelta(minutes=10))
    search = kept_search(detective, question=question.as_json(), record_index=1)
    assert held_ids(hold_all(detective, search)) == {read.pk for read in at_both}


def test_a_hold_on_a_canvass_keeps_whatever_plate_was_there(detective: User) -> None:
    question = Question(kind=Kind.CANVASS, from_at=NOON - 2 * HOUR, to_at=NOON, area=Circle(38.58, -121.49, 500))
    there = [make.detection(plate, at=NOON - HOUR) for plate in ("0DEM123", "0DEM124")]
    make.detection("0DEM125", at=NOON - 3 * HOUR)
    search = kept_search(detective, question=question.as_json(), record_index=1)
    assert held_ids(hold_all(detective, search)) == {read.pk for read in there}


def test_nobody_holds_another_persons_search(detective: User) -> None:
    make.detection(at=NOON - HOUR)
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    other = make.user("other", "detective")
    with pytest.raises(Refused) as caught:
        hold_all(other, search)
    assert refused(caught) == "hold.search"
    with pytest.raises(Refused) as nothing:
        hold_search(by=make.by(detective), at=NOON, search_id=uuid4(), terms=TERMS)
    assert refused(nothing) == "hold.search"


def test_a_search_that_finds_nothing_now_holds_nothing(detective: User) -> None:
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    with pytest.raises(Refused) as caught:
        hold_all(detective, search)
    assert refused(caught) == "hold.reads"
    assert not Hold.objects.exists()


def test_a_hold_on_a_window_keeps_what_those_cameras_saw_in_it(detective: User) -> None:
    first, second, third = (make.camera(code, approver=detective) for code in ("ONE", "TWO", "THREE"))
    inside = [
        make.detection(seen_by=first, at=NOON - 3 * HOUR),
        make.detection("0DEM124", seen_by=second, at=NOON - HOUR),
    ]
    make.detection(seen_by=first, at=NOON - 3 * HOUR - timedelta(microseconds=1))
    make.detection(seen_by=second, at=NOON)  # the end is outside
    make.detection(seen_by=third, at=NOON - HOUR)
    hold = hold_at(detective, window(first, second))
    assert held_ids(hold) == {read.pk for read in inside}
    assert (hold.origin, hold.reads) == ("window", 2)
    assert hold.placed_on["cameras"] == sorted([first.number, second.number])
    assert json.loads(last_entry().clear.query)["cameras"] == sorted([first.number, second.number])


def test_a_window_reaches_behind_the_ceiling_only_for_what_its_case_holds(detective: User) -> None:
    camera = make.camera(approver=detective)
    old = [make.detection(seen_by=camera, at=NOON - timedelta(days=800), received_at=NOON) for _ in range(2)]
    held(detective, old[0], at=old[0].captured_at + HOUR, review_on=old[0].captured_at.date() + timedelta(days=90))
    fresh = make.detection(seen_by=camera, at=NOON - HOUR)
    far = window(camera, from_at=NOON - timedelta(days=900))
    assert held_ids(hold_at(detective, far)) == {old[0].pk, fresh.pk}
    assert held_ids(hold_at(detective, far, case_number="26-999999")) == {fresh.pk}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda camera: window(),
        lambda camera: window(camera, from_at=NOON),
        lambda camera: window(camera, from_at=NOON - HOUR, to_at=NOON - 2 * HOUR),
        lambda camera: window(camera, from_at=NOON + HOUR, to_at=NOON + 2 * HOUR),
        lambda camera: Window(cameras=frozenset(range(101)), from_at=NOON - HOUR, to_at=NOON),
    ],
)
def test_a_window_that_is_none_is_refused(detective: User, wrong: object) -> None:
    camera = make.camera(approver=detective)
    make.detection(seen_by=camera, at=NOON - HOUR)
    with pytest.raises(Refused) as caught:
        hold_at(detective, wrong(camera))
    assert refused(caught) == "hold.window"


def test_an_empty_window_is_refused(detective: User) -> None:
    with pytest.raises(Refused) as caught:
        hold_at(detective, window(make.camera(approver=detective)))
    assert refused(caught) == "hold.reads"


def test_more_than_one_hold_takes_is_refused_and_nothing_is_held(
    detective: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_FOUND", 2)
    camera = make.camera(approver=detective)
    for minutes in (1, 2, 3):
        make.detection(seen_by=camera, at=NOON - timedelta(minutes=minutes))
    search = run_search(by=make.by(detective), at=NOON, asked=asked())
    for attempt in (lambda: hold_at(detective, window(camera)), lambda: hold_all(detective, search)):
        with pytest.raises(Refused) as caught:
            attempt()
        assert refused(caught) == "hold.too_many"
        assert "more than 2" in caught.value.refusal.reason


def test_many_held_reads_are_named_on_record_by_their_root(detective: User) -> None:
    camera = make.camera(approver=detective)
    count = MOST_NAMED + 1
    for second in range(count):
        make.detection(seen_by=camera, at=NOON - timedelta(seconds=second + 1))
    hold = hold_at(detective, window(camera))
    detail = json.loads(last_entry().clear.detail)
    assert (hold.reads, detail["count"], len(detail["root"])) == (count, count, 64)
    assert "reads" not in detail


def test_an_anticipated_hold_states_its_belief(detective: User) -> None:
    elk_grove()
    for belief in ("", "It may matter"):
        with pytest.raises(Refused) as caught:
            held(detective, kind="anticipated", belief=belief)
        assert refused(caught) == "hold.belief"
        assert caught.value.refusal.citation.section == "462.4"
    belief = "The owner has announced a claim against the city"
    assert held(detective, kind="anticipated", proceeding="civil", belief=belief).belief == belief
