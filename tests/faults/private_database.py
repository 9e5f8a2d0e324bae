"""A PostgreSQL that a test may break: a promoted copy of the tests' own, with Django's connection led to it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from alpr_site.quickstart.servers import APP
from tests.standby import Standby, standby

PASSWORD = "only-for-this-copy"


@contextmanager
def copied() -> Iterator[Standby]:
    """A copy of the tests' database as it is now, promoted, with its serving role's rights and a password for it."""
    with standby() as server:
        server.run("SELECT pg_promote()")
        with led_to(server):
            call_command("grant_app_role", role=APP, verbosity=0)
        as_superuser(server, sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(APP), PASSWORD))
        try:
            yield server
        finally:
            for process in server.processes():
                process.resume()


@contextmanager
def led_to(server: Standby, **instead: str) -> Iterator[None]:
    """Django's connection goes to the copy, with other settings ``instead`` of its own."""
    given = connections["default"].settings_dict
    kept = dict(given)
    connections["default"].close()
    given["OPTIONS"] = given["OPTIONS"] | {"host": str(server.socket), "connect_timeout": 5}
    given |= instead
    try:
        yield
    finally:
        connections["default"].close()
        given.clear()
        given.update(kept)


def as_superuser(server: Standby, *statements: str | sql.Composed) -> None:
    """Run statements on the copy as its superuser, each a transaction of its own."""
    with psycopg.connect(server.url("postgres", kept_name()), autocommit=True) as link:
        for statement in statements:
            link.execute(statement)


def kept_name() -> str:
    """The database's name."""
    return str(connection.settings_dict["NAME"])


@contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    """SIGSTOP for all of them, SIGCONT afterwards."""
    for process in processes:
        process.suspend()
    time.sleep(0.1)
    try:
        yield
    finally:
        for process in processes:
            process.resume()
