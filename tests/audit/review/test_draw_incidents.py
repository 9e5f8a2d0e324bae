"""What went unseen elsewhere is seen here: incidents of the past (security.md, section 6) acted out on the ledger."""

from datetime import date, timedelta

import pytest

from audit.models import CaseAssignment, CaseFile, MemberPlate, Shift
from audit.registers.member_plates import digest_of
from tests import make
from tests.audit.review import elsewhere, past
from tests.audit.review.drawing import END, START, drawn, flagged, flags_of
from tests.make import NOON

pytestmark = pytest.mark.usefixtures("papers")
DAY = timedelta(days=1)


@pytest.fixture
def honest(detective):
    """A colleague who does her work all the while: nothing she asks is flagged."""
    for number in range(8):
        past.search(detective, START + number * DAY, f"0HON{number:03}", reason=f"robbery {number} on Elm Street")
    return detective


def case(number="26-123456", *, opened=date(2026, 1, 1), closed=None):
    return CaseFile.objects.create(number=number, opened_on=opened, closed_on=closed, taken_in_at=END)


def test_2_a_password_that_a_stranger_used(officer, honest, administrator):
    """Palos Heights: an agent of the DEA searched with an officer's password while the officer was at work."""
    at = START + 9 * DAY
    past.record(officer, at, "session.sign_in", address="10.0.0.5", session="")
    own = past.search(officer, at + timedelta(minutes=20), "0DEM001")
    strange = past.search(
        officer,
        at + timedelta(minutes=24),
        "0DEM002",
        address="172.16.4.4",
        session="ffff0000",
        reason="immigration violation",
    )
    later = past.search(officer, at + timedelta(hours=3), "0DEM003", address="172.16.4.4", session="ffff0000")
    drawn(administrator)
    within = "within 4 minutes; two addresses within 15 minutes are flagged."
    assert flags_of(own) == {"two_places": f"The account was used from 10.0.0.5 and 172.16.4.4 {within}"}
    assert flags_of(strange)["two_places"] == f"The account was used from 172.16.4.4 and 10.0.0.5 {within}"
    assert flags_of(strange)["prohibited_words"] == (
        "“immigration” points to a forbidden use: immigration enforcement (SPD General Order 525.08, C.5)."
    )
    assert flags_of(later) == {}
    assert flagged("two_places") == {"officer"}


def test_2_a_sign_in_from_elsewhere_is_enough(officer, administrator):
    at = START + 9 * DAY
    own = past.search(officer, at, "0DEM001")
    past.record(officer, at + timedelta(minutes=3), "session.sign_in", address="172.16.4.4", session="")
    drawn(administrator)
    assert set(flags_of(own)) == {"two_places"}


def test_10_a_chief_who_followed_his_former_girlfriend(officer, honest, administrator):
    """Sedgwick: 164 searches for one plate and 64 for another, with reasons that sound like work."""
    reasons = ("missing child last seen", "drug investigation on Main", "narcotics activity near school")
    case()
    first = [
        past.search(officer, START + n * timedelta(hours=4), "0EX0123", reason=reasons[n % 3], case_number="")
        for n in range(164)
    ]
    second = [
        past.search(
            officer,
            START + n * timedelta(hours=4, minutes=1),
            "0EX0999",
            reason=reasons[n % 3],
            case_number="26-999999",
        )
        for n in range(64)
    ]
    drawn(administrator)
    assert flagged("repeat_plate") == {"officer"}
    assert all("repeat_plate" not in flags_of(entry) for entry in first[:5])
    assert all("repeat_plate" in flags_of(entry) for entry in first[5:] + second[5:])
    assert flags_of(first[-1])["repeat_plate"] == (
        "164 queries for one plate in 27 days; more than 5 in 30 days are flagged."
    )
    assert flags_of(second[0])["case_unknown"] == "The case number is not in the register of cases."


