"""A running search is stopped in the database by the one who asked; nobody else's, and nothing else, is stopped."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.actions import Action, Outcome
from audit.models import LedgerEntry, User
from detections.models import Search
from detections.searching import stop
from detections.searching.engine.sql import cursor_on
from detections.searching.run import run_search
from detections.searching.stop import SearchStopped, stop_search, stoppable
from detections.searching.time_limit import SearchTooSlow, time_limit
from tests import make
from tests.detections.searching import asked, form_data

pytestmark = pytest.mark.django_db(transaction=True)
NOON = make.NOON


@contextmanager
def reads_locked() -> Iterator[None]:
    """The table of reads is locked by another session, so that every search waits."""
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE detections_detection, detections_plate IN ACCESS EXCLUSIVE MODE")
            locked.set()
            done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    try:
        yield
    finally:
        done.set()
        holder.join()


def later(call, ends: list) -> threading.Thread:
    """The call in a thread; how it ended is put into ``ends``."""

    def go() -> None:
        try:
            call()
            ends.append("done")
        except (SearchStopped, SearchTooSlow) as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    return thread


def until_running(person: User, ticket: UUID) -> None:
    """Wait until the database shows the search."""
    name = stop._name(make.by(person), ticket)
    for _ in range(200):
        if stop._running(name, "default"):
            return
        time.sleep(0.02)
    pytest.fail("the search never ran")


def test_a_stopped_search_ends_in_the_database_at_once_and_is_on_record() -> None:
    person, ticket, ends = make.user("detective", "detective"), uuid4(), []
    with reads_locked():
        began = time.monotonic()
        search = later(lambda: run_search(by=make.by(person), at=NOON, asked=asked(), ticket=ticket), ends)
        until_running(person, ticket)
        assert stop_search(by=make.by(person), at=NOON, ticket=ticket)
        search.join(10)
        assert time.monotonic() - began < 4
    assert ends == ["SearchStopped"]
    stopped = LedgerEntry.objects.get(action=Action.SEARCH_CANCEL)
    assert json.loads(stopped.clear.detail) == {"stopped": 1}
    ran = LedgerEntry.objects.get(action=Action.SEARCH_RUN)
    assert (ran.outcome, json.loads(ran.clear.detail)) == (Outcome.FAILED, {"error": "SearchStopped"})
    assert not Search.objects.exists()


def test_another_person_stops_nothing_and_leaves_no_record() -> None:
    person, other = make.user("detective", "detective"), make.user("other", "detective")
    ticket, ends = uuid4(), []
    with reads_locked():
        search = later(lambda: run_search(by=make.by(person), at=NOON, asked=asked(), ticket=ticket), ends)
        until_running(person, ticket)
        assert not stop_search(by=make.by(other), at=NOON, ticket=ticket)
        assert not stop_search(by=make.by(person), at=NOON, ticket=uuid4())
    search.join(10)
    assert ends == ["done"]
    assert not LedgerEntry.objects.filter(action=Action.SEARCH_CANCEL).exists()


def test_a_late_stop_meets_nothing_that_the_connection_does_next() -> None:
    person, ticket = make.user("detective", "detective"), uuid4()
    for _ in range(20):
        ends: list = []
        search = later(lambda: run_search(by=make.by(person), at=NOON, asked=asked(), ticket=ticket), ends)
        while search.is_alive():
            stop_search(by=make.by(person), at=NOON, ticket=ticket)
        search.join()
        assert ends in (["done"], ["SearchStopped"])
    kept = LedgerEntry.objects.filter(action=Action.SEARCH_RUN).exclude(outcome=Outcome.FAILED).count()
    assert Search.objects.exclude(record_index=None).count() == kept


def test_the_time_limit_is_told_from_a_stop_and_the_name_ends_with_the_search() -> None:
    by = make.by(make.user("detective", "detective"))
    limited = time_limit(50), stoppable(by, uuid4(), using="default")
    with pytest.raises(SearchTooSlow), transaction.atomic(), limited[0], limited[1], connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(2)")
    with transaction.atomic(), connection.cursor() as cursor:
        with stoppable(by, uuid4(), using="default"):
            cursor.execute("SELECT current_setting('application_name')")
            assert cursor.fetchone()[0].startswith("search ")
        cursor.execute("SELECT current_setting('application_name')")
        assert not cursor.fetchone()[0].startswith("search ")


def test_the_door_says_204_and_the_form_keeps_what_was_typed(signed_in) -> None:
    person, ticket, answers = make.user("detective", "detective"), uuid4(), []
    client, other = signed_in(person), signed_in(person)
    sent = form_data(ticket=str(ticket), from_at=timezone.localtime().strftime("%Y-%m-%dT00:00"), to_at="")
    with reads_locked():
        search = later(lambda: answers.append(client.post("/search/", sent)), [])
        until_running(person, ticket)
        assert other.post("/search/stop/", {"ticket": str(ticket)}).status_code == 204
        search.join(10)
    text = answers[0].content.decode()
    assert "You stopped the search" in text
    assert 'value="0DEM123"' in text
    assert other.post("/search/stop/", {"ticket": str(ticket)}).status_code == 204
    assert other.post("/search/stop/", {"ticket": "mine"}).status_code == 400
    assert other.get("/search/stop/").status_code == 405


def test_many_short_statements_end_with_the_time_of_the_search() -> None:
    begun = 0
    with pytest.raises(SearchTooSlow), transaction.atomic(), time_limit(150), cursor_on("default") as cursor:
        while begun < 100:
            cursor.execute("SELECT pg_sleep(0.05)")
            begun += 1
    assert 1 <= begun < 10
    with transaction.atomic(), cursor_on("default") as cursor:
        cursor.execute("SELECT 1")
