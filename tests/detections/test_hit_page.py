"""The page of one hit: imported entries, out-of-date lists, what each policy offers, and guests who only look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from detections.hits import steps
from detections.models import HitRepeat
from hotlists.models import HotListShare, HotListSource, HotPlate
from tests import make
from tests.detections import road
from tests.hotlists.importing import imported

PLATE = "0XMP123"


@pytest.fixture
def hit(dispatcher):
    now = timezone.now()
    return road.hit(at=now - timedelta(minutes=1), hot_plate=make.hot_plate(at=now))


def page(client, hit):
    answer = client.get(f"/hits/{hit.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_imported_entry_names_its_source_and_since_when_and_no_person(dispatcher, signed_in):
    now = timezone.now()
    entry = imported(PLATE, at=now - timedelta(hours=3), file_type="VEHICLE", system_entry_number="4455667")
    shown = page(signed_in(dispatcher), road.hit(PLATE, at=now, hot_plate=entry))
    assert "On the list since" in shown
    assert entry.hot_list.source.name in shown
    assert "VEHICLE" in shown
    assert "4455667" in shown
    assert "when its source takes it off" in shown
    assert "None" not in shown


def test_a_list_that_was_not_renewed_in_time_is_said(dispatcher, signed_in):
    now = timezone.now()
    entry = imported(PLATE, at=now - timedelta(hours=3))
    hit = road.hit(PLATE, at=now, hot_plate=entry)
    client = signed_in(dispatcher)
    assert "out of date" not in page(client, hit)
    HotListSource.objects.filter(pk=entry.hot_list.source_id).update(refresh_minutes=60)
    assert "This list is out of date" in page(client, hit)


def test_an_imported_plate_that_left_its_list_is_said_first(dispatcher, signed_in):
    now = timezone.now()
    entry = imported(PLATE, at=now - timedelta(hours=3))
    hit = road.hit(PLATE, at=now - timedelta(minutes=5), hot_plate=entry)
    HotPlate.objects.filter(pk=entry.pk).update(expires_at=now - timedelta(minutes=3))
    shown = page(signed_in(dispatcher), hit)
    assert "This plate left its list 3 min" in shown
    assert shown.index("Verify before anything else") < shown.index("The read")


def test_where_the_policy_knows_no_not_practicable_it_is_not_offered(hit, dispatcher, signed_in):
    assert "why no query could be run" not in page(signed_in(dispatcher), hit)
    road.under("egpd_462")
    assert "why no query could be run" in page(signed_in(dispatcher), hit)


def test_under_462_the_officers_road_by_its_forms(officer, signed_in):
    road.under("egpd_462")
    now = timezone.now()
    hit = road.checked(officer, at=now - timedelta(minutes=2), hot_plate=make.hot_plate(at=now))
    client = signed_in(officer)
    asked = {"clets": "", "ncic": "", "clets_minutes": "", "not_practicable": "no signal in the canyon"}
    assert client.post(f"/hits/{hit.pk}/verify/", asked).status_code == 302
    shown = page(client, hit)
    assert "Not practicable (462.3(f)): no signal in the canyon" in shown
    assert "not practicable, not run" in shown


def test_minutes_that_are_no_number_are_named_at_their_field(hit, dispatcher, signed_in):
    answer = signed_in(dispatcher).post(f"/hits/{hit.pk}/verify/", {"clets": "confirmed", "clets_minutes": "soon"})
    assert answer.status_code == 422
    assert "Enter a whole number" in answer.content.decode()


def test_codes_are_offered_and_seconds_and_receipt_shown(hit, dispatcher, signed_in):
    steps.take_hit(hit_id=hit.pk, by=make.by(dispatcher), at=timezone.now())
    shown = page(signed_in(dispatcher), hit)
    assert '<option value="10851">' in shown
    assert "Hit to taken" in shown
    assert f"TAS, {timezone.localtime(hit.created_at):%b}" in shown
    assert f"received by {dispatcher.display_name}" in shown


def test_a_car_seen_again_is_listed(hit, dispatcher, signed_in):
    read = make.detection(at=hit.captured_at + timedelta(seconds=30))
    HitRepeat.objects.create(hit=hit, detection_id=read.id, camera=read.camera, captured_at=read.captured_at)
    type(hit).objects.filter(pk=hit.pk).update(repeats=1, last_seen_at=read.captured_at)
    assert "Seen again here 1 time<" in page(signed_in(dispatcher), hit)


def test_a_state_that_differs_is_said_beside_the_picture(dispatcher, signed_in):
    now = timezone.now()
    hit = road.hit(at=now, hot_plate=make.hot_plate(at=now, state="CA"))
    assert "The camera read no state" in page(signed_in(dispatcher), hit)


def test_another_agencys_people_see_what_is_shared_and_are_offered_no_step(signed_in, dispatcher):
    now = timezone.now()
    special = make.hot_list("Special", kind="special")
    hit = road.hit(at=now, hot_plate=make.hot_plate(at=now, hot_list=special))
    guest = make.user("guest", "officer", organisation="Elk Grove PD")
    HotListShare.objects.create(
        hot_list=special,
        agency="Elk Grove PD",
        whole_list=True,
        why="Robberies along the border of both cities",
        profile="sacpd_525_08@2024-06-13",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        asked_by=dispatcher,
        asked_at=now - timedelta(hours=2),
        decision="approved",
        decided_by=make.user("commander", "commander"),
        decided_at=now - timedelta(hours=1),
    )
    client = signed_in(guest)
    shown = page(client, hit)
    assert "shared with your agency for information" in shown
    assert "step-take" not in shown
    assert client.post(f"/hits/{hit.pk}/take/").status_code == 404
    desk = client.get("/hits/?show=information").content.decode()
    assert f'data-hit="{hit.pk}"' in desk
    assert "data-looks-only" in desk
    assert "Take it" not in desk
