"""One hot plate by API: the verbs and refusals of its page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hotlists.models import HotPlate
from tests import make
from tests.hotlists.importing import imported

VERBS = {
    "withdraw": {"reason": "Vehicle recovered by patrol"},
    "renew": {"reason": "Seen again on Broadway", "life_hours": 24},
    "system-entry": {"system": "SVS", "entry_number": "4711"},
    "clear": {},
}


@pytest.fixture
def live(detective):
    return make.hot_plate(at=timezone.now(), entered_by=detective, system="SVS", system_entry_number="1")


def post(client, entry, verb, **changes):
    address = f"/api/v1/hot-plates/{entry.pk}/{verb}/"
    return client.post(address, VERBS[verb] | changes, content_type="application/json")


@pytest.mark.parametrize(("verb", "status"), [("withdraw", 200), ("renew", 201), ("system-entry", 200), ("clear", 200)])
def test_each_verb_answers_with_the_entry(detective, live, signed_in, verb, status, last_record):
    answer = post(signed_in(detective), live, verb)
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    told = answer.json()
    assert told["plate"] == "0DEM123"
    live.refresh_from_db()
    assert {
        "withdraw": live.withdrawn_by == detective and told["withdrawn_at"] is not None,
        "renew": told["renewal_of"] == str(live.pk) and told["renewed_times"] == 1,
        "system-entry": live.system_entry_number == "4711",
        "clear": live.system_cleared_by == detective,
    }[verb]
    assert last_record().subject_id == told["id"]


@pytest.mark.parametrize(
    ("verb", "changes", "code"),
    [
        ("withdraw", {"reason": "done"}, "hot_plate.withdrawal_reason"),
        ("withdraw", {"reason": "owner DOB 1/2/1990"}, "free_text.criminal_justice"),
        ("renew", {"life_hours": 25}, "hot_plate.life"),
        ("renew", {"reason": "more time"}, "hot_plate.reason_vague"),
    ],
)
def test_a_refusal_has_its_code_clause_and_record(detective, live, signed_in, verb, changes, code, last_record):
    answer = post(signed_in(detective), live, verb, **changes)
    assert (answer.status_code, answer.json()["code"], answer.json()["record"]) == (403, code, last_record().index)
    assert list(HotPlate.objects.active(timezone.now())) == [live]


@pytest.mark.parametrize(
    ("verb", "changes"),
    [("withdraw", {"reason": None}), ("renew", {"life_hours": "nan"}), ("system-entry", {"system": "DMV"}),
     ("system-entry", {"entry_number": ""}), ("renew", {"life_hours": 0})],
)  # fmt: skip
def test_a_wrong_shape_is_400_and_changes_nothing(detective, live, signed_in, verb, changes):
    assert post(signed_in(detective), live, verb, **changes).status_code == 400
    assert live.history.count() == 1


@pytest.mark.parametrize("verb", VERBS)
def test_a_closed_entry_does_not_exist_and_a_dispatcher_changes_nothing(
    detective, officer, dispatcher, special_list, live, signed_in, verb
):
    hidden = make.hot_plate("0DEM456", at=timezone.now(), entered_by=detective, hot_list=special_list)
    assert post(signed_in(officer), hidden, verb).status_code == 404
    refused = post(signed_in(dispatcher), live, verb)
    assert (refused.status_code, refused.json()["code"]) == (403, "access.role")
    assert post(Client(), live, verb).status_code in (302, 403)


def test_one_entry_is_shown_with_its_record_and_imported_ones_name_their_source(detective, signed_in, last_record):
    entry = imported("0DEM123", at=timezone.now() - timedelta(hours=1))
    client = signed_in(detective)
    told = client.get(f"/api/v1/hot-plates/{entry.pk}/").json()
    assert (told["entered_by"], told["list_source"], told["partial"]) == (None, "Own entries", False)
    assert (last_record().action, last_record().subject_id) == ("hot_plate.view", str(entry.pk))
    assert [row["id"] for row in client.get("/api/v1/hot-plates/").json()["results"]] == [str(entry.pk)]
    assert post(client, entry, "withdraw").json()["code"] == "hot_plate.imported"


def test_a_list_is_narrowed_by_list_and_by_person(detective, officer, live, signed_in):
    mine = make.hot_plate("0DEM222", at=timezone.now(), entered_by=officer, hot_list=make.hot_list("Robberies"))
    client = signed_in(officer)
    for query in ("mine=true", f"hot_list={mine.hot_list_id}"):
        rows = client.get(f"/api/v1/hot-plates/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [str(mine.pk)]
