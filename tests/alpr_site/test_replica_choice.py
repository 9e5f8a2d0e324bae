"""Which replica a search gets: measured now and then, believed for a moment, never waited for."""

import runpy
import threading
import time
from datetime import timedelta

import pytest

from alpr_site import replicas
from alpr_site.settings import base

REPLICA = "replica1"
FRESH = timedelta(milliseconds=20)


@pytest.fixture
def one_replica(monkeypatch):
    monkeypatch.setattr(replicas, "aliases", lambda: [REPLICA])
    replicas.guard.forget()
    yield
    replicas.guard.forget()


def test_a_lag_is_believed_for_a_moment_only(one_replica, monkeypatch):
    asked = []
    monkeypatch.setattr(replicas, "measure", lambda alias: asked.append(alias) or replicas.Standing(alias, timedelta()))
    assert {replicas.guard.choose() for _ in range(50)} == {REPLICA}
    assert asked == [REPLICA]
    time.sleep(replicas.REMEMBERED_SECONDS)
    replicas.guard.choose()
    assert asked == [REPLICA] * 2


def test_nobody_waits_while_another_measures(one_replica, monkeypatch):
    measuring, go_on = threading.Event(), threading.Event()

    def slow(alias: str) -> replicas.Standing:
        measuring.set()
        go_on.wait(10)
        return replicas.Standing(alias, timedelta())

    monkeypatch.setattr(replicas, "measure", slow)
    other = threading.Thread(target=replicas.guard.choose)
    other.start()
    measuring.wait(10)
    assert replicas.guard.choose() is None
    go_on.set()
    other.join()
    assert replicas.guard.choose() == REPLICA


def test_replicas_close_behind_take_turns_and_the_others_none(monkeypatch):
    monkeypatch.setattr(replicas, "aliases", lambda: ["replica1", "replica2", "replica3"])
    lags = {"replica1": FRESH, "replica2": timedelta(hours=1), "replica3": FRESH}
    monkeypatch.setattr(replicas, "measure", lambda alias: replicas.Standing(alias, lags[alias]))
    guard = replicas.LagGuard()
    chosen = [guard.choose() for _ in range(6)]
    assert sorted(chosen) == ["replica1"] * 3 + ["replica3"] * 3


def test_a_replica_in_trouble_is_left_alone_for_a_while(one_replica, monkeypatch):
    asked = []
    monkeypatch.setattr(
        replicas, "measure", lambda alias: asked.append(alias) or replicas.Standing(alias, None, "does not answer")
    )
    assert {replicas.guard.choose() for _ in range(3)} == {None}
    time.sleep(replicas.REMEMBERED_SECONDS * 1.2)
    assert replicas.guard.choose() is None
    assert asked == [REPLICA]


def test_the_log_says_once_that_a_replica_is_not_used_and_once_that_it_is_again(one_replica, monkeypatch, caplog):
    caplog.set_level("INFO", logger="alpr_site.replicas")
    monkeypatch.setattr(replicas, "REMEMBERED_SECONDS", 0)
    monkeypatch.setattr(replicas, "BEHIND_SECONDS", 0)
    for lag in (1, 90, 95, 1, 1):
        monkeypatch.setattr(replicas, "measure", lambda alias, s=lag: replicas.Standing(alias, timedelta(seconds=s)))
        replicas.guard.choose()
    assert [record.getMessage() for record in caplog.records] == [
        "replica1: 1.0 s behind, used",
        "replica1: 90.0 s behind, not used",
        "replica1: 1.0 s behind, used",
    ]


def test_replicas_are_named_in_the_settings_and_take_no_writes(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@primary/plates?sslmode=verify-full")
    monkeypatch.setenv(
        "DATABASE_REPLICA_URLS", "postgresql://app:a@one/plates?sslmode=verify-full postgresql://app:b@two/p"
    )
    fresh = runpy.run_path(base.__file__)
    databases = fresh["DATABASES"]
    assert list(databases) == ["default", "replica1", "replica2"]
    assert [databases[name]["HOST"] for name in databases] == ["primary", "one", "two"]
    assert databases["replica1"]["OPTIONS"]["sslmode"] == "verify-full"
    assert "default_transaction_read_only=on" in databases["replica2"]["OPTIONS"]["options"]
    assert "default_transaction_read_only" not in databases["default"]["OPTIONS"]["options"]
    assert fresh["DATABASE_ROUTERS"] == ["alpr_site.replicas.SearchesToReplicas"]


def test_without_replicas_there_is_no_router(monkeypatch):
    monkeypatch.delenv("DATABASE_REPLICA_URLS", raising=False)
    assert runpy.run_path(base.__file__)["DATABASE_ROUTERS"] == []
