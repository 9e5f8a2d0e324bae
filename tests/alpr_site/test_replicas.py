"""Searches read on a replica that is close behind, and nothing is lost, late or unrecorded when it is not.

The replica is a real one that streams from the tests' primary.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from alpr_site import replicas
from audit import ledger
from audit.actions import Action
from audit.models import LedgerEntry, User
from audit.refusals import Refused
from detections.models import Detection
from detections.searching import where
from detections.searching.page import open_page
from detections.searching.run import run_search
from detections.searching.stop import SearchStopped, stop_search, stoppable
from detections.searching.time_limit import SearchTooSlow
from tests import make
from tests.detections.searching import asked
from tests.standby import Standby, connection_url, standby

REPLICA = "replica1"
pytestmark = pytest.mark.django_db(transaction=True, databases=[DEFAULT_DB_ALIAS, REPLICA])


@pytest.fixture(scope="module", autouse=True)
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Standby]:
    """The replica, known to Django by its alias; searches use it in the tests that ask for ``replica``."""
    with django_db_blocker.unblock(), standby() as made:
        connections.settings[REPLICA] = made.settings()
        yield made
        connections[REPLICA].close()
        del connections[REPLICA], connections.settings[REPLICA]


@pytest.fixture
def replica(transactional_db: None, server: Standby, settings: Any) -> Iterator[Standby]:
    """The replica as ``DATABASE_REPLICA_URLS`` configures it, caught up, with two seconds of lag allowed."""
    server.start()
    settings.DATABASE_ROUTERS = ["alpr_site.replicas.SearchesToReplicas"]
    settings.REPLICA_LAG_SECONDS = 2.0
    replicas.guard.forget()
    server.catch_up()
    yield server
    connections[REPLICA].close()
    if server.answers():
        server.run("SELECT pg_wal_replay_resume()")


def place(using: str) -> tuple[str, bool]:
    """The alias, and whether the server behind it is a replica."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return using, cursor.fetchone()[0]


def search(by: User, query: Any = place) -> Any:
    """The query of a search, in an act of its own."""
    with ledger.act(Action.SEARCH_RUN, by=make.by(by), at=make.NOON, purpose="locate", query={"plate": "0DEM123"}):
        found = where.look(query, by=make.by(by))
    return found


def plates(using: str) -> tuple[str, list[str]]:
    return using, sorted(Detection.objects.using(using).values_list("plate", flat=True))


def read_and_write() -> None:
    """A commit on the primary, so that a replica which replays nothing falls behind."""
    make.detection()


def commit_to_disk() -> None:
    """A commit that is in the primary's log when this returns; the tests' own commits may be written later."""
    with psycopg.connect(connection_url(), autocommit=True) as writer:
        writer.execute("SET synchronous_commit = on")
        writer.execute("SELECT pg_logical_emit_message(true, '', '')")


ON_REPLICA, ON_PRIMARY = (REPLICA, True), (DEFAULT_DB_ALIAS, False)


def test_a_search_reads_on_the_replica_and_its_record_is_on_the_primary(replica, detective):
    make.detection("0DEM123")
    replica.catch_up()
    assert search(detective) == ON_REPLICA
    assert search(detective, plates) == (REPLICA, ["0DEM123"])
    assert LedgerEntry.objects.using(DEFAULT_DB_ALIAS).filter(action=Action.SEARCH_RUN).count() == 2


def test_the_products_search_is_run_and_paged_on_the_replica(replica, detective):
    read = make.detection(at=make.NOON - timedelta(hours=1))
    replica.catch_up()
    search = run_search(by=make.by(detective), at=make.NOON, asked=asked())
    page = open_page(by=make.by(detective), at=make.NOON, search_id=search.pk)
    assert [one.read for one in page.sightings] == [read]
    assert page.sightings[0].read._state.db == REPLICA
    recorded = LedgerEntry.objects.in_bulk([search.record_index, page.record_index])
    assert [entry.result_count for entry in recorded.values()] == [1, 1]


def test_the_products_search_does_not_wait_for_a_replica_that_stopped(replica, detective, settings):
    settings.REPLICA_LAG_SECONDS = 0.1
    replica.run("SELECT pg_wal_replay_pause()")
    make.detection(at=make.NOON - timedelta(hours=1))
    time.sleep(0.4)
    search = run_search(by=make.by(detective), at=make.NOON, asked=asked())
    page = open_page(by=make.by(detective), at=make.NOON, search_id=search.pk)
    assert page.sightings[0].read._state.db == DEFAULT_DB_ALIAS
    assert (search.result_count, page.record_index) == (1, search.record_index + 1)


