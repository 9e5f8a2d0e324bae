"""The rules of hot plates, as tables of cases: no database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from audit import policy
from hotlists import rules
from hotlists.models import HotList, HotPlate
from tests.make import NOON

SACRAMENTO = policy.load("sacpd_525_08")
ELK_GROVE = policy.load("egpd_462")
DAY = timedelta(hours=24)
PACIFIC = ZoneInfo("America/Los_Angeles")


def code(refusal):
    return refusal.code if refusal else None


@pytest.mark.parametrize(
    ("case_number", "xref", "expected"),
    [
        ("26-123456", "", None),
        ("2026-123", "", None),
        ("", "AB1234", None),
        ("", "1234", None),
        ("", "", "hot_plate.case_missing"),
        ("26-123456", "AB1234", "hot_plate.case_and_xref"),
        ("123456", "", "hot_plate.case_form"),
        ("26-12", "", "hot_plate.case_form"),
        ("26-123456\n", "", "hot_plate.case_form"),
        ("", "123", "hot_plate.xref_form"),
        ("", "A" * 13, "hot_plate.xref_form"),
        ("", "AB-1234", "hot_plate.xref_form"),
        ("", "АВ1234", "hot_plate.xref_form"),  # Cyrillic
    ],
)
def test_an_entry_has_exactly_one_of_case_number_and_xref(case_number, xref, expected):
    assert code(rules.refuse_case(case_number, xref, SACRAMENTO)) == expected


def test_a_missing_case_is_refused_with_the_clause_of_the_profile_in_force():
    assert rules.refuse_case("", "", SACRAMENTO).citation.section == "E.1.a"
    assert rules.refuse_case("", "", ELK_GROVE).citation.section == "Access Policy"
    assert rules.refuse_case("26-123456", "AB1234", SACRAMENTO).citation.section == "E.1.a(1)"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Stolen from the Elm Street garage", None),
        ("Driver fled a collision on J Street", None),
        ("", "hot_plate.reason_missing"),
        ("  \n ", "hot_plate.reason_missing"),
        ("investigation", "hot_plate.reason_vague"),
        ("stolen vehicle", "hot_plate.reason_vague"),
        ("wanted stolen vehicle stop", "hot_plate.reason_vague"),
        ("Checking for immigration status of driver", "query.prohibited"),
        ("This is my ex and her new car", "query.prohibited"),
    ],
)
def test_a_reason_says_what_happened_and_is_no_forbidden_one(reason, expected):
    refusal = rules.refuse_reason(reason, SACRAMENTO)
    assert code(refusal) == expected
    if expected and expected.startswith("hot_plate"):
        assert refusal.citation.section == "E.1.b"


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (timedelta(microseconds=1), None),
        (DAY, None),
        (DAY + timedelta(microseconds=1), "hot_plate.life"),
        (DAY + timedelta(milliseconds=1), "hot_plate.life"),
        (timedelta(0), "hot_plate.life"),
        (timedelta(hours=-1), "hot_plate.life"),
    ],
)
def test_a_hot_plate_lives_24_hours_and_not_a_microsecond_longer(life, expected):
    refusal = rules.refuse_life(NOON, NOON + life, SACRAMENTO)
    assert code(refusal) == expected
    if refusal:
        assert refusal.citation.section == "E.2"


@pytest.mark.parametrize(
    ("evening", "hours_of_the_night"),
    [
        (datetime(2026, 10, 31, 20, 0, tzinfo=PACIFIC), 25),  # summer time ends on 1 November
        (datetime(2027, 3, 13, 20, 0, tzinfo=PACIFIC), 23),  # and begins on 14 March
    ],
)
def test_the_clock_counts_elapsed_hours_through_the_night_of_the_time_change(evening, hours_of_the_night):
    by_the_wall = evening + DAY
    elapsed = by_the_wall.astimezone(UTC) - evening.astimezone(UTC)
    assert elapsed == timedelta(hours=hours_of_the_night)
    expected = "hot_plate.life" if hours_of_the_night > 24 else None
    assert code(rules.refuse_life(evening, by_the_wall, SACRAMENTO)) == expected
    assert rules.refuse_life(evening, evening.astimezone(UTC) + DAY, SACRAMENTO) is None


def test_a_profile_without_a_longest_life_sets_none():
    assert rules.longest_life(ELK_GROVE) is None
    assert rules.refuse_life(NOON, NOON + timedelta(days=30), ELK_GROVE) is None


def test_an_entry_number_names_its_system():
    assert code(rules.refuse_system("", "123", SACRAMENTO)) == "hot_plate.system_missing"
    assert rules.refuse_system("SVS", "123", SACRAMENTO) is None
    assert rules.refuse_system("", "", SACRAMENTO) is None


def test_only_an_ordinary_list_under_sacramentos_order_wants_the_state_entry():
    ordinary, special = HotList(kind=HotList.Kind.ORDINARY), HotList(kind=HotList.Kind.SPECIAL)
    assert rules.wants_system(ordinary, SACRAMENTO)
    assert not rules.wants_system(special, SACRAMENTO)
    assert not rules.wants_system(ordinary, ELK_GROVE)


@pytest.mark.parametrize(
    ("fields", "reason", "renewed", "expected"),
    [
        ({}, "Seen again near the Elm Street garage", False, None),
        ({}, "stolen from THE elm street garage ", False, "hot_plate.same_reason"),
        ({}, "more", False, "hot_plate.reason_vague"),
        ({}, "Seen again near the Elm Street garage", True, "hot_plate.not_renewable"),
        ({"withdrawn_at": NOON}, "Seen again near the Elm Street garage", False, "hot_plate.not_renewable"),
    ],
)
def test_a_renewal_is_once_and_for_a_new_reason(fields, reason, renewed, expected):
    entry = HotPlate(reason="Stolen from the Elm Street garage", expires_at=NOON, **fields)
    assert code(rules.refuse_renewal(entry, reason, renewed, NOON, SACRAMENTO)) == expected


def test_a_special_list_is_closed_with_its_clause():
    refusal = rules.refuse_audience(False, SACRAMENTO)
    assert (refusal.code, refusal.citation.section) == ("hot_plate.list_closed", "I.2")
    assert rules.refuse_audience(True, SACRAMENTO) is None
