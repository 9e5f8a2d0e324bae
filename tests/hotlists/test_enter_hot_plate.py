"""Entering a hot plate: E.1, E.2, the list's audience, and one record each time."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from guardian.shortcuts import assign_perm

from audit.models import LedgerEntry, PolicyActivation
from audit.refusals import Refused
from hotlists import operations
from hotlists.models import HotPlate
from tests import make
from tests.hotlists.importing import imported
from tests.make import NOON

DAY = timedelta(hours=24)
PACIFIC = ZoneInfo("America/Los_Angeles")


def refused(wanted, by, at=NOON):
    before = HotPlate.objects.count()
    with pytest.raises(Refused) as caught:
        operations.enter_hot_plate(wanted, by=make.by(by), at=at)
    assert HotPlate.objects.count() == before
    record = LedgerEntry.objects.get(index=caught.value.record_index)
    assert (record.action, record.outcome, record.rule_code) == (
        "hot_plate.enter",
        "refused",
        caught.value.refusal.code,
    )
    return caught.value.refusal.code


def test_an_entry_stands_with_its_clock_and_its_record(detective, wanted, last_record):
    entry = operations.enter_hot_plate(wanted(plate=" 0dem-123 ", state="CA"), by=make.by(detective), at=NOON)
    entry.refresh_from_db()
    assert (entry.plate, entry.state, entry.entered_by) == ("0DEM123", "CA", detective)
    assert (entry.effective_from, entry.expires_at) == (NOON, NOON + DAY)
    assert entry.profile == "sacpd_525_08@2024-06-13"
    assert entry.max_ttl_applies
    record = last_record()
    assert (record.action, record.outcome) == ("hot_plate.enter", "allowed")
    assert (record.subject_type, record.subject_id, record.username) == ("hot_plate", str(entry.pk), "detective")
    assert json.loads(record.clear.query) == {"plate": " 0dem-123 "}
    assert record.clear.case_number == "26-123456"
    history = entry.history.get()
    assert (history.history_user, history.history_change_reason) == (detective, "Entered")


def test_without_a_case_the_xref_serves_and_is_kept_in_capitals(detective, wanted):
    entry = operations.enter_hot_plate(wanted(case_number="", xref="ab1234"), by=make.by(detective), at=NOON)
    assert (entry.case_number, entry.xref) == ("", "AB1234")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case_number": ""}, "hot_plate.case_missing"),
        ({"xref": "AB1234"}, "hot_plate.case_and_xref"),
        ({"case_number": "26"}, "hot_plate.case_form"),
        ({"case_number": "", "xref": "12"}, "hot_plate.xref_form"),
        ({"reason": ""}, "hot_plate.reason_missing"),
        ({"reason": "bolo"}, "hot_plate.reason_vague"),
        ({"reason": "Checking for immigration status"}, "query.prohibited"),
        ({"life": DAY + timedelta(milliseconds=1)}, "hot_plate.life"),
        ({"life": timedelta(0)}, "hot_plate.life"),
        ({"plate": "0DЕM123"}, "hot_plate.plate_form"),  # Cyrillic Е
        ({"plate": "0DEM12345"}, "hot_plate.plate_form"),
        ({"plate": ""}, "hot_plate.plate_form"),
        ({"system_entry_number": "7"}, "hot_plate.system_missing"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_rule_and_nothing_is_stored(detective, wanted, changes, code):
    assert refused(wanted(**changes), detective) == code


def test_an_untrained_officer_enters_nothing(untrained, wanted):
    assert refused(wanted(), untrained) == "access.training"


def test_a_dispatcher_enters_nothing(dispatcher, wanted):
    assert refused(wanted(), dispatcher) == "access.role"


def test_a_plate_is_live_once_on_a_list_and_the_refusal_says_whose_it_is(detective, officer, wanted):
    operations.enter_hot_plate(wanted(), by=make.by(detective), at=NOON)
    with pytest.raises(Refused, match="detective #2001") as caught:
        operations.enter_hot_plate(wanted(case_number="26-999999"), by=make.by(officer), at=NOON)
    assert caught.value.refusal.code == "hot_plate.duplicate"
    assert "0DEM123" not in str(caught.value.as_dict())


def test_the_same_plate_may_be_entered_again_at_the_instant_the_first_ends(detective, wanted):
    first = operations.enter_hot_plate(wanted(), by=make.by(detective), at=NOON)
    assert refused(wanted(), detective, NOON + DAY - timedelta(microseconds=1)) == "hot_plate.duplicate"
    again = operations.enter_hot_plate(wanted(), by=make.by(detective), at=NOON + DAY)
    assert set(HotPlate.objects.active(NOON + DAY)) == {again}
    assert first.expires_at == again.effective_from


def test_the_same_plate_may_be_live_on_two_lists(detective, wanted):
    operations.enter_hot_plate(wanted(), by=make.by(detective), at=NOON)
    other = make.hot_list("Robbery crew")
    operations.enter_hot_plate(wanted(hot_list_id=other.pk), by=make.by(detective), at=NOON)
    assert HotPlate.objects.active(NOON).count() == 2


def test_a_special_list_takes_entries_only_of_those_it_is_open_to(detective, wanted, special_list):
    assert refused(wanted(hot_list_id=special_list.pk), detective) == "hot_plate.list_closed"
    assign_perm("see_hits", detective, special_list)
    asked = wanted(hot_list_id=special_list.pk, not_listed_why="Neither stolen nor wanted")
    operations.enter_hot_plate(asked, by=make.by(detective), at=NOON)


@pytest.mark.parametrize("why", ["", "unknown", "not wanted", "- - -"])
def test_an_entry_on_a_special_list_says_why_it_is_in_neither_system(detective, wanted, special_list, why):
    assign_perm("see_hits", detective, special_list)
    assert refused(wanted(hot_list_id=special_list.pk, not_listed_why=why), detective) == "hot_plate.not_listed_why"


def test_24_hours_are_24_hours_on_the_night_summer_time_ends(detective, wanted):
    evening = datetime(2026, 10, 31, 20, 0, tzinfo=PACIFIC)
    entry = operations.enter_hot_plate(wanted(), by=make.by(detective), at=evening)
    entry.refresh_from_db()
    assert entry.expires_at - entry.effective_from == DAY
    assert entry.expires_at.astimezone(PACIFIC).hour == 19
    assert HotPlate.objects.active(entry.expires_at - timedelta(microseconds=1)).exists()
    assert not HotPlate.objects.active(entry.expires_at).exists()


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
@pytest.mark.parametrize(("life", "stands"), [(DAY, True), (DAY + timedelta(milliseconds=1), False)])
def test_the_table_itself_refuses_a_life_beyond_24_elapsed_hours_in_any_session_zone(detective, zone, life, stands):
    evening = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)  # the 25-hour day in California begins
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        if stands:
            make.hot_plate(entered_by=detective, effective_from=evening, expires_at=evening + life)
        else:
            with pytest.raises(IntegrityError, match="hot_plate_at_most_24_hours"), transaction.atomic():
                make.hot_plate(entered_by=detective, effective_from=evening, expires_at=evening + life)
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")


@pytest.mark.parametrize(("case_number", "xref"), [("", ""), ("26-123456", "AB1234")])
def test_the_table_itself_wants_exactly_one_of_case_and_xref(detective, case_number, xref):
    with pytest.raises(IntegrityError, match="hot_plate_case_xor_xref"), transaction.atomic():
        make.hot_plate(entered_by=detective, case_number=case_number, xref=xref)


def test_under_elk_groves_policy_no_cap_applies_and_its_own_clause_wants_the_case(detective, wanted):
    PolicyActivation.objects.create(profile="egpd_462", version="1", effective_from=NOON - DAY, activated_by=detective)
    entry = operations.enter_hot_plate(wanted(life=timedelta(hours=48)), by=make.by(detective), at=NOON)
    assert not entry.max_ttl_applies
    with pytest.raises(Refused) as caught:
        operations.enter_hot_plate(wanted(plate="0DEM124", case_number=""), by=make.by(detective), at=NOON)
    assert caught.value.refusal.citation.section == "Access Policy"


@pytest.mark.parametrize(
    ("first", "second", "stands"), [("CA", "NV", True), ("CA", "CA", False), ("CA", "", False), ("", "NV", False)]
)
def test_a_plate_of_another_state_is_another_vehicle(detective, wanted, first, second, stands):
    operations.enter_hot_plate(wanted(state=first), by=make.by(detective), at=NOON)
    if stands:
        operations.enter_hot_plate(wanted(state=second), by=make.by(detective), at=NOON)
    else:
        with pytest.raises(Refused) as caught:
            operations.enter_hot_plate(wanted(state=second), by=make.by(detective), at=NOON)
        assert caught.value.refusal.code == "hot_plate.duplicate"


def test_a_row_of_an_imported_list_stands_in_nobodys_way(detective, wanted, own_list):
    imported("0DEM123", hot_list=own_list)
    operations.enter_hot_plate(wanted(), by=make.by(detective), at=NOON)


def test_the_system_entry_is_kept_with_who_noted_it_and_when(detective, wanted):
    asked = wanted(system="SVS", system_entry_number=" 4711 ")
    entry = operations.enter_hot_plate(asked, by=make.by(detective), at=NOON)
    entry.refresh_from_db()
    assert (entry.system, entry.system_entry_number) == ("SVS", "4711")
    assert (entry.system_entered_at, entry.system_entered_by) == (NOON, detective)
