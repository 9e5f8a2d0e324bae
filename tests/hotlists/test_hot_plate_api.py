"""The hot plate API: the same verbs and refusals as the pages, in JSON."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from hotlists.models import HotPlate
from tests import make

ADDRESS = "/api/v1/hot-plates/"


@pytest.fixture
def body(own_list):
    return {
        "hot_list": own_list.pk,
        "plate": "0dem-123",
        "category": "stolen_vehicle",
        "case_number": "26-123456",
        "reason": "Stolen from the Elm Street garage",
        "life_hours": 24,
    }


def post(client, body):
    return client.post(ADDRESS, body, content_type="application/json")


def test_nobody_unknown_is_answered(db):
    assert Client().get(ADDRESS).status_code in (302, 403)
    assert post(Client(), {}).status_code in (302, 403)


def test_an_entry_is_made_and_listed(detective, body, signed_in, last_record):
    client = signed_in(detective)
    made = post(client, body)
    assert made.status_code == 201
    assert (made.json()["plate"], made.json()["entered_by"]) == ("0DEM123", "detective")
    listed = client.get(ADDRESS)
    assert listed["Cache-Control"] == "no-store"
    answer = listed.json()
    assert [row["id"] for row in answer["results"]] == [made.json()["id"]]
    assert (answer["record"], last_record().action) == (last_record().index, "hot_plate.list")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case_number": ""}, "hot_plate.case_missing"),
        ({"xref": "AB1234"}, "hot_plate.case_and_xref"),
        ({"life_hours": 25}, "hot_plate.life"),
        ({"reason": ""}, "hot_plate.reason_missing"),
        ({"plate": "0DЕM123"}, "hot_plate.plate_form"),
        ({"hot_list": 999_999}, "hot_plate.list_closed"),
    ],
)
def test_a_refusal_has_its_code_clause_and_record(detective, body, signed_in, changes, code, last_record):
    answer = post(signed_in(detective), body | changes)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert answer.json()["record"] == last_record().index
    assert answer.json()["clause"]
    assert not HotPlate.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"plate": None},
        {"plate": "0" * 5000},
        {"plate": "0DEM\x00123"},
        {"life_hours": "nan"},
        {"hot_list": -1},
        {"category": "personal"},
        {"state": "XX"},
        {"reason": ["x"]},
    ],
)
def test_a_wrong_shape_is_400_and_nothing_is_stored(detective, body, signed_in, changes):
    assert post(signed_in(detective), body | changes).status_code == 400
    assert not HotPlate.objects.exists()


def test_a_number_of_5000_digits_is_400(detective, body, signed_in):
    text = json.dumps(body | {"life_hours": 0}).replace('"life_hours": 0', f'"life_hours": {"9" * 5000}')
    assert post(signed_in(detective), text).status_code == 400


def test_a_dispatcher_may_list_but_not_enter(dispatcher, body, signed_in):
    client = signed_in(dispatcher)
    assert client.get(ADDRESS).status_code == 200
    assert post(client, body).json()["code"] == "access.role"


def test_entries_of_a_closed_list_are_not_listed(officer, detective, special_list, signed_in):
    make.hot_plate(at=timezone.now(), hot_list=special_list, entered_by=detective)
    assert signed_in(officer).get(ADDRESS).json()["counts"] == {"live": 0, "ended": 0, "withdrawn": 0}


@pytest.mark.parametrize("query", ["tab=secret", "page=0", "page=x", "page=" + "9" * 400])
def test_an_unknown_page_is_400(officer, signed_in, query):
    assert signed_in(officer).get(f"{ADDRESS}?{query}").status_code == 400
