"""A register's file is taken in whole or not at all, and what is wrong is named by line and column."""

from datetime import UTC, date, datetime, timedelta

import pytest

from audit.models import CaseFile, LedgerEntry, Shift
from audit.refusals import Refused
from audit.registers import rows
from audit.registers.case_book import case_book
from audit.registers.duty_hours import duty_hours
from audit.registers.keeping import Register, overview, take_in
from audit.registers.rows import BadRows
from audit.text_files import Unfit
from tests import make
from tests.make import NOON

HEAD = "number,opened,closed,assigned,assigned_from,assigned_until\n"


def cases(administrator, text):
    return take_in(Register.CASES, (HEAD + text).encode(), by=make.by(administrator), at=NOON)


def hours(administrator, text):
    return take_in(Register.DUTY_HOURS, ("user,starts,ends\n" + text).encode(), by=make.by(administrator), at=NOON)


def test_cases_come_in_with_who_works_on_them(administrator, officer, detective):
    text = "26-000001,2026-01-05,,officer,,\n26-000001,2026-01-05,,detective,2026-02-01,2026-03-01\n"
    text += "26-000002,2026-01-06,2026-02-01,,,\n"
    assert cases(administrator, text) == 2
    one = CaseFile.objects.get(number="26-000001")
    assert (one.opened_on, one.closed_on, one.taken_in_at) == (date(2026, 1, 5), None, NOON)
    found = {(row.user.username, row.starts_at, row.ends_at) for row in one.assignments.all()}
    assert found == {
        ("officer", datetime(2026, 1, 5, 8, tzinfo=UTC), None),
        ("detective", datetime(2026, 2, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 8, tzinfo=UTC)),
    }
    record = LedgerEntry.objects.get(action="register.take_in")
    assert (record.subject_id, record.result_count) == ("cases", 2)


def test_a_case_in_a_later_file_is_as_that_file_says(administrator, officer, detective):
    cases(administrator, "26-000001,2026-01-05,,officer,,\n26-000002,2026-01-05,,officer,,\n")
    cases(administrator, "26-000001,2026-01-05,2026-04-01,detective,,\n")
    assert {c.number: c.closed_on for c in CaseFile.objects.all()} == {
        "26-000001": date(2026, 4, 1),
        "26-000002": None,
    }
    assert [a.user.username for a in CaseFile.objects.get(number="26-000001").assignments.all()] == ["detective"]


def test_one_wrong_row_keeps_the_whole_file_out_and_is_named(administrator, officer):
    text = "26-000001,2026-01-05,,officer,,\nnonsense,2026-13-40,,nobody,,\n26-000003,2026-02-01,2026-01-01,officer,,\n"
    with pytest.raises(BadRows) as bad:
        cases(administrator, text)
    assert [(fault.line, fault.column) for fault in bad.value.faults] == [
        (3, "number"), (3, "opened"), (3, "assigned"), (4, "closed"),
    ]  # fmt: skip
    assert bad.value.faults[2].why == "Nobody of the user name “nobody” is known."
    assert not CaseFile.objects.exists()
    assert LedgerEntry.objects.get(action="register.take_in").outcome == "failed"


def test_two_rows_may_not_say_different_days_of_one_case(administrator, officer):
    with pytest.raises(BadRows) as bad:
        cases(administrator, "26-000001,2026-01-05,,officer,,\n26-000001,2026-01-06,,officer,,\n")
    assert bad.value.faults[0].why == "Line 2 says other days for this case."


