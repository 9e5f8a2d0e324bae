"""Entering a hot plate looks back, as a search the person could have run: never more, and never at the entry's cost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from audit import policy
from audit.models import LedgerEntry
from audit.refusals import Refused
from detections import look_back
from detections.look_back import enter_hot_plate, latest_sighting
from detections.models import Hit, Search
from detections.rules.look_back import purpose_of
from detections.searching.time_limit import SearchTooSlow
from hotlists.models import HotPlate
from hotlists.operations import Wanted
from tests import make
from tests.detections.searching import elk_grove, last_entry

NOON = make.NOON
REASON = "Stolen from the Elm Street garage last night"


def wanted(**changes):
    facts = {
        "hot_list_id": make.hot_list().pk,
        "plate": "0DEM123",
        "category": "stolen_vehicle",
        "reason": REASON,
        "life": timedelta(hours=24),
        "case_number": "26-123456",
    }
    return Wanted(**(facts | changes))


def enter(by, *, at=NOON, attested=True, **changes):
    return enter_hot_plate(wanted(**changes), by=make.by(by), at=at, attested=attested)


def code(entered):
    assert HotPlate.objects.filter(pk=entered.entry.pk).exists()
    assert entered.look_back.search is None
    return entered.look_back.refused.refusal.code


def test_entering_looks_back_over_seven_days_on_record(detective):
    for back in (timedelta(minutes=1), timedelta(days=7), timedelta(days=7, seconds=1)):
        make.detection(at=NOON - back)
    make.detection("0DEM12B", at=NOON - timedelta(hours=1))
    entered = enter(detective)
    search = entered.look_back.search
    assert (search.result_count, search.asked_by, search.purpose) == (2, detective, "locate")
    assert (search.reason, search.case_number) == (REASON, "26-123456")
    assert entered.look_back.since == NOON - timedelta(days=7)
    records = LedgerEntry.objects.filter(actor=detective).order_by("index")
    assert [record.action for record in records] == ["hot_plate.enter", "search.run"]
    assert search.record_index == last_entry().index
    assert not Hit.objects.exists()


def test_the_latest_sighting_is_a_look_of_its_own(detective):
    make.detection(at=NOON - timedelta(days=2))
    make.detection(at=NOON - timedelta(hours=3))
    search = enter(detective).look_back.search
    seen = latest_sighting(search_id=search.pk, by=make.by(detective), at=NOON)
    assert (seen.read.captured_at, seen.place) == (NOON - timedelta(hours=3), "Site of CAM-01")
    assert last_entry().action == "search.page"


def test_reads_of_another_state_are_left_out_and_unknown_ones_are_not(detective):
    for state in ("CA", "NV", ""):
        make.detection(at=NOON - timedelta(hours=1), state=state)
    assert enter(detective, state="CA").look_back.search.result_count == 2


def test_where_there_is_no_case_the_search_names_the_xref(detective):
    search = enter(detective, case_number="", xref="AB1234").look_back.search
    assert (search.case_number, search.reason) == ("", f"{REASON} (XREF AB1234)")
    long = enter(detective, plate="0DEM124", case_number="", xref="AB1234", reason="stolen last night " * 27)
    assert len(long.look_back.search.reason) <= 500


def test_a_search_that_needs_a_case_number_is_not_run_without_one(detective):
    elk_grove()
    entered = enter(detective, case_number="", xref="AB1234")
    assert code(entered) == "query.case_missing"
    assert entered.look_back.refused.record_index == last_entry().index
    assert enter(detective, plate="0DEM124").look_back.search.purpose == "stolen_vehicle"


def test_one_who_may_not_search_gets_no_look_back(administrator):
    make.detection(at=NOON - timedelta(hours=1))
    entered = enter(administrator)
    assert code(entered) == "access.role"
    assert "search reads" in entered.look_back.refused.refusal.reason


def test_without_the_persons_word_nothing_is_searched(detective):
    assert code(enter(detective, attested=False)) == "search.attestation"
    assert not Search.objects.exists()


def test_an_other_use_waits_for_its_review(detective):
    assert code(enter(detective, category="other")) == "query.review_missing"


@pytest.mark.parametrize("category", HotPlate.Category.values)
@pytest.mark.parametrize("profile", ["sacpd_525_08", "egpd_462"])
def test_every_category_has_a_purpose_of_the_policy(category, profile):
    assert policy.load(profile).purpose(purpose_of(category, policy.load(profile)))


def test_a_partial_plate_is_looked_for_by_what_is_known_of_it(detective):
    elk_grove()
    make.detection("0DEM123", at=NOON - timedelta(hours=1))
    make.detection("0DXM1234", at=NOON - timedelta(hours=1))
    entered = enter(detective, plate="0D?M1?3", incident_number="26-900", category="violent_crime")
    assert (entered.entry.partial, entered.look_back.search.result_count) == (True, 1)


def test_a_wide_partial_plate_needs_its_approval_first(detective, monkeypatch):
    elk_grove()
    own = policy.load("egpd_462")
    few = replace(own["search.wide.known_characters"], value=6)
    strict = replace(own, values=own.values | {few.key: few})
    monkeypatch.setattr(policy, "in_force", lambda at: strict)
    entered = enter(detective, plate="0D?M1?3", incident_number="26-900", category="violent_crime")
    assert code(entered) == "search.wide"
    assert "approval" in entered.look_back.refused.refusal.next_step


@pytest.mark.parametrize("error", [SearchTooSlow(), OperationalError("lost")])
def test_a_search_that_fails_never_costs_the_entry(detective, monkeypatch, error, caplog):
    def fail(**_):
        raise error

    monkeypatch.setattr(look_back, "run_search", fail)
    entered = enter(detective)
    assert HotPlate.objects.filter(pk=entered.entry.pk).exists()
    assert entered.look_back.trouble
    assert (entered.look_back.search, entered.look_back.refused) == (None, None)
    assert "0DEM123" not in caplog.text


def test_a_refused_entry_is_not_looked_back_for(detective):
    with pytest.raises(Refused) as caught:
        enter(detective, reason="x")
    assert caught.value.refusal.code.startswith("hot_plate.reason")
    assert not Search.objects.exists()
    assert not LedgerEntry.objects.filter(action="search.run").exists()


def test_where_the_policy_names_no_look_back_there_is_none(detective, monkeypatch):
    silent = policy.load("sacpd_525_08")
    values = {key: value for key, value in silent.values.items() if key != "hotplate.look_back"}
    monkeypatch.setattr(policy, "in_force", lambda at: replace(silent, values=values))
    assert enter(detective).look_back is None
    assert not Search.objects.exists()


def typed(**changes):
    facts = {"plate": "0DEM123", "category": "stolen_vehicle", "case_number": "26-123456", "life": "24"}
    return facts | {"reason": REASON, "hot_list": make.hot_list().pk, "state": "CA", "attested": "on"} | changes


def test_the_page_after_an_entry_tells_how_often_where_and_when(detective, signed_in):
    seen = timezone.now() - timedelta(hours=2)
    make.detection(at=seen)
    answer = signed_in(detective).post("/hot-plates/enter/", typed(), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("/entered/")
    assert "Seen 1 time in the last 7 days." in page
    assert "Site of CAM-01" in page
    assert f"/search/{Search.objects.get().pk}/" in page
    assert "look-alikes are not" in page


def test_the_page_tells_a_refused_look_back_with_its_clause(detective, signed_in):
    page = signed_in(detective).post("/hot-plates/enter/", typed(attested=""), follow=True).content.decode()
    assert "search.attestation" in page
    assert "Hot plate entered" in page
    assert HotPlate.objects.count() == 1


def test_the_page_of_another_entry_tells_no_look_back(detective, signed_in):
    client = signed_in(detective)
    client.post("/hot-plates/enter/", typed())
    other = make.hot_plate("0DEM900", at=timezone.now())
    assert "Looking back" not in client.get(f"/hot-plates/{other.pk}/entered/").content.decode()


def test_somebody_elses_entry_page_shows_none_of_their_search(detective, officer, signed_in):
    signed_in(detective).post("/hot-plates/enter/", typed())
    entry = HotPlate.objects.get()
    assert "Looking back" not in signed_in(officer).get(f"/hot-plates/{entry.pk}/entered/").content.decode()


def test_the_form_asks_for_the_word_only_of_those_who_may_search(detective, administrator, signed_in):
    page = signed_in(detective).get("/hot-plates/enter/").content.decode()
    assert page.count('name="attested"') == 1
    assert "which is a search on record" in page
    assert "attested" not in signed_in(administrator).get("/hot-plates/enter/").context["form"].fields


def test_the_api_answers_with_the_look_back(detective, signed_in):
    make.detection(at=timezone.now() - timedelta(hours=2))
    body = {
        "hot_list": make.hot_list().pk, "plate": "0DEM123", "category": "stolen_vehicle",
        "case_number": "26-123456", "reason": REASON, "life_hours": 24, "attested": True,
    }  # fmt: skip
    client = signed_in(detective)
    answer = client.post("/api/v1/hot-plates/", body, content_type="application/json")
    assert answer.status_code == 201
    told = answer.json()["look_back"]
    assert (told["search"], told["count"], told["more"]) == (str(Search.objects.get().pk), 1, False)
    assert client.get(f"/api/v1/searches/{told['search']}/").status_code == 200
    without = client.post("/api/v1/hot-plates/", body | {"plate": "0DEM124", "attested": False}, "application/json")
    told = without.json()["look_back"]
    assert (told["search"], told["count"], told["refusal"]["code"]) == (None, None, "search.attestation")


def test_administration_enters_by_the_same_verb(administrator, detective, signed_in):
    client = signed_in(administrator)
    assert client.get("/admin/hotlists/hotplate/add/").status_code == 200
    refused = client.post("/admin/hotlists/hotplate/add/", typed(case_number=""))
    assert refused.status_code == 403
    assert "hot_plate.case_missing" in refused.content.decode()
    page = client.post("/admin/hotlists/hotplate/add/", typed(), follow=True).content.decode()
    assert "access.role" in page
    assert HotPlate.objects.get().entered_by == administrator
    assert signed_in(detective).get("/admin/hotlists/hotplate/add/").status_code in (302, 403)