def test_10_what_was_asked_before_the_period_counts(officer, administrator):
    for n in range(5):
        past.search(officer, START - n * DAY - DAY, "0EX0123")
    entry = past.search(officer, START + DAY, "0EX0123")
    long_after = past.search(officer, START + 29 * DAY, "0EX0999")
    drawn(administrator)
    assert flags_of(entry) == {"repeat_plate": "6 queries for one plate in 6 days; more than 5 in 30 days are flagged."}
    assert flags_of(long_after) == {}


def test_11_a_lieutenant_who_followed_his_wife(officer, honest, administrator):
    """Kechi: the plate of the household, asked for off duty; the colleague who asks for it is told apart."""
    MemberPlate.objects.create(
        user=officer, digest=digest_of("0WIFE01"), relation="household", added_by=administrator, added_at=START
    )
    for number in range(30):
        start = START + number * DAY
        Shift.objects.create(user=officer, starts_at=start, ends_at=start + timedelta(hours=10))
    on_duty = past.search(officer, START + 2 * DAY + timedelta(hours=3), "0wife-01")
    off_duty = past.search(officer, START + 3 * DAY + timedelta(hours=13), "0DEM001")
    colleague = past.search(honest, START + 4 * DAY, "0WIFE01")
    packed = past.record(officer, START + 5 * DAY, "evidence.package", query={"plates": ["0DEM555", "0WIFE01"]})
    drawn(administrator)
    household = "The plate is on file as a vehicle of the person's household."
    assert flags_of(on_duty) == {"household_plate": household}
    assert flags_of(off_duty) == {"off_shift": "Outside of duty hours: 3 hours from the nearest."}
    assert flags_of(colleague) == {
        "colleague_plate": "The plate is on file as the vehicle of another member or of their household."
    }
    assert flags_of(packed) == {"household_plate": household}
    assert flagged("off_shift") == {"officer"}, "of the others no duty hours are on file, and that flags nobody"


def test_11_ones_own_plate(officer, administrator):
    MemberPlate.objects.create(
        user=officer, digest=digest_of("0OWN001"), relation="own", added_by=administrator, added_at=START
    )
    ended = MemberPlate.objects.create(
        user=officer, digest=digest_of("0OLD001"), relation="own", added_by=administrator, added_at=START
    )
    ended.ended_at = START
    ended.save()
    own = past.search(officer, START + DAY, "0OWN001", outcome="refused", rule_code="query.own_plate", citation="B.1")
    old = past.search(officer, START + DAY, "0OLD001")
    drawn(administrator)
    assert flags_of(own) == {"own_plate": "The plate is on file as the person's own vehicle."}
    assert flags_of(old) == {}


def test_12_one_word_for_all_of_it(officer, honest, administrator):
    """Milwaukee: 179 searches, each for “investigation”. Our gate refuses that; another system's does not."""
    theirs = [
        elsewhere.query(START + n * timedelta(hours=4), officer, plate=f"0MIL{n % 2:03}", reason="investigation")
        for n in range(179)
    ]
    ours = past.search(
        officer, START + DAY, "0DEM001", reason="investigation", outcome="refused",
        rule_code="query.reason_vague", citation="Civil Code",
    )  # fmt: skip
    silent = elsewhere.query(START + 2 * DAY, None, plate="0DEM002", reason="")
    drawn(administrator)
    assert all(flags_of(query)["vague_reason"] == "“investigation” does not say what this is for." for query in theirs)
    assert flags_of(theirs[-1])["repeat_plate"].startswith("90 queries for one plate in 30 days;")
    assert flags_of(silent)["vague_reason"] == "No reason is given."
    assert flags_of(ours) == {}, "the gate stopped it already"
    assert flagged("vague_reason") == {"officer", "learn-7"}


