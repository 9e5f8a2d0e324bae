"""The sweep records what arithmetic has already ended: once, with one record, and with none when nothing ended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from audit import asker
from audit.models import LedgerEntry
from hotlists import operations, tasks
from hotlists.entries import clock
from hotlists.models import HotPlate, NearKey
from tests import make
from tests.make import NOON

CLOCK = asker.system("expire hot plates")
END = NOON + timedelta(hours=23)


def records():
    return LedgerEntry.objects.filter(action="hot_plate.expire")


def test_entries_past_their_end_are_stamped_once_with_one_record(detective, monkeypatch):
    monkeypatch.setattr(clock, "BATCH", 2)
    ended = [make.hot_plate(f"0DEM12{number}", entered_by=detective) for number in range(5)]
    live = make.hot_plate("0DEM200", at=NOON + timedelta(hours=2), entered_by=detective)
    assert operations.expire_hot_plates(at=END, by=CLOCK) == 5
    assert set(HotPlate.objects.filter(expiry_recorded_at=END)) == set(ended)
    live.refresh_from_db()
    assert live.expiry_recorded_at is None
    record = records().get()
    assert (record.outcome, record.result_count, record.username) == ("allowed", 5, "expire hot plates")
    assert ended[0].history.first().history_change_reason == "Reached its end"


def test_a_second_sweep_finds_nothing_and_writes_nothing(detective):
    make.hot_plate(entered_by=detective)
    operations.expire_hot_plates(at=END, by=CLOCK)
    assert operations.expire_hot_plates(at=END + timedelta(minutes=1), by=CLOCK) == 0
    assert records().count() == 1
    assert HotPlate.objects.get().expiry_recorded_at == END


def test_nothing_is_recorded_when_nothing_ended(detective):
    make.hot_plate(entered_by=detective)
    assert operations.expire_hot_plates(at=END - timedelta(microseconds=1), by=CLOCK) == 0
    assert not LedgerEntry.objects.exists()


def test_a_withdrawn_entry_is_no_expiry(detective):
    make.hot_plate(
        entered_by=detective, withdrawn_at=NOON, withdrawn_by=detective, withdrawn_reason="Vehicle recovered"
    )
    assert operations.expire_hot_plates(at=END, by=CLOCK) == 0


def test_an_entry_stops_matching_though_no_sweep_ever_ran(detective):
    make.hot_plate(entered_by=detective)
    assert HotPlate.objects.active(END - timedelta(microseconds=1)).exists()
    assert not HotPlate.objects.active(END).exists()


def test_the_task_sweeps(detective):
    make.hot_plate(entered_by=detective)
    assert tasks.expire_hot_plates() == 1  # NOON lies in the past
    assert records().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_stamp_each_entry_once():
    enterer = make.user("enterer", "detective")
    for number in range(20):
        make.hot_plate(f"0DEM1{number:02}", entered_by=enterer)

    def sweep(_):
        try:
            return operations.expire_hot_plates(at=END, by=CLOCK)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(sweep, range(2))) == 20
    assert sum(records().values_list("result_count", flat=True)) == 20
    assert HotPlate.history.filter(history_change_reason="Reached its end").count() == 20


def test_what_reads_are_looked_up_by_goes_with_the_entry(detective):
    ended = make.hot_plate(entered_by=detective)
    live = make.hot_plate("0DEM200", at=NOON + timedelta(hours=2), entered_by=detective)
    gone = make.hot_plate("0DEM300", entered_by=detective)
    assert NearKey.objects.values("hot_plate").distinct().count() == 3
    operations.withdraw_hot_plate(entry_id=gone.pk, reason="Vehicle recovered", by=make.by(detective), at=NOON)
    operations.expire_hot_plates(at=END, by=CLOCK)
    assert set(NearKey.objects.values_list("hot_plate", flat=True)) == {live.pk}
    assert ended.near_keys.count() == 0
