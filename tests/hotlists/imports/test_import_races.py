"""Imports beside each other, beside readers, and beside death: one list is live at every moment, whole."""

import os
import signal
import threading
import time
import traceback
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from audit.models import User
from hotlists.imports import rows, run, store, tidy
from hotlists.models import HotList, HotListImport
from tests import make
from tests.hotlists.imports.importing import an_import, csv, handed_in, listed, taken
from tests.hotlists.imports.store_rows import filled

CHILD = "platekeeper-import-to-kill"
KILLS = 12
LIVE = """
    SELECT l.live_import_id, count(r.plate), count(DISTINCT r.import_id)
    FROM hotlists_hotlist l LEFT JOIN hotlists_listedplate r ON r.import_id = l.live_import_id
    WHERE l.id = %s GROUP BY 1
"""


@pytest.fixture
def administrator(transactional_db: None) -> User:
    return make.user("administrator", "alpr_administrator")


@pytest.fixture
def own_list(transactional_db: None) -> HotList:
    return make.hot_list()


def in_threads(*works) -> list:
    """Run at the same time, each with a connection of its own; raises what one of them raised."""
    results: list = [None] * len(works)
    failed: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run_one(place: int, work) -> None:
        try:
            start.wait()
            results[place] = work()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run_one, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return results


def test_no_moment_sees_no_list_or_two(own_list: HotList, administrator: User) -> None:
    """Statements of other connections, without pause while lists of different lengths take each other's place."""
    lengths = {1: 40, 2: 60, 3: 80, 4: 100, 5: 120}
    first = taken(csv(*range(lengths[1])), own_list, administrator, at=timezone.now())
    expected = {first.pk: lengths[1]}
    over = threading.Event()
    seen: list[tuple[int, int, int]] = []

    def look() -> None:
        with connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute(LIVE, [own_list.pk])
                seen.extend(cursor.fetchall())

    def swap_on() -> None:
        try:
            for turn in range(2, 6):
                done = taken(csv(*range(lengths[turn])), own_list, administrator, at=timezone.now())
                assert done.status == "live"
                expected[done.pk] = lengths[turn]
                tidy.drop_superseded(timezone.now() + 2 * store.KEPT)
        finally:
            over.set()

    in_threads(look, look, swap_on)
    assert len(seen) > 20
    assert {live for live, _, _ in seen} >= {first.pk}
    assert len({live for live, _, _ in seen}) > 2
    assert all(expected[live] == count and one == 1 for live, count, one in seen)


def test_a_row_that_leaves_and_comes_back_is_listed_in_every_statement_between(own_list, administrator) -> None:
    """What is on both lists is found by its look-up at every moment of the swap."""
    taken(csv(*range(200)), own_list, administrator, at=timezone.now())
    over = threading.Event()
    found: list[int] = []

    def look() -> None:
        with connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute(
                    f"SELECT count(*) FROM hotlists_hotlist l JOIN hotlists_listedplate r"  # noqa: S608
                    f" ON r.import_id = l.live_import_id WHERE {store.FOLD.replace('plate', 'r.plate')} = '0000007'"
                )
                found.append(cursor.fetchone()[0])

    def swap_on() -> None:
        try:
            for turn in range(4):
                taken(csv(*range(200 + turn)), own_list, administrator, at=timezone.now())
        finally:
            over.set()

    in_threads(look, look, swap_on)
    assert len(found) > 20
    assert set(found) == {1}


def test_two_files_of_one_list_at_once_end_with_the_later_one(own_list: HotList, administrator: User) -> None:
    for turn in range(5):
        older = handed_in(csv(*range(turn, turn + 50)), own_list, administrator, at=timezone.now())
        newer = handed_in(csv(*range(turn, turn + 60)), own_list, administrator, at=timezone.now())
        in_threads(*(lambda number=one.pk: run.take_in(number, timezone.now) for one in (older, newer)))
        older.refresh_from_db()
        newer.refresh_from_db()
        own_list.refresh_from_db()
        assert newer.status == "live"
        assert older.status in ("superseded", "refused")
        assert own_list.live_import_id == newer.pk
        assert len(listed(newer.pk)) == 60
        assert HotListImport.objects.filter(status="live").count() == 1


def test_two_workers_do_not_take_one_file_twice(own_list: HotList, administrator: User) -> None:
    waiting = handed_in(csv(*range(50)), own_list, administrator, at=timezone.now())
    done = in_threads(*[lambda: run.take_in(waiting.pk, timezone.now)] * 3)
    assert sum(one is not None for one in done) == 1
    assert len(listed(waiting.pk)) == 50