def test_14_queries_without_an_incident(officer, honest, administrator):
    """Riverside: pet names instead of incidents, and cases that are nobody's, closed, or somebody else's."""
    case()
    case("26-000002", closed=date(2026, 3, 1))
    others = case("26-000003")
    CaseAssignment.objects.create(case=others, user=honest, starts_at=make.LONG_AGO)
    own = case("26-000004")
    CaseAssignment.objects.create(case=own, user=officer, starts_at=make.LONG_AGO)
    CaseAssignment.objects.create(case=own, user=honest, starts_at=make.LONG_AGO)
    asked = {
        number: past.search(officer, START + n * DAY, f"0RIV{n:03}", case_number=number)
        for n, number in enumerate(["26-123456", "26-000001", "26-000002", "26-000003", "26-000004", ""])
    }
    playful = elsewhere.query(START + DAY, officer, plate="0RIV777", reason="cookiesandcream", case_number="")
    drawn(administrator)
    assert {number: list(flags_of(entry)) for number, entry in asked.items()} == {
        "26-123456": [],
        "26-000001": ["case_unknown"],
        "26-000002": ["case_closed"],
        "26-000003": ["case_of_others"],
        "26-000004": [],
        "": [],
    }
    assert list(flags_of(playful)) == ["vague_reason"]
    closed, other = flags_of(asked["26-000002"]), flags_of(asked["26-000003"])
    assert closed["case_closed"] == "The case was closed on the day of the query."
    assert other["case_of_others"] == (
        "The case was assigned to others on the day of the query, and not to this person."
    )


def test_14_a_case_that_the_register_cannot_know_yet_flags_nobody(officer, administrator):
    CaseFile.objects.create(number="26-123456", opened_on=date(2026, 1, 1), taken_in_at=START + DAY)
    early = past.search(officer, START, "0DEM001", case_number="26-000009")
    late = past.search(officer, START + 2 * DAY, "0DEM002", case_number="26-000009")
    done = drawn(administrator)
    assert (list(flags_of(early)), list(flags_of(late))) == (["case_unknown"], [])
    assert done.settings_used["registers"]["cases_taken_in_at"] == (START + DAY).isoformat()


def test_17_as_vague_as_permissible(officer, honest, administrator):
    """A bulletin's advice: the same empty words for everything, and far more of it on one day."""
    at = START + 20 * DAY
    for n in range(6):
        past.search(officer, at - DAY - timedelta(minutes=n), f"0BEF{n:03}", reason=f"burglary {n} on Elm Street")
    many = [
        past.search(officer, at + timedelta(minutes=n), f"0VAG{n:03}", reason="Ongoing Operation  of this unit")
        for n in range(20)
    ]
    drawn(administrator)
    assert flags_of(many[0]) == {
        "copied_reason": "The same words for 20 different plates in one day; more than 5 are flagged.",
        "sudden_volume": "20 queries that day; the busiest of the 28 days before had 6 queries."
        " From 20 on, more than 3 times as many are flagged.",
    }
    assert all(flags_of(entry).keys() == {"copied_reason", "sudden_volume"} for entry in many)
    assert flagged("sudden_volume") == flagged("copied_reason") == {"officer"}


def test_17_a_busy_day_among_busy_days_is_none(officer, administrator):
    for day in range(3):
        for n in range(20):
            past.search(
                officer,
                START + (5 + day) * DAY + timedelta(minutes=n),
                f"0B{day}D{n:03}",
                reason=f"theft {day} {n} Elm",
            )
    drawn(administrator)
    assert flagged("sudden_volume") == {"officer"}
    first_day = past.LedgerEntry.objects.get(index=0)
    last_day = past.LedgerEntry.objects.get(index=59)
    assert "sudden_volume" in flags_of(first_day)
    assert "sudden_volume" not in flags_of(last_day)


def test_without_registers_nobody_is_flagged_by_them_and_the_report_can_say_so(officer, administrator):
    entry = past.search(officer, NOON - DAY, "0DEM001", case_number="26-777777")
    done = drawn(administrator)
    assert flags_of(entry) == {}
    assert done.settings_used["registers"] == {
        "cases": 0,
        "cases_taken_in_at": None,
        "people_with_duty_hours": 0,
        "member_plates": 0,
    }
