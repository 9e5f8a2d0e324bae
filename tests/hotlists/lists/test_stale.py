"""A list older than its source's interval is out of date: said at once, recorded and told once each time."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection

from alpr_site import store
from audit import asker
from audit.models import LedgerEntry, Notice
from hotlists.lists import stale
from hotlists.models import HotList
from tests import make
from tests.hotlists.lists import supply

SYSTEM = asker.system("test")
HOUR, MICRO = timedelta(hours=1), timedelta(microseconds=1)


@pytest.fixture
def renewed(db) -> HotList:
    """A list renewed at noon, to be renewed every hour."""
    hot_list = supply.hot_list(supply.source())
    supply.an_import(hot_list)
    return hot_list


def records():
    return LedgerEntry.objects.filter(action="source.stale")


def test_a_list_is_out_of_date_from_the_very_end_of_its_interval(renewed):
    assert not stale.is_stale(renewed, make.NOON + HOUR - MICRO)
    assert stale.is_stale(renewed, make.NOON + HOUR)
    assert stale.due_at(renewed) == make.NOON + HOUR


def test_a_source_that_promises_nothing_has_no_list_out_of_date(db):
    hot_list = supply.hot_list(supply.source(refresh_minutes=None))
    assert not stale.is_stale(hot_list, make.NOON)
    supply.an_import(hot_list)
    assert not stale.is_stale(hot_list, make.NOON + 1000 * HOUR)


def test_a_list_into_which_nothing_ever_came_is_out_of_date(db):
    hot_list = supply.hot_list(supply.source())
    assert stale.is_stale(hot_list, make.NOON)
    assert stale.due_at(hot_list) is None
    assert "nothing was taken in yet" in stale.alarms(make.NOON)[0]


def test_a_closed_list_is_not_expected_to_be_renewed(renewed):
    renewed.closed_at, renewed.closed_by, renewed.closed_why = make.NOON + HOUR, make.user("closer"), "Case is over"
    renewed.save()
    assert stale.stale_lists(make.NOON + 2 * HOUR) == []
    assert not stale.is_stale(renewed, make.NOON + 2 * HOUR)


@pytest.mark.django_db(transaction=True)
def test_the_alarm_is_recorded_told_and_logged_once_each_time(transactional_db, administrator, officer, caplog):
    hot_list = supply.hot_list(supply.source())
    supply.an_import(hot_list)
    late = make.NOON + 2 * HOUR
    with caplog.at_level(logging.ERROR):
        assert stale.raise_alarms(at=make.NOON, by=SYSTEM) == 0
        assert stale.raise_alarms(at=late, by=SYSTEM) == 1
        assert stale.raise_alarms(at=late + HOUR, by=SYSTEM) == 0
    assert [record.subject_id for record in records()] == [str(hot_list.pk)]
    assert Notice.objects.get().recipient == administrator
    assert Notice.objects.get().path == f"/hot-lists/{hot_list.pk}/"
    assert caplog.text.count("is out of date") == 1
    HotList.objects.update(live_import=None)
    hot_list.imports.update(status="superseded")
    supply.an_import(hot_list, at=late)  # renewed, and late again
    assert stale.raise_alarms(at=late, by=SYSTEM) == 0
    assert stale.raise_alarms(at=late + 2 * HOUR, by=SYSTEM) == 1
    assert records().count() == 2
    assert Notice.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_record_it_once(transactional_db, administrator):
    supply.an_import(supply.hot_list(supply.source()))
    start, found = threading.Barrier(2), []

    def work():
        try:
            start.wait()
            found.append(stale.raise_alarms(at=make.NOON + 2 * HOUR, by=SYSTEM))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == [0, 1]
    assert records().count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_record_nobody_is_told(transactional_db, administrator):
    supply.an_import(supply.hot_list(supply.source()))
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head() RENAME TO audit_ledger_head_away")
    try:
        with pytest.raises(Exception, match="ProgrammingError"):
            stale.raise_alarms(at=make.NOON + 2 * HOUR, by=SYSTEM)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER FUNCTION audit_ledger_head_away() RENAME TO audit_ledger_head")
    assert Notice.objects.count() == 0


def test_a_special_list_is_named_to_nobody_it_is_not_open_to(db, administrator, detective):
    special = supply.hot_list(supply.source(), "Street racing crews", kind="special", opened_at=make.LONG_AGO)
    assert "Street racing crews" not in " ".join(stale.alarms(make.NOON))
    assert stale.count_stale(administrator, make.NOON) == 0
    supply.an_import(special)
    supply.hot_list(special.source, "Ordinary")
    assert stale.count_stale(administrator, make.NOON) == 1


def test_the_store_shows_the_alarm(renewed):
    assert not [alarm for alarm in store.alarms(make.NOON) if "out of date" in alarm]
    assert "The hot list “Stolen vehicles”" in " ".join(store.alarms(make.NOON + 2 * HOUR))
