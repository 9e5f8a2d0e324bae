"""A database of a bench's own, and the one way figures are printed."""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


def figure(name: str, value: float, unit: str, *, samples: Sequence[float] = (), n: int = 0, note: str = "") -> None:
    """Print one figure; ``samples`` (same unit) give p50 and p95."""
    ordered = sorted(samples)
    row: dict[str, object] = {"name": name, "value": round(value, 4), "unit": unit, "n": n or len(ordered)}
    if ordered:
        row["p50"] = round(statistics.median(ordered), 4)
        row["p95"] = round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 4)
    print(json.dumps(row | {"note": note}), flush=True)


@contextmanager
def scratch(name: str) -> Iterator[None]:
    """Servers (started where no URL names any), a fresh database ``name``, Django set up and migrated; all gone after.

    The cluster commits to disk as in use. ``SECRET_KEY`` and the state folder are the bench's own.
    """
    with ExitStack() as stack:
        stack.enter_context(_servers())
        stack.enter_context(_database(name))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="platekeeper-bench-"))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "alpr_site.settings.dev",
            "PLATEKEEPER_STATE": folder,
            "SECRET_KEY": "only-for-benches-0123456789-abcdefghijklmnopqrstuvwxyz",
            "LOG_LEVEL": "ERROR",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        from django.db import connections

        connections.close_all()


@contextmanager
def _servers() -> Iterator[None]:
    if {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        yield
        return
    from alpr_site.quickstart.server_home import settle
    from alpr_site.quickstart.servers import OWNER, EmbeddedPostgres, EmbeddedValkey

    with ExitStack() as stack:
        home = settle(stack.enter_context(_free_state()))
        if "DATABASE_URL" not in os.environ:
            postgres = EmbeddedPostgres(home)
            stack.callback(postgres.stop)
            postgres.start()
            postgres.make_roles(may_create_databases=True)
            os.environ["DATABASE_URL"] = postgres.url(OWNER)
        if "REDIS_URL" not in os.environ:
            valkey = EmbeddedValkey(home)
            stack.callback(valkey.stop)
            valkey.start()
            os.environ["REDIS_URL"] = valkey.url()
        yield


@contextmanager
def _free_state() -> Iterator[Path]:
    """The first folder for servers that no other bench holds: .state/bench, .state/bench-2, ..."""
    from alpr_site.quickstart.state_folder import hold, open_state

    for number in range(1, 20):
        name = "bench" if number == 1 else f"bench-{number}"
        state = open_state(str(Path(".state") / name), variable="")
        if (lock := hold(state / "lock")) is not None:
            with lock:
                yield state
            return
    raise SystemExit("Twenty benches hold their folders below .state: stop some of them.")


@contextmanager
def _database(name: str) -> Iterator[None]:
    given = os.environ["DATABASE_URL"]
    away = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(given, autocommit=True) as admin:
        drop(admin, away)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
        try:
            yield
        finally:
            os.environ["DATABASE_URL"] = given
            drop(admin, away)


def drop(admin: "psycopg.Connection[Any]", statement: sql.Composed, attempts: int = 5) -> None:
    """Drop the database. An owner may not end autovacuum, which is a superuser's process and soon done."""
    for _ in range(attempts - 1):
        try:
            admin.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            time.sleep(1)
        else:
            return
    admin.execute(statement)


def say(words: str) -> None:
    """Progress for whoever waits, on standard error."""
    print(words, file=sys.stderr, flush=True)