def test_a_refused_search_is_on_record_and_asks_no_replica(replica, untrained, monkeypatch):
    monkeypatch.setattr(replicas.guard, "choose", lambda: pytest.fail("a refused search chose a replica"))
    with pytest.raises(Refused) as refused:
        run_search(by=make.by(untrained), at=make.NOON, asked=asked())
    entry = LedgerEntry.objects.get(index=refused.value.record_index)
    assert (entry.outcome, entry.action) == ("refused", Action.SEARCH_RUN)


def test_without_a_replica_searches_read_on_the_primary(transactional_db, detective):
    assert search(detective) == ON_PRIMARY


def test_only_searches_go_to_the_replica(replica):
    replica.run("SELECT 1")
    read_and_write()
    assert Detection.objects.get()._state.db == DEFAULT_DB_ALIAS
    replica.catch_up()
    found = Detection.objects.using(REPLICA).get()
    assert found.camera._state.db == DEFAULT_DB_ALIAS, "what a read points at is loaded from the primary"


def test_the_replica_takes_no_writes(replica, detective):
    """A query that writes would fail there; that it then runs on the primary is why it must not."""
    tried = []

    def write(using: str) -> str:
        tried.append(using)
        with connections[using].cursor() as cursor:
            cursor.execute("DELETE FROM detections_detection")
        return using

    assert search(detective, write) == DEFAULT_DB_ALIAS
    assert tried == [REPLICA, DEFAULT_DB_ALIAS]


class Clock:
    """Stands in for the module ``time`` where the lag is measured: time passes only while it sleeps."""

    def __init__(self, asleep: Callable[[], None] = lambda: None) -> None:
        self.now, self.asleep = 0.0, asleep

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.asleep()


def test_a_replica_that_stopped_replaying_is_not_used_beyond_the_limit(replica, detective, settings):
    settings.REPLICA_LAG_SECONDS = 60
    replica.run("SELECT pg_wal_replay_pause()")
    assert search(detective) == ON_REPLICA, "it is not a minute behind"
    read_and_write()
    commit_to_disk()
    time.sleep(0.9)
    settings.REPLICA_LAG_SECONDS = 0.5
    replicas.guard.forget()
    assert search(detective, plates) == (DEFAULT_DB_ALIAS, ["0DEM123"])
    standing = replicas.measure(REPLICA)
    assert not standing.usable
    assert standing.lag > timedelta(seconds=0.9)
    replica.run("SELECT pg_wal_replay_resume()")
    replica.catch_up()
    settings.REPLICA_LAG_SECONDS = 60
    replicas.guard.forget()
    assert search(detective, plates) == (REPLICA, ["0DEM123"])


def test_a_replica_that_replays_within_the_moment_is_not_behind(replica, settings, monkeypatch):
    """After a quiet while the last commit replayed is old, and the new one is on its way."""
    settings.REPLICA_LAG_SECONDS = 0.2

    def replay() -> None:
        replica.run("SELECT pg_wal_replay_resume()")
        replica.catch_up()

    time.sleep(0.4)
    replica.run("SELECT pg_wal_replay_pause()")
    read_and_write()
    commit_to_disk()
    monkeypatch.setattr(replicas, "time", Clock(asleep=replay))
    standing = replicas.measure(REPLICA)
    assert standing.usable
    assert standing.lag == replicas.MOMENT / 10, "found at the second look"


def test_a_replica_that_does_not_replay_is_waited_for_no_longer_than_the_moment(replica, settings, monkeypatch):
    settings.REPLICA_LAG_SECONDS = 0.2
    time.sleep(0.4)
    replica.run("SELECT pg_wal_replay_pause()")
    read_and_write()
    commit_to_disk()
    clock = Clock()
    monkeypatch.setattr(replicas, "time", clock)
    assert not replicas.measure(REPLICA).usable
    moment = replicas.MOMENT.total_seconds()
    assert moment == 0.05
    assert moment < clock.now <= moment * 1.2


def test_a_killed_replica_fails_no_search_and_is_used_when_it_is_back(replica, detective, officer, caplog, monkeypatch):
    monkeypatch.setattr(replicas, "REMEMBERED_SECONDS", 60)
    assert search(detective) == ON_REPLICA
    replica.kill()
    assert replicas.guard.choose() == REPLICA, "its lag of a moment ago is still believed"
    assert search(detective) == ON_PRIMARY
    assert "failed a search" in caplog.text
    replicas.guard.forget()
    monkeypatch.setattr(replicas, "RETRY_SECONDS", 0)
    assert search(detective) == ON_PRIMARY
    # Not by the detective: who has just acted reads on the primary for three seconds.
    assert not stop_search(by=make.by(officer), at=make.NOON, ticket=uuid4())
    assert "does not answer" in caplog.text
    assert "0DEM123" not in caplog.text
    replica.start()
    replica.catch_up()
    assert search(detective) == ON_REPLICA


