"""Audit exports of other systems come in whole, with bad rows named and each query given to its person (D.2.b(2))."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from audit.elsewhere import gaps, rules_elsewhere, systems
from audit.elsewhere.hand_in import stored_as
from audit.elsewhere.run import requeue, take_in
from audit.elsewhere.systems import AccountWanted
from audit.models import LedgerEntry, QueryElsewhere, QueryImport, QueryImportFault
from audit.refusals import Refused
from tests import make
from tests.audit.elsewhere.exports import FIRST, HEAD, LAST, handed_in, learn, row, taken_in, text
from tests.make import NOON

WEEK = (datetime(2026, 6, 1, 7, tzinfo=UTC), datetime(2026, 6, 8, 7, tzinfo=UTC))


def refused(call) -> str:
    with pytest.raises(Refused) as caught:
        call()
    newest = LedgerEntry.objects.order_by("-index").first()
    assert (newest.outcome, newest.rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def test_a_query_comes_in_with_all_that_was_asked(auditor, detective):
    done = taken_in(learn(auditor), text(row(radius="2 mi")), auditor)
    assert (done.state, done.rows_read, done.rows_kept, done.rows_bad) == ("done", 1, 1, 0)
    query = QueryElsewhere.objects.get()
    assert (query.at, query.person, query.plate) == (datetime(2026, 6, 2, 15, 4, 5, tzinfo=UTC), detective, "0DEM123")
    assert (query.reason, query.case_number, query.result_count) == ("Stolen from Elm Street", "26-123456", 3)
    assert query.elements == {"radius": "2 mi"}
    assert [entry.action for entry in LedgerEntry.objects.order_by("-index")[:2]] == [
        "elsewhere.finish",
        "elsewhere.hand_in",
    ]


@pytest.mark.parametrize(
    ("bad", "column", "why"),
    [
        (row(time="yesterday"), "at", "is no time"),
        (row(user=""), "account", "is empty"),
        (row(results="many"), "result_count", "is no number"),
        (row(case="9" * 61), "case_number", "longer than 60"),
        ("06/02/2026 03:04:05 PM,detective", "", "has 2 cells where the first line names 9"),
        (row(reason="x" * 5001), "", "more than 5,000"),
    ],
)
def test_a_bad_row_is_named_and_the_others_come_in(auditor, detective, bad, column, why):
    done = taken_in(learn(auditor), text(row(), bad, row(plate="0DEM456")), auditor)
    assert (done.state, done.rows_kept, done.rows_bad) == ("done", 2, 1)
    fault = QueryImportFault.objects.get()
    assert (fault.line, fault.column) == (3, column)
    assert why in fault.why


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "ZIP"),
        ("é".encode("utf-16"), "UTF-16"),
        (text(row()).replace(b"\r\n", b"\r"), "CR alone"),
        (text(row(), head="When,Who,What"), "names no column for the time"),
        (text(row(), head=HEAD.replace("User Name", "Nobody")), "names no column for the user"),
        (text(row(), head=HEAD + ",Radius"), "stands twice"),
        (text(row(), head=",".join(f"c{n}" for n in range(201))), "201 columns"),
        (text(row(reason='"never closed')), "is no CSV"),
        (text(row(reason="x" * 70_000)), "longer than 64 KB"),
        (text(row()) + b"\xff\xfe\xfa", "not UTF-8"),
        (text(row()) + b"a\0b\r\n", "NUL"),
        (text(), "no rows"),
    ],
)
def test_a_file_that_is_no_export_changes_nothing_and_says_why(auditor, content, words):
    done = taken_in(learn(auditor), content, auditor)
    assert done.state == "unfit"
    assert words in done.verdict
    assert not QueryElsewhere.objects.exists()
    assert not QueryImportFault.objects.exists()


def test_overlapping_exports_bring_each_query_once_and_twins_of_one_file_stay_two(auditor, detective):
    system = learn(auditor)
    taken_in(system, text(row(), row(), row(plate="0DEM456")), auditor)
    again = taken_in(system, text(row(), row(), row(plate="0DEM789")), auditor)
    assert (again.rows_kept, again.rows_known) == (1, 2)
    assert sorted(QueryElsewhere.objects.values_list("plate", flat=True)) == [
        "0DEM123",
        "0DEM123",
        "0DEM456",
        "0DEM789",
    ]


def test_a_pattern_or_several_plates_are_kept_as_they_were_asked(auditor, detective):
    taken_in(learn(auditor), text(row(plate="0DE*"), row(plate="0DEM123;0DEM124")), auditor)
    assert [(one.plate, one.elements["plate as asked"]) for one in QueryElsewhere.objects.order_by("line")] == [
        ("", "0DE*"), ("", "0DEM123;0DEM124"),
    ]  # fmt: skip


def test_a_system_that_names_nobody_is_taken_without_people(auditor):
    portal = systems.enter_system(
        name="Portal", layout="vendor_portal", expected_from=FIRST, by=make.by(auditor), at=NOON
    )
    head = b"Search Time,Org Name,License Plate,Reason,Case #,Total Networks Searched"
    rows = head + b"\r\n2026-06-02T08:00:00,Sacramento PD,0DEM123,robbery,26-1,531\r\n"
    done = taken_in(portal, rows, auditor)
    query = QueryElsewhere.objects.get()
    assert (done.state, query.person, query.account) == ("done", None, "")
    assert query.at == datetime(2026, 6, 2, 15, tzinfo=UTC), "the agency's zone"
    assert query.elements == {"total networks searched": "531"}
    assert gaps.unmatched(*WEEK) == []


@pytest.mark.parametrize("name", ["DETECTIVE", "2001", " detective "])
def test_a_person_is_known_by_user_name_or_badge(auditor, detective, name):
    taken_in(learn(auditor), text(row(user=name)), auditor)
    assert QueryElsewhere.objects.get().person == detective


def test_a_badge_of_two_people_names_nobody(auditor, detective):
    make.user("other", badge="2001")
    taken_in(learn(auditor), text(row(user="2001")), auditor)
    assert QueryElsewhere.objects.get().person is None


def test_an_unknown_user_name_is_a_gap_until_it_is_said_whose_it_is(auditor, officer):
    system = learn(auditor)
    taken_in(system, text(row(user="lrn-77"), row(user="lrn-77", plate="0DEM9")), auditor)
    assert gaps.unmatched(*WEEK) == [gaps.Unmatched("LEARN", "lrn-77", 2)]
    wanted = AccountWanted("LRN-77", officer, date(2026, 6, 2), None)
    assert systems.name_account(system.pk, wanted, by=make.by(auditor), at=NOON) == 2
    assert gaps.unmatched(*WEEK) == []
    other = AccountWanted("lrn-77", auditor, date(2026, 7, 1), None)
    assert (
        refused(lambda: systems.name_account(system.pk, other, by=make.by(auditor), at=NOON))
        == rules_elsewhere.ACCOUNT.code
    )


def test_a_user_name_is_whose_it_was_on_the_day(auditor, officer, detective):
    system = learn(auditor)
    for person, first, last in ((officer, date(2026, 6, 1), date(2026, 6, 2)), (detective, date(2026, 6, 3), None)):
        systems.name_account(system.pk, AccountWanted("shared", person, first, last), by=make.by(auditor), at=NOON)
    rows = [row(user="shared", time=f"06/0{day}/2026 08:00:00 PM") for day in (2, 3)]
    taken_in(system, text(*rows), auditor)
    assert [one.person for one in QueryElsewhere.objects.order_by("at")] == [officer, detective]


def test_weeks_without_an_export_are_missing_from_the_day_they_are_expected(auditor, detective):
    system = learn(auditor, expected_from=date(2026, 5, 20))
    span = (NOON - timedelta(days=60), NOON)
    assert [one.week for one in gaps.missing_weeks(*span)] == [date(2026, 5, 25), date(2026, 6, 1), date(2026, 6, 8)]
    taken_in(system, text(row()), auditor)
    assert [one.week for one in gaps.missing_weeks(*span)] == [date(2026, 5, 25), date(2026, 6, 8)]
    six_days = date(2026, 6, 13)
    taken_in(system, text(row(plate="0DEM7")), auditor, first=date(2026, 6, 8), last=six_days)
    assert date(2026, 6, 8) in [one.week for one in gaps.missing_weeks(*span)], "six days are no week"


def test_the_running_week_is_not_missing_before_its_sunday_is_over(auditor):
    learn(auditor)
    sunday, monday = datetime(2026, 6, 8, 6, 59, tzinfo=UTC), datetime(2026, 6, 8, 7, 0, tzinfo=UTC)
    assert gaps.missing_weeks(sunday - timedelta(days=30), sunday) == []
    assert [one.week for one in gaps.missing_weeks(monday - timedelta(days=30), monday)] == [FIRST]


def test_an_ended_system_misses_nothing_after_its_end(auditor):
    system = learn(auditor)
    systems.end_system(system.pk, by=make.by(auditor), at=datetime(2026, 6, 9, 19, tzinfo=UTC))
    assert [one.week for one in gaps.missing_weeks(NOON - timedelta(days=30), NOON)] == [FIRST]
    assert refused(lambda: handed_in(system, text(row()), auditor)) == rules_elsewhere.SYSTEM.code


@pytest.mark.parametrize(
    ("first", "last"),
    [(LAST, FIRST), (FIRST, date(2026, 6, 16)), (date(2024, 1, 1), LAST)],
)
def test_the_days_are_over_in_order_and_two_years_at_most(auditor, first, last):
    system = learn(auditor)
    assert refused(lambda: handed_in(system, text(row()), auditor, first=first, last=last)) == rules_elsewhere.DAYS.code
    assert not QueryImport.objects.exists()


def test_the_same_file_is_taken_once_but_may_be_tried_again_after_it_was_unfit(auditor, detective):
    system = learn(auditor)
    taken_in(system, text(), auditor)
    taken_in(system, text(), auditor)
    taken_in(system, text(row()), auditor)
    assert refused(lambda: handed_in(system, text(row()), auditor)) == rules_elsewhere.KNOWN.code


def test_a_file_that_is_too_large_is_not_kept(auditor, settings):
    settings.QUERY_EXPORT_MOST_BYTES = 100
    system = learn(auditor)
    assert refused(lambda: handed_in(system, text(row(), row()), auditor)) == rules_elsewhere.TOO_LARGE.code
    assert not QueryImport.objects.exists()


def test_a_layout_that_is_not_there_is_refused(auditor):
    assert refused(lambda: learn(auditor, layout="none")) == rules_elsewhere.LAYOUT.code


@pytest.mark.parametrize("who", ["officer", "detective", "dispatcher", "clerk", "outsider"])
def test_others_hand_nothing_in(request, auditor, who):
    system = learn(auditor)
    assert refused(lambda: handed_in(system, text(row()), request.getfixturevalue(who))) == "access.role"
    assert not QueryImport.objects.exists()


def test_the_file_is_kept_under_its_import(auditor, detective):
    content = text(row())
    done = taken_in(learn(auditor), content, auditor)
    with default_storage.open(stored_as(done)) as file:
        assert file.read() == content


def test_a_file_that_is_gone_fails_in_words_and_a_second_worker_does_nothing(auditor, detective):
    export = handed_in(learn(auditor), text(row()), auditor)
    default_storage.delete(stored_as(export))
    assert take_in(export.pk, lambda: NOON).state == "failed"
    assert take_in(export.pk, lambda: NOON) is None


def test_an_export_whose_worker_is_gone_is_queued_again(auditor, detective, monkeypatch):
    export = handed_in(learn(auditor), text(row()), auditor)
    QueryImport.objects.filter(pk=export.pk).update(state="running", beat_at=NOON)
    assert take_in(export.pk, lambda: NOON + timedelta(seconds=60)) is None, "its worker may live"
    queued = []
    monkeypatch.setattr("audit.elsewhere.run.enqueue", lambda one: queued.append(one.pk) or True)
    assert requeue(NOON + timedelta(seconds=60)) == 0
    assert requeue(NOON + timedelta(seconds=121)) == 1
    assert queued == [export.pk]
    assert take_in(export.pk, lambda: NOON + timedelta(seconds=121)).state == "done"


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_an_export_in_once(auditor, detective):
    export = handed_in(learn(auditor), text(*[row(plate=f"0DE{n}") for n in range(300)]), auditor)
    start, done = threading.Barrier(2, timeout=30), []

    def work():
        try:
            start.wait()
            done.append(take_in(export.pk, lambda: NOON))
        finally:
            connection.close()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert QueryElsewhere.objects.count() == 300
    assert LedgerEntry.objects.filter(action="elsewhere.finish").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_review_never_sees_half_a_file(auditor, detective, monkeypatch):
    """While a file is stored nothing of it is to be seen, but for how far it is."""
    export = handed_in(learn(auditor), text(*[row(plate=f"0DE{n}") for n in range(50)]), auditor)
    seen = []

    def look_from_elsewhere():
        try:
            seen.append((QueryElsewhere.objects.count(), QueryImport.objects.get().state))
        finally:
            connection.close()

    from audit.elsewhere import run

    insert = run._insert

    def insert_and_look(rows):
        insert(rows)
        looker = threading.Thread(target=look_from_elsewhere, daemon=True)
        looker.start()
        looker.join(timeout=20)

    monkeypatch.setattr(run, "BATCH", 10)
    monkeypatch.setattr(run, "_insert", insert_and_look)
    run.take_in(export.pk, lambda: NOON)
    assert set(seen) == {(0, "running")}
    assert QueryElsewhere.objects.count() == 50