def test_rows_go_although_others_read_the_lists_all_the_time(own_list: HotList) -> None:
    old, new = (filled(an_import(own_list), 20) for _ in range(2))
    HotListImport.objects.filter(pk=old.pk).update(status="stopped")
    over = threading.Event()

    def look() -> None:
        with connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute("SELECT count(*) FROM hotlists_listedplate WHERE import_id = %s", [new.pk])
                assert cursor.fetchone() == (20,)

    def drop() -> None:
        try:
            assert store.drop(old.pk)
        finally:
            over.set()

    in_threads(look, look, drop)


def _start(number: int) -> int:
    """A process of its own that takes the file in, slowly; its id."""
    connections.close_all()  # a connection shared with the child would be closed by its death
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [CHILD])
        rows.BLOCK, run.PROGRESS_S = 400, 0
        run.take_in(number, timezone.now)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _wait_for_its_end() -> None:
    """Until the database has noticed the death: a statement under way runs to its end first."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [CHILD])
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the killed worker still has a connection")


def test_a_worker_killed_at_any_point_leaves_the_old_list_or_the_new_one(own_list, administrator) -> None:
    live = taken(csv(*range(300)), own_list, administrator, at=timezone.now())
    file = csv(*range(400))
    started = time.perf_counter()
    first = handed_in(file, own_list, administrator, at=timezone.now())
    assert os.waitpid(_start(first.pk), 0)[1] == 0
    takes = time.perf_counter() - started
    live = HotListImport.objects.get(pk=first.pk)
    assert live.status == "live"
    undone = 0
    for number in range(KILLS):
        waiting = handed_in(csv(*range(400 + number)), own_list, administrator, at=timezone.now())
        child = _start(waiting.pk)
        time.sleep(takes * (number + 0.5) / KILLS)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        _wait_for_its_end()
        own_list.refresh_from_db()
        waiting.refresh_from_db()
        assert own_list.live_import_id == (waiting.pk if waiting.status == "live" else live.pk)
        assert len(listed(own_list.live_import_id)) == (400 + number if waiting.status == "live" else live.kept)
        if waiting.status != "live":
            undone += 1
            later = timezone.now() + run.LEASE + timedelta(seconds=1)
            done = run.take_in(waiting.pk, lambda later=later: later)
            assert done is not None
            assert done.status == "live"
        live = HotListImport.objects.get(pk=waiting.pk)
        assert len(listed(live.pk)) == 400 + number  # no row of the dead try stands twice
    assert undone, "no kill came before the end"


def test_a_dead_workers_file_is_queued_again_after_its_lease(own_list, administrator, monkeypatch) -> None:
    queued: list[int] = []
    monkeypatch.setattr(run, "enqueue", lambda number: queued.append(number) or True)
    at = timezone.now()
    waiting = handed_in(csv(1), own_list, administrator, at=at)
    assert run.requeue(at + timedelta(seconds=10)) == 0
    assert run.requeue(at + timedelta(seconds=31)) == 1
    HotListImport.objects.filter(pk=waiting.pk).update(worker="0" * 32, beat_at=at, status="running")
    assert run.requeue(at + run.LEASE) == 0
    assert run.take_in(waiting.pk, lambda: at + run.LEASE - timedelta(seconds=1)) is None
    assert run.requeue(at + run.LEASE + timedelta(seconds=1)) == 1
    assert queued == [waiting.pk] * 2


def test_a_ledger_that_cannot_be_written_leaves_the_list_and_the_file_waits(
    own_list, administrator, monkeypatch
) -> None:
    from audit.ledger import LedgerUnavailable

    live = taken(csv(1), own_list, administrator, at=timezone.now())
    waiting = handed_in(csv(2), own_list, administrator, at=timezone.now())

    def away(*_, **__):
        raise LedgerUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr("audit.ledger._append", away)
        done = run.take_in(waiting.pk, timezone.now)
    assert done is not None
    own_list.refresh_from_db()
    assert (done.status, done.worker, done.tries, own_list.live_import_id) == ("running", None, 0, live.pk)
    done = run.take_in(waiting.pk, timezone.now)
    assert done is not None
    assert done.status == "live"


def test_a_policy_that_changes_while_a_file_is_read_has_it_read_again(own_list, administrator, monkeypatch) -> None:
    content = csv(1, 2) + csv(3, file_type="GANG").split(b"\n", 1)[1]
    waiting = handed_in(content, own_list, administrator, at=timezone.now())
    seal = store.seal

    def change_first(number: int) -> None:
        seal(number)
        own_list.source.refused_types = ["GANG"]
        own_list.source.save()

    with monkeypatch.context() as patched:
        patched.setattr(store, "seal", change_first)
        done = run.take_in(waiting.pk, timezone.now)
    assert done is not None
    assert (done.status, done.worker) == ("running", None)
    done = run.take_in(waiting.pk, timezone.now)
    assert done is not None
    assert (done.status, done.dropped, len(listed(done.pk))) == ("live", {"GANG": 1}, 2)