def test_a_server_that_is_no_replica_is_not_used(replica, monkeypatch):
    """After a failover the URL may name the new primary, or a former one that went on alone."""
    place_of_primary = connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"]
    monkeypatch.setitem(connections[REPLICA].settings_dict, "OPTIONS", place_of_primary)
    connections[REPLICA].close()
    assert replicas.measure(REPLICA).trouble == "is no replica any more"


def test_a_replica_that_gives_way_to_the_primary_fails_no_search(replica, detective):
    """A purge takes a table away under a running query: the replica cancels the query, the primary answers it."""
    running = threading.Event()

    def slow(using: str) -> str:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM detections_search")
            running.set()
            cursor.execute("SELECT pg_sleep(%s)", [5 if using == REPLICA else 0])
        return using

    def take_away() -> None:
        running.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE detections_search CASCADE")
        connection.close()

    other = threading.Thread(target=take_away)
    other.start()
    began = time.monotonic()
    assert search(detective, slow) == DEFAULT_DB_ALIAS
    other.join()
    assert time.monotonic() - began < 4


def test_the_time_limit_holds_on_the_replica_and_is_not_granted_twice(replica, detective):
    tried = []

    def endless(using: str) -> None:
        tried.append(using)
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    with pytest.raises(SearchTooSlow), ledger.act(
        Action.SEARCH_RUN, by=make.by(detective), at=make.NOON, purpose="locate"
    ):  # fmt: skip
        where.look(endless, by=make.by(detective), milliseconds=200)
    assert tried == [REPLICA]
    assert search(detective, lambda using: _setting(using, "statement_timeout")) == "5s"
    with connections[REPLICA].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "0", "the limit ended with the search"


def test_a_search_on_the_replica_is_stopped_by_who_asked_and_by_nobody_else(replica, detective, officer):
    ticket, started = uuid4(), threading.Event()

    def slow(using: str) -> None:
        with stoppable(make.by(detective), ticket, using=using), connections[using].cursor() as cursor:
            started.set()
            cursor.execute("SELECT pg_sleep(4)")

    def run() -> str:
        try:
            search(detective, slow)
        except SearchStopped:
            return "stopped"
        finally:
            connections.close_all()
        return "ran to its end"

    with ThreadPoolExecutor(1) as other:
        running = other.submit(run)
        started.wait(10)
        assert not stop_search(by=make.by(officer), at=make.NOON, ticket=ticket)
        until = time.monotonic() + 3
        while not stop_search(by=make.by(detective), at=make.NOON, ticket=ticket) and time.monotonic() < until:
            time.sleep(0.02)
        assert running.result() == "stopped"


def test_who_has_just_changed_something_reads_on_the_primary(replica, detective, officer):
    assert search(detective) == ON_REPLICA
    ledger.note(Action.READ_CORRECT, by=make.by(detective), at=make.NOON, purpose="locate")
    assert search(detective) == ON_PRIMARY
    assert search(officer) == ON_REPLICA
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_ledgerentry")
        assert cursor.fetchone()[0] == 4


def test_own_changes_older_than_the_lag_allowed_are_no_reason(replica, detective, settings):
    ledger.note(Action.READ_CORRECT, by=make.by(detective), at=make.NOON, purpose="locate")
    settings.REPLICA_LAG_SECONDS = 0.2
    time.sleep(0.3 + where.MARGIN.total_seconds())
    replica.catch_up()
    assert search(detective) == ON_REPLICA


def test_no_answer_without_a_record_on_the_primary(replica, detective, monkeypatch):
    """The replica has answered, the record cannot be written: nothing is given."""
    answered, given = [], []

    def unwritable(*_: Any, **__: Any) -> int:
        raise ledger.LedgerUnavailable("disk full")

    def query(using: str) -> str:
        answered.append(using)
        return using

    monkeypatch.setattr(ledger, "_append", unwritable)
    with pytest.raises(ledger.LedgerUnavailable):
        given.append(search(detective, query))
    assert answered == [REPLICA]
    assert given == []


def _setting(using: str, name: str) -> str:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]
