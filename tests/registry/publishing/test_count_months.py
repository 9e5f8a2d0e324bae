"""Closed months are counted once, all that were missed, and their numbers never change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from audit import asker, ledger
from audit.actions import Action
from audit.ids import first_of
from audit.models import Inspection, LedgerEntry
from detections.models import Hit, PurgeCertificate
from registry.models import MonthFigure
from registry.publishing import counting
from registry.publishing.periods import closes_at, last_closed
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
MAY = date(2026, 5, 1)
MIDDLE = datetime(2026, 5, 20, 19, tzinfo=UTC)
AFTER = datetime(2026, 6, 4, 12, tzinfo=UTC)
SYSTEM = asker.system("transparency")


def recorded_in(month_day: datetime) -> None:
    """Move every record of the ledger to that time, as if it had been written then."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_ledgerentry SET recorded_at = %s", [month_day])
        cursor.execute("ALTER TABLE audit_ledgerentry ENABLE TRIGGER USER")


def searched(who, purpose: str = "locate", case: str = "") -> None:
    with ledger.act(
        Action.SEARCH_RUN, by=make.by(who), at=MIDDLE, purpose=purpose, reason="Stolen car", case_number=case
    ) as record:
        record.result_count = 1


def value(figure: str, cell: str = "") -> int:
    return MonthFigure.objects.get(month=MAY, figure=figure, cell=cell).value


def test_a_month_closes_three_days_after_its_end():
    assert closes_at(MAY) == datetime(2026, 6, 4, 7, tzinfo=UTC)
    assert last_closed(closes_at(MAY)) == MAY
    assert last_closed(closes_at(MAY) - timedelta(seconds=1)) == date(2026, 4, 1)


def test_everything_that_was_missed_is_counted_once(detective):
    searched(detective)
    recorded_in(datetime(2026, 3, 10, tzinfo=UTC))
    assert counting.count_due(by=SYSTEM, at=AFTER) == [date(2026, 3, 1), date(2026, 4, 1), MAY]
    assert counting.count_due(by=SYSTEM, at=AFTER + timedelta(days=1)) == []
    assert LedgerEntry.objects.filter(action=Action.TRANSPARENCY_BUILD).count() == 3


def test_searches_are_counted_by_purpose_and_case(detective):
    searched(detective)
    searched(detective, "canvass", "26-123456")
    recorded_in(MIDDLE)
    counting.count_due(by=SYSTEM, at=AFTER)
    assert (value("searches"), value("searches", "locate"), value("searches", "canvass")) == (2, 1, 1)
    assert (value("searches_case", "with"), value("searches_case", "without")) == (1, 1)


def test_reads_count_in_the_month_they_were_captured_and_late_ones_in_the_next(detective):
    camera = make.camera(approver=detective)
    make.detection("0DEM001", at=MIDDLE, seen_by=camera)
    make.detection("0DEM002", at=MIDDLE, seen_by=camera, received_at=closes_at(MAY) + timedelta(days=1))
    make.detection("0DEM003", at=datetime(2026, 4, 20, tzinfo=UTC), seen_by=camera, received_at=MIDDLE)
    counts = counting.count_month(MAY)
    assert (counts["reads", ""], counts["late_reads", ""]) == (1, 1)
    assert counting.count_month(date(2026, 6, 1))["late_reads", ""] == 1
    assert first_of(closes_at(MAY)) > first_of(MIDDLE)


def test_hits_are_counted_by_how_they_stand_and_special_ones_never(detective, dispatcher):
    camera = make.camera(approver=detective)
    special = make.hot_list("Special", kind="special")
    for number, hot_list in enumerate((None, None, special)):
        entry = make.hot_plate(f"0DEM10{number}", at=MIDDLE, entered_by=detective, hot_list=hot_list)
        read = make.detection(entry.plate, at=MIDDLE, seen_by=camera)
        extra = {"check_result": "misread", "status": "checked", "taken_by": dispatcher} if number == 1 else {}
        Hit.objects.create(
            detection=read, hot_plate=entry, plate=read.plate, captured_at=MIDDLE, created_at=MIDDLE,
            informational=hot_list is not None, **extra,
        )  # fmt: skip
    counts = counting.count_month(MAY)
    assert (counts["hits", ""], counts["hits", "open"], counts["hits", "misread"]) == (2, 1, 1)
    assert (counts["hot_plates", ""], counts["hot_plates", "first"]) == (2, 2)


def test_inspections_and_purges_are_counted(auditor, administrator):
    for day, approved in ((date(2026, 5, 10), MIDDLE), (date(2026, 5, 25), MIDDLE), (date(2026, 5, 28), None)):
        Inspection.objects.create(
            kind="queries", rule="calendar_quarter", due_on=day, opened_at=make.LONG_AGO,
            starts_at=MIDDLE - timedelta(days=day.day), ends_at=MIDDLE, signed_at=approved, reviewer=auditor,
            approver=administrator if approved else None, approved_at=approved,
        )  # fmt: skip
    PurgeCertificate.objects.create(
        run_at=MIDDLE, period=MAY, profile="sacpd_525_08@2024-06-13", ceiling="P2Y", cutoff=MIDDLE,
        reads_destroyed=70, photos_destroyed=0, reads_held=0, root="0" * 64,
    )  # fmt: skip
    counts = counting.count_month(MAY)
    assert (counts["inspections", "on_time"], counts["inspections", "late"], counts["inspections", ""]) == (1, 2, 3)
    assert (counts["purges", ""], counts["reads_destroyed", ""]) == (1, 70)


def test_refusals_are_counted_by_clause(outsider):
    from audit.refusals import Refused
    from detections.hits.rates import open_rates

    with pytest.raises(Refused):
        open_rates(by=make.by(outsider), at=MIDDLE)
    recorded_in(MIDDLE)
    counts = counting.count_month(MAY)
    entry = LedgerEntry.objects.get(outcome="refused")
    assert counts["refusals", entry.citation] == counts["refusals", ""] == 1


def test_two_workers_count_a_month_once(detective):
    from concurrent.futures import ThreadPoolExecutor

    searched(detective)
    recorded_in(MIDDLE)

    def count() -> int:
        try:
            return len(counting.count_due(by=SYSTEM, at=AFTER))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = [future.result(timeout=60) for future in [pool.submit(count) for _ in range(4)]]
    assert sorted(done) == [0, 0, 0, 1]
    assert MonthFigure.objects.filter(figure="records").count() == 1
