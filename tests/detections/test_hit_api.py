"""Hits by API: the same looks, steps and refusals as the pages, for people's sessions only."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.models import LedgerEntry
from tests import make
from tests.detections import road

DOOR = "/api/v1/hits/"


@pytest.fixture
def hit(dispatcher):
    now = timezone.now()
    return road.hit(at=now, hot_plate=make.hot_plate(at=now, vehicle_description="white Toyota Camry"))


def step(client, hit, name, body=None):
    return client.post(f"{DOOR}{hit.pk}/{name}/", body or {}, content_type="application/json")


def test_without_a_sign_in_or_with_a_device_key_there_are_no_hits(client, hit):
    key = make.device_key(make.camera("CAM-77"))
    for headers in ({}, {"Authorization": f"Bearer {key}"}, {"X-Api-Key": key}):
        assert client.get(DOOR, headers=headers).status_code == 403
        assert client.get(f"{DOOR}{hit.pk}/", headers=headers).status_code == 403
        assert client.post(f"{DOOR}{hit.pk}/take/", {}, "application/json", headers=headers).status_code == 403
    hit.refresh_from_db()
    assert hit.status == "new"


def test_a_post_from_another_site_is_refused(dispatcher, signed_in, hit):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(dispatcher).cookies
    assert step(strict, hit, "take").status_code == 403
    hit.refresh_from_db()
    assert hit.status == "new"


def test_list_and_detail_are_recorded_looks(dispatcher, signed_in, hit):
    client = signed_in(dispatcher)
    listed = client.get(DOOR).json()
    assert [one["id"] for one in listed["hits"]] == [str(hit.pk)]
    assert LedgerEntry.objects.get(index=listed["record"]).action == "hit.list"
    opened = client.get(f"{DOOR}{hit.pk}/")
    body = opened.json()
    assert (body["plate"], body["status"], body["channel"], body["ended"]) == (hit.plate, "new", "tas", "")
    assert body["hot_plate"]["vehicle"] == "white Toyota Camry"
    assert LedgerEntry.objects.get(index=body["record"]).action == "hit.view"
    assert opened["Cache-Control"] == "no-store"


def test_the_whole_road_by_api(dispatcher, signed_in, hit):
    client = signed_in(dispatcher)
    assert step(client, hit, "take").json()["owner"] == dispatcher.display_name
    road.look(hit, dispatcher, at=timezone.now())
    assert step(client, hit, "check", {"result": "correct"}).json()["status"] == "checked"
    verified = step(client, hit, "verify", {"clets": "confirmed", "ncic": "confirmed", "ncic_minutes": 0}).json()
    assert (verified["status"], verified["steps"]["verify"]["by"]) == ("verified", dispatcher.display_name)
    spoken = step(client, hit, "broadcast", road.DETAILS | {"vehicle_seen": "black Honda Civic"}).json()
    assert spoken["warning"].startswith("colour")
    assert spoken["mismatch"] == spoken["warning"]
    refused = step(client, hit, "close", {"disposition": "stop"})
    assert (refused.status_code, refused.json()["code"]) == (403, "hit.independent_basis")
    closed = step(client, hit, "close", {"disposition": "stop", "independent_basis": road.BASIS}).json()
    assert (closed["status"], closed["steps"]["close"]["disposition"]) == ("closed", "stop")
    assert set(closed["seconds"]) >= {"hit_to_taken", "hit_to_verified", "hit_to_broadcast", "hit_to_closed"}


def test_an_officers_own_verification_is_refused_with_its_clause(officer, signed_in, hit):
    client = signed_in(officer)
    step(client, hit, "take")
    road.look(hit, officer, at=timezone.now())
    step(client, hit, "check", {"result": "correct"})
    answer = step(client, hit, "verify", {"clets": "confirmed", "ncic": "confirmed"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "hit.verifier"
    assert "D.5.b" in answer.json()["citation"]
    assert "dispatcher" in answer.json()["next_step"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"clets": "perhaps"}', 422),
        ('{"clets_minutes": -1}', 422),
        ('{"clets_minutes": 1441}', 422),
        ('{"clets_minutes": 99999999999999999999999}', 400),
        ('{"text_of_the_answer": "x"}', 422),
        ('{"clets": ["confirmed"]}', 400),
        ('{"clets": true}', 400),
        ('{"not_practicable": "\\u0000"}', 400),
        ('{"not_practicable": "\\ud800"}', 400),
        ("[]", 400),
        ("nonsense", 400),
        ("[" * 9000, 400),
        ('{"not_practicable": "' + "x" * 20_000 + '"}', 400),
    ],
)
def test_what_is_no_step_is_named_and_changes_nothing(dispatcher, signed_in, hit, body, status):
    client = signed_in(dispatcher)
    answer = client.post(f"{DOOR}{hit.pk}/verify/", body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["code"]
    hit.refresh_from_db()
    assert hit.status == "new"


def test_a_step_that_does_not_exist_and_a_hit_that_is_hidden_are_not_there(dispatcher, signed_in, hit):
    special = make.hot_list("Special", kind="special")
    hidden = road.hit("0DEM777", hot_plate=make.hot_plate("0DEM777", hot_list=special, at=timezone.now()))
    client = signed_in(dispatcher)
    assert step(client, hit, "stop").json()["code"] == "hit.no_such_step"
    for key in (hidden.pk, uuid4()):
        assert client.get(f"{DOOR}{key}/").status_code == 404
        answer = client.post(f"{DOOR}{key}/take/", {}, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (404, "hit.unknown")
    assign_perm("hotlists.see_hits", dispatcher, special)
    assert client.get(f"{DOOR}{hidden.pk}/").status_code == 200


def test_no_stop_by_this_door_on_a_special_list(dispatcher, signed_in):
    special = make.hot_list("Special", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, special)
    now = timezone.now()
    hit = road.verified(dispatcher, at=now - timedelta(minutes=2), hot_plate=make.hot_plate(hot_list=special, at=now))
    for disposition in ("stop", "recovered"):
        body = {"disposition": disposition, "independent_basis": road.BASIS, "recovery_call": "26-1"}
        assert step(signed_in(dispatcher), hit, "close", body).json()["code"] == "hit.informational"


def test_who_has_no_business_at_the_desk_is_refused_and_recorded(clerk, signed_in, hit):
    client = signed_in(clerk)
    for answer in (client.get(DOOR), client.get(f"{DOOR}{hit.pk}/"), step(client, hit, "take")):
        assert (answer.status_code, answer.json()["code"]) == (403, "access.role")
        assert LedgerEntry.objects.get(index=answer.json()["record"]).outcome == "refused"


def test_a_camera_that_no_code_can_be_is_ignored(dispatcher, signed_in, hit):
    answer = signed_in(dispatcher).get(DOOR + "?camera=%00CAM&show=%00")
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()["hits"]] == [str(hit.pk)]
