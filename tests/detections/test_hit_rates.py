"""Rates with the numbers behind them: small numbers say little, special lists say nothing, no plate anywhere."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.refusals import Refused
from detections.hits.possible import decide_possible
from detections.hits.rates import Rate, open_rates, wilson
from detections.models import Hit
from hotlists.models import HotListSource
from tests import make
from tests.detections import road
from tests.detections.possible import look, possible
from tests.detections.searching import last_entry

NOON = road.NOON
LATER = NOON + timedelta(hours=1)
_numbers = iter(range(100, 1000))


def checked(by, result="correct", *, at=NOON, **fields):
    plate = f"0DEM{next(_numbers)}"
    if hot_list := fields.pop("hot_list", None):
        fields["hot_plate"] = make.hot_plate(plate, at=at, hot_list=hot_list)
    return road.checked(by, result=result, plate=plate, at=at, **fields)


def verified(by, clets, ncic, **fields):
    plate = f"0DEM{next(_numbers)}"
    return road.verified(by, clets=clets, ncic=ncic, plate=plate, **fields)


def rates(by, at=LATER, **more):
    return open_rates(by=make.by(by), at=at, **more)


def numbers(found):
    return [(rate.name, rate.wrong, rate.of, rate.missed) for rate in found]


@pytest.mark.parametrize(
    ("wrong", "of", "low", "high"),
    # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(wrong, of, low, high):
    assert [round(value, 4) for value in wilson(wrong, of)] == [low, high]


def test_one_of_two_is_not_half():
    rate = Rate("CAM-01", 1, 2)
    assert (rate.share, rate.few) == (0.5, True)
    assert (round(rate.low, 2), round(rate.high, 2)) == (0.09, 0.91)
    assert (wilson(0, 0), wilson(3, 3)[1], wilson(0, 3)[0]) == ((0.0, 1.0), 1.0, 0.0)


def test_misreads_count_by_camera_and_reads_without_a_picture_do_not(dispatcher, administrator):
    checked(dispatcher)
    checked(dispatcher, "misread")
    checked(dispatcher, "wrong_state")
    bare = road.hit("0DEM999", picture=False)
    Hit.objects.filter(pk=bare.pk).update(
        status="checked", taken_by=dispatcher, check_result="no_picture", checked_by=dispatcher, checked_at=NOON
    )
    found = rates(administrator)
    assert numbers(found.cameras) == [("CAM-01", 2, 3, 0)]
    assert numbers([found.every_camera]) == [("All cameras", 2, 3, 0)]
    entry = last_entry()
    assert (entry.action, found.record_index) == ("hit_rates.view", entry.index)


def test_a_possible_match_that_was_the_hot_plate_is_one_misread_and_its_hit_no_second_read(dispatcher, administrator):
    match = possible()
    look(match, dispatcher)
    done = decide_possible(possible_id=match.pk, outcome="same", by=make.by(dispatcher), at=NOON)
    hit = Hit.objects.get(pk=done.hit_id)
    Hit.objects.filter(pk=hit.pk).update(
        status="checked", taken_by=dispatcher, check_result="correct", checked_by=dispatcher, checked_at=NOON
    )
    assert numbers(rates(administrator).cameras) == [("CAM-01", 1, 1, 1)]


def test_stale_entries_count_by_source_and_of_verified_hits_only(dispatcher, administrator):
    verified(dispatcher, "confirmed", "confirmed")
    verified(dispatcher, "confirmed", "no_record")
    verified(dispatcher, "no_record", "no_record")
    verified(dispatcher, "confirmed", "not_current")
    checked(dispatcher)
    assert numbers(rates(administrator).sources) == [("Own entries", 2, 4, 0)]


def test_a_period_is_half_open_and_ends_now(dispatcher, administrator):
    walked = checked(dispatcher, at=NOON)
    since = walked.checked_at
    assert numbers(rates(administrator, since + timedelta(days=7), days=7).cameras) == [("CAM-01", 0, 1, 0)]
    assert rates(administrator, since + timedelta(days=7, microseconds=1), days=7).cameras == []
    assert rates(administrator, since, days=7).cameras == []
    assert rates(administrator, LATER, days=8).days == 30


def test_a_special_lists_hits_are_in_no_figure_for_anyone(dispatcher, administrator):
    source = HotListSource.objects.create(name="Secret source", authority="Demo PD")
    special = make.hot_list("Special one", kind="special", source=source)
    assign_perm("hotlists.see_hits", dispatcher, special)
    assign_perm("hotlists.see_hits", administrator, special)
    before = rates(administrator)
    checked(dispatcher, "misread", hot_list=special)
    plate = make.hot_plate("0DEM128", hot_list=special)
    match = possible(hot_plate=plate)
    look(match, dispatcher)
    decide_possible(possible_id=match.pk, outcome="same", by=make.by(dispatcher), at=NOON)
    after = rates(administrator)
    assert (after.cameras, after.every_camera, after.sources) == (before.cameras, before.every_camera, before.sources)


def test_the_worst_by_what_it_is_at_least_comes_first(dispatcher, administrator):
    two, many = make.camera("CAM-02"), make.camera("CAM-03")
    for wrong, of, camera in ((1, 2, two), (6, 12, many)):
        for number in range(of):
            hit = checked(dispatcher, "misread" if number < wrong else "correct")
            Hit.objects.filter(pk=hit.pk).update(camera=camera)
    assert [rate.name for rate in rates(administrator).cameras] == ["CAM-03", "CAM-02"]


def test_only_who_may_see_the_rates_does(dispatcher, auditor, administrator):
    commander = make.user("commander", "commander", trained=False)
    for person in (auditor, administrator, commander):
        assert rates(person).days == 30
    with pytest.raises(Refused) as caught:
        rates(dispatcher)
    assert caught.value.refusal.code == "access.role"


@pytest.fixture
def misread(dispatcher):
    return checked(dispatcher, "misread", at=timezone.now() - timedelta(hours=2))


def test_the_page_shows_a_bar_the_numbers_and_a_caution_and_no_plate(misread, administrator, signed_in):
    page = signed_in(administrator).get("/hits/rates/?days=7").content.decode()
    assert "CAM-01: 100 %, true rate between 21 % and 100 %" in page
    assert "Fewer than 30: says little" in page
    assert "<svg" in page
    assert "0DEM" not in page
    assert 'style="' not in page


@pytest.mark.parametrize("query", ["", "?days=x", "?days=-1", "?days=" + "9" * 300, "?days=%00", "?days=²"])
def test_an_odd_period_is_thirty_days(db, administrator, signed_in, query):
    page = signed_in(administrator).get(f"/hits/rates/{query}")
    assert (page.status_code, page.context["rates"].days) == (200, 30)


def test_the_file_has_the_same_numbers_and_no_formula(misread, administrator, signed_in):
    make.Camera.objects.update(code="=1+1")
    answer = signed_in(administrator).get("/hits/rates/csv/?days=90")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment;")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["kind"], row["name"], row["wrong"], row["of"], row["share"]) for row in rows] == [
        ("misread", "'=1+1", "1", "1", "1.0000"),
        ("misread", "All cameras", "1", "1", "1.0000"),
        ("stale", "All sources", "0", "0", ""),
    ]
    assert "0DEM" not in answer.content.decode()
    assert last_entry().action == "hit_rates.view"


def test_a_dispatcher_gets_no_file(db, dispatcher, signed_in):
    assert signed_in(dispatcher).get("/hits/rates/csv/").status_code == 403
