"""Servers for measurements at scale: PostgreSQL with the memory of a server of its own, restarted cold on demand."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from alpr_site.quickstart.server_home import ServerHome, settle
from alpr_site.quickstart.servers import OWNER, EmbeddedPostgres, EmbeddedValkey
from alpr_site.quickstart.state_folder import hold, open_state
from bench import reads_at_scale
from bench.reads_at_scale import Filling
from bench.scratch import drop, say


def settings() -> dict[str, str]:
    """As docs/bench.md says: for this machine's memory, a quarter of it shared."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{min(memory // 4, 6144)}MB",
        "effective_cache_size": f"{memory * 2 // 3}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "512MB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "effective_io_concurrency": "64",
        "shared_preload_libraries": "pg_stat_statements",
    }


class TunedPostgres(EmbeddedPostgres):
    """The quick start's PostgreSQL with more memory; durability as in use: fsync and synchronous_commit on."""

    def command(self) -> list[str]:
        return super().command() + [part for item in settings().items() for part in ("-c", "=".join(item))]


@dataclass(slots=True)
class Cluster:
    """The running servers; databases are named by the number of reads asked for."""

    postgres: TunedPostgres
    url: str
    _ready: dict[int, Filling] = field(default_factory=dict)

    def filled(self, reads: int) -> Filling:
        """Put Django on the database of so many reads, filled now if no earlier run did."""
        self.use(reads)
        if reads not in self._ready:
            url = os.environ["DATABASE_URL"]
            if (there := reads_at_scale.standing(url)) is None:
                self._drop(_name(reads))
                self.use(reads)
                there = reads_at_scale.fill(url, reads)
            self._ready[reads] = there
        return self._ready[reads]

    def _drop(self, name: str) -> None:
        from django.db import connection

        connection.close()
        with psycopg.connect(self.url, autocommit=True) as admin:
            drop(admin, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def use(self, reads: int) -> None:
        """Put Django, and processes started from now on, on this database; made empty where there is none."""
        name = _name(reads)
        with psycopg.connect(self.url, autocommit=True) as admin:
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                admin.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'UTC'").format(sql.Identifier(name)))
        self._go(name)

    def _go(self, name: str) -> None:
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        _set_up(name)

    @contextmanager
    def copied(self, reads: int) -> Iterator[None]:
        """Put Django on a copy of the filled database, which is dropped afterwards: for benches that write."""
        from django.db import connection

        self.filled(reads)
        connection.close()
        name = f"{_name(reads)}_copy"
        self._drop(name)
        with psycopg.connect(self.url, autocommit=True) as admin:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            admin.execute(copy.format(sql.Identifier(name), sql.Identifier(_name(reads))))
        try:
            self._go(name)
            yield
        finally:
            self._drop(name)
            self.use(reads)

    def chill(self) -> None:
        """Restart PostgreSQL with nothing of its data in memory, neither its own nor the system's."""
        from django.db import connection

        connection.close()
        self.postgres.stop()
        os.sync()
        for path in self.postgres.data.rglob("*"):
            if path.is_file() and not path.is_symlink():
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                finally:
                    os.close(descriptor)
        self.postgres.start()


@contextmanager
def cluster(*, keep: str = "") -> Iterator[Cluster]:
    """PostgreSQL and Valkey for one bench: of a folder that stays (``keep``), or of one that is gone afterwards."""
    with ExitStack() as stack:
        state = stack.enter_context(_state(keep))
        home = settle(state)
        stack.callback(_leave, home, state, keep)
        postgres, valkey = TunedPostgres(home, say=say), EmbeddedValkey(home)
        for server in (postgres, valkey):
            stack.callback(server.stop)
            server.start()
        postgres.make_roles(may_create_databases=True)
        with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as admin:
            admin.execute(
                sql.SQL("GRANT pg_checkpoint, pg_read_all_stats, pg_signal_backend TO {}").format(sql.Identifier(OWNER))
            )
        url = postgres.url(OWNER)
        photos = stack.enter_context(tempfile.TemporaryDirectory(prefix="platekeeper-bench-"))
        os.environ |= {
            "DATABASE_URL": url,
            "REDIS_URL": valkey.url(),
            "DJANGO_SETTINGS_MODULE": "alpr_site.settings.dev",
            "PLATEKEEPER_STATE": photos,
            "SECRET_KEY": "only-for-benches-0123456789-abcdefghijklmnopqrstuvwxyz",
            "LOG_LEVEL": "ERROR",
        }
        yield Cluster(postgres, url)
        from django.db import connections

        connections.close_all()


@contextmanager
def _state(keep: str) -> Iterator[Path]:
    """The first folder of this kind that no other bench holds, or the kept one of the name."""
    names = [f"bench-kept-{keep}"] if keep else [f"bench-scale-{number}" for number in range(1, 9)]
    for name in names:
        state = open_state(str(Path(".state") / name), variable="")
        if (lock := hold(state / "lock")) is not None:
            with lock:
                yield state
            return
    raise SystemExit(f"Another bench holds {', '.join(names)} below .state: wait for it or stop it.")


def _leave(home: ServerHome, state: Path, keep: str) -> None:
    """Millions of reads stay only where that was asked for."""
    if not keep:
        shutil.rmtree(home.folder, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


def _name(reads: int) -> str:
    return f"platekeeper_bench_{reads}"


def _set_up(database: str) -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database
