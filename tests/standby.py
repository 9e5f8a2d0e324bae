"""A real streaming replica of the cluster the tests run on, made by ``pg_basebackup`` from its programs."""

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from django.db import connection, connections

from alpr_site.quickstart.server_home import ServerHome
from alpr_site.quickstart.server_process import ServerFailed
from alpr_site.quickstart.servers import EmbeddedPostgres

SUPERUSER_PASSWORD = "postgres-postgres.password"


class Standby(EmbeddedPostgres):
    """A replica of the tests' primary, in a folder of its own, with the primary's roles and databases."""

    def __init__(self, folder: Path) -> None:
        self.primary_socket = Path(connection.get_connection_params()["host"])
        postmaster, folder_of_primary = (self.primary_socket / ".s.PGSQL.5432.lock").read_text().splitlines()[:2]
        data = Path(folder_of_primary)
        programs = Path(os.readlink(f"/proc/{int(postmaster)}/exe")).parent.parent
        owner = data.stat().st_uid
        account = None if owner == os.geteuid() else pwd.getpwuid(owner)
        super().__init__(ServerHome(folder, account, programs, programs), disposable=True)
        self.home.write_private(folder / SUPERUSER_PASSWORD, (data.parent / SUPERUSER_PASSWORD).read_text())

    def _init(self) -> None:
        fresh = self.home.make_private(self.home.folder / "postgres.new")
        command = [str(self.home.postgres / "bin/pg_basebackup"), "-D", str(fresh), "-R", "-c", "fast", "--no-sync"]
        command += ["-h", str(self.primary_socket), "-p", "5432", "-U", "postgres"]
        options = self.home.popen()
        options["env"] |= {"PGPASSWORD": self.password("postgres")}
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, **options)
        if done.returncode:
            raise ServerFailed(f"pg_basebackup failed: {done.stderr.strip()}")
        fresh.rename(self.data)

    def _conf(self) -> str:
        return (
            super()._conf() + "max_standby_streaming_delay = 100\n"
        )  # ms a query may hold up what came from the primary

    def settings(self) -> dict[str, Any]:
        """Django's settings of a connection to it: the primary's, with the replica's socket."""
        primary = connections["default"].settings_dict
        options = primary["OPTIONS"] | {"host": str(self.socket), "connect_timeout": 2}
        return primary | {"OPTIONS": options, "TEST": primary["TEST"] | {"MIRROR": "default"}}

    def run(self, statement: str) -> Any:
        """The first value the statement gives on the replica, as its superuser."""
        with psycopg.connect(self.url("postgres", connection.settings_dict["NAME"]), autocommit=True) as link:
            row = link.execute(statement).fetchone()
        return row[0] if row else None

    def catch_up(self) -> None:
        """Wait until the replica has replayed all that the primary has written."""
        with psycopg.connect(connection_url(), autocommit=True) as link:
            link.execute("SET synchronous_commit = on")
            link.execute("SELECT pg_logical_emit_message(true, '', '')")  # flushed, and all before it with it
        until = time.monotonic() + 20
        target = _ask("SELECT pg_current_wal_lsn()::text")
        while not self.run(f"SELECT pg_last_wal_replay_lsn() >= '{target}'::pg_lsn"):
            if time.monotonic() > until:
                raise TimeoutError("the replica did not catch up in 20 s")
            time.sleep(0.02)


@contextmanager
def standby() -> Iterator[Standby]:
    """A running replica that streams from the tests' primary; gone at the end."""
    with TemporaryDirectory(prefix="platekeeper-standby-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = Standby(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def connection_url() -> str:
    """libpq's words for a second connection to the tests' primary, as their own role."""
    given = connection.get_connection_params()
    words = {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
    return psycopg.conninfo.make_conninfo("", **words)


def _ask(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