def test_duty_hours_are_times_of_the_agencys_zone(administrator, officer):
    assert (
        hours(
            administrator,
            "officer,2026-06-16 07:00,2026-06-16 17:00\nofficer,2026-06-17 07:00+00:00,2026-06-17 09:00Z\n",
        )
        == 2
    )
    first = Shift.objects.order_by("starts_at").first()
    assert first.starts_at == datetime(2026, 6, 16, 14, tzinfo=UTC)
    hours(administrator, "officer,2026-06-16 07:00,2026-06-16 19:00\n")
    assert Shift.objects.count() == 2
    assert Shift.objects.order_by("starts_at").first().ends_at == datetime(2026, 6, 17, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("officer,2026-11-01 01:30,2026-11-01 09:00", "starts"),
        ("officer,2026-06-16 07:00,2026-06-16 07:00", "ends"),
        ("officer,2026-06-16 07:00,2026-06-19 07:00", "ends"),
        ("officer,yesterday,2026-06-19 07:00", "starts"),
        (",2026-06-16 07:00,2026-06-16 09:00", "user"),
        ("officer,2026-06-16 07:00", ""),
    ],
)
def test_duty_hours_that_make_no_sense_are_named(administrator, officer, row, column):
    with pytest.raises(BadRows) as bad:
        hours(administrator, row + "\n")
    assert (bad.value.faults[0].line, bad.value.faults[0].column) == (2, column)
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b"PK\x03\x04zip", "file.packed"),
        (b"user,starts\n", "file.columns"),
        (b"user,starts,ends,ends\n", "file.columns"),
        (b"user,starts,ends,shoe\n", "file.columns"),
        (b"user,starts,ends\nof\xff,a,b\n", "file.encoding"),
        (b'user,starts,ends\n"officer,a,b\n', "file.csv"),
        (b"user\0,starts,ends\n", "file.nul"),
    ],
)
def test_what_is_no_such_file_is_not_taken_in(administrator, data, code):
    with pytest.raises(Unfit) as unfit:
        take_in(Register.DUTY_HOURS, data, by=make.by(administrator), at=NOON)
    assert unfit.value.code == code


def test_a_file_has_a_size_and_a_number_of_rows(administrator, officer, monkeypatch):
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    with pytest.raises(Unfit, match="more than 2 rows"):
        cases(administrator, "26-000001,2026-01-05,,,,\n" * 3)
    monkeypatch.setattr(rows, "MOST_BYTES", 20)
    with pytest.raises(Unfit, match="larger than"):
        cases(administrator, "")


def test_only_who_keeps_the_registers_feeds_or_sees_them(officer, auditor):
    for who in (officer, auditor):
        with pytest.raises(Refused):
            take_in(Register.CASES, HEAD.encode(), by=make.by(who), at=NOON)
        with pytest.raises(Refused):
            overview(by=make.by(who), at=NOON)


def test_on_duty_is_half_open_and_hours_may_overlap(administrator, officer):
    hours(administrator, "officer,2026-06-16 07:00,2026-06-16 17:00\nofficer,2026-06-16 08:00,2026-06-16 09:00\n")
    plan = duty_hours(NOON - timedelta(days=1), NOON + timedelta(days=1))
    who, start = str(officer.pk), datetime(2026, 6, 16, 14, tzinfo=UTC).timestamp()
    assert [plan.away(who, start + 3600 * hour) for hour in (-1, 0, 5, 10, 12)] == [3600, None, None, 0, 7200]
    assert plan.away("999999", start) is None


def test_the_book_of_cases_says_how_a_case_stood(administrator, officer, detective):
    cases(administrator, "26-000001,2026-01-05,2026-06-01,,,\n26-000002,2026-01-05,,detective,2026-06-01,2026-06-10\n")
    book, at = case_book(), NOON.timestamp()
    mine, hers = str(officer.pk).encode(), str(detective.pk).encode()
    june5 = datetime(2026, 6, 5, tzinfo=UTC).timestamp()
    assert book.standing(b"26-000001", mine, at, b"2026-05-31") == ""
    assert book.standing(b"26-000001", mine, at, b"2026-06-01") == "closed"
    assert book.standing(b"26-000002", mine, june5, b"2026-06-05") == "others"
    assert book.standing(b"26-000002", hers, june5, b"2026-06-05") == ""
    assert book.standing(b"26-000002", mine, at, b"2026-06-16") == "", "on that day it was nobody's"
    assert book.standing(b"26-000009", mine, at, b"2026-06-16") == "unknown"
    assert book.standing(b"26-000009", mine, at + 1, b"2026-06-16") == "", "the register cannot know it yet"
