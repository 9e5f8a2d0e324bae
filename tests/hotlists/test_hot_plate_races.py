"""Two people at one hot plate at once, in real threads on the real PostgreSQL."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit.models import LedgerEntry
from audit.refusals import Refused
from hotlists import operations
from hotlists.models import HotPlate, NearKey
from tests import make
from tests.make import NOON

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(hours=24)


def at_once(*calls):
    """Run the calls at the same moment; "done" or the refusal's code for each."""
    gate, results = threading.Barrier(len(calls)), [""] * len(calls)

    def run(number, call):
        gate.wait(10)
        try:
            call()
            results[number] = "done"
        except Refused as refused:
            results[number] = refused.refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def outcomes():
    rows = LedgerEntry.objects.filter(action__startswith="hot_plate.").values_list("outcome", flat=True)
    return sorted(rows)


@pytest.fixture
def two():
    return [make.by(make.user(name, "detective")) for name in ("first", "second")]


@pytest.mark.parametrize("_round", range(3))
def test_of_a_withdrawal_and_a_renewal_at_once_one_is_done_and_one_refused(two, _round):
    entry = make.hot_plate(entered_by=two[0].user)
    results = at_once(
        lambda: operations.withdraw_hot_plate(entry_id=entry.pk, reason="Vehicle recovered", by=two[0], at=NOON),
        lambda: operations.renew_hot_plate(
            entry_id=entry.pk, reason="Seen again on Broadway", life=DAY, by=two[1], at=NOON
        ),
    )
    assert results in (["done", "hot_plate.not_renewable"], ["hot_plate.not_live", "done"])
    assert outcomes() == ["allowed", "refused"]
    live = HotPlate.objects.active(NOON)
    assert live.count() == (1 if results[1] == "done" else 0)
    assert set(NearKey.objects.values_list("hot_plate", flat=True)) == set(live.values_list("pk", flat=True))


def test_a_renewal_that_waited_for_a_withdrawal_sees_it(two):
    entry, results = make.hot_plate(entered_by=two[0].user), []

    def late():
        try:
            operations.renew_hot_plate(entry_id=entry.pk, reason="Seen again on Broadway", life=DAY, by=two[1], at=NOON)
        except Refused as refused:
            results.append(refused.refusal.code)
        finally:
            connection.close()

    thread = threading.Thread(target=late)
    with transaction.atomic():
        mine = HotPlate.objects.select_for_update().get(pk=entry.pk)
        thread.start()
        until = time.monotonic() + 5
        while not someone_waits() and time.monotonic() < until:
            time.sleep(0.02)
        mine.withdrawn_at, mine.withdrawn_by, mine.withdrawn_reason = NOON, two[0].user, "Vehicle recovered"
        mine.save()
    thread.join(30)
    assert results == ["hot_plate.not_renewable"]
    assert HotPlate.objects.count() == 1


def someone_waits():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


def test_of_two_renewals_at_once_one_is_done(two):
    entry = make.hot_plate(entered_by=two[0].user)
    results = at_once(
        *(
            lambda by=by: operations.renew_hot_plate(
                entry_id=entry.pk, reason="Seen again on Broadway", life=DAY, by=by, at=NOON
            )
            for by in two
        )
    )
    assert sorted(results) == ["done", "hot_plate.not_renewable"]
    assert entry.renewals.count() == 1


@pytest.mark.parametrize("plate", ["0DEM123", "0DE?12?"])
def test_of_two_entries_of_one_plate_at_once_one_is_done(two, plate):
    wanted = operations.Wanted(
        make.hot_list().pk, plate, "stolen_vehicle", "Stolen from a garage", DAY, case_number="26-123456",
        incident_number="26-000123",
    )  # fmt: skip
    results = at_once(*(lambda by=by: operations.enter_hot_plate(wanted, by=by, at=NOON) for by in two))
    assert sorted(results) == ["done", "hot_plate.duplicate"]
    assert HotPlate.objects.count() == 1


def test_of_two_who_note_the_clearing_at_once_one_is_told_of_the_other(two):
    entry = make.hot_plate(
        entered_by=two[0].user, system="SVS", system_entry_number="1", withdrawn_at=NOON, withdrawn_by=two[0].user,
        withdrawn_reason="Vehicle recovered",
    )  # fmt: skip
    results = at_once(*(lambda by=by: operations.clear_system_entry(entry_id=entry.pk, by=by, at=NOON) for by in two))
    assert sorted(results) == ["done", "hot_plate.system_cleared"]
    assert entry.history.filter(history_change_reason="CLETS/NCIC entry cleared").count() == 1


def test_a_sweep_and_a_renewal_at_once_leave_one_live_entry(two):
    entry = make.hot_plate(entered_by=two[0].user)
    from audit import asker

    at_once(
        lambda: operations.expire_hot_plates(at=entry.expires_at, by=asker.system("expire hot plates")),
        lambda: operations.renew_hot_plate(
            entry_id=entry.pk, reason="Seen again on Broadway", life=DAY, by=two[1], at=entry.expires_at
        ),
    )
    live = HotPlate.objects.active(entry.expires_at).get()
    assert live.renewal_of == entry
    assert set(NearKey.objects.values_list("hot_plate", flat=True)) >= {live.pk}
