"""A real PostgreSQL and a real Valkey from the wheels' programs, for the quick start and the tests only.

The wheels' own helpers are not used: docs/adr/0003-embedded-servers.md says what they would do.
"""

import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from urllib.parse import quote, urlencode

import psycopg
import redis
from psycopg import sql

from alpr_site.quickstart.server_home import ServerHome
from alpr_site.quickstart.server_process import EmbeddedServer, ServerFailed

OWNER, APP = "platekeeper_owner", "platekeeper_app"
NO_SYNC = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL behind a unix socket in a private folder, with a password for every role and no TCP port.

    ``disposable`` trades safety in a power cut for speed: the tests' cluster.
    """

    name = "postgres"
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # the same on every machine
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    def __init__(
        self, home: ServerHome, *, disposable: bool = False, say: Callable[[str], None] = lambda _: None
    ) -> None:
        super().__init__(home, say=say)
        self.disposable = disposable
        self.socket = home.socket_folder()

    def url(self, role: str, database: str = "platekeeper") -> str:
        """The role's URL; host and port as parameters, so that no PGHOST or PGPORT can redirect it."""
        place = urlencode({"host": self.socket, "port": 5432}, quote_via=quote)  # the port only names the socket file
        return f"postgresql://{role}:{self.password(role)}@/{database}?{place}"

    def command(self) -> list[str]:
        if not (self.data / "PG_VERSION").exists():
            self._init()
        self.home.socket_folder()  # stop() removes one in /tmp
        for stale in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)  # start() left no process of ours; the number in it may be a stranger's
        self.home.write_private(self.home.folder / "postgres.conf", self._conf())
        conf = self.home.folder / "postgres.conf"
        return [str(self.home.postgres / "bin/postgres"), "-D", str(self.data), "-c", f"config_file={conf}"]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            self.trouble = str(error)
            return False
        return True

    def stop(self, patience: float = 60) -> None:
        super().stop(patience)
        if not self.socket.is_relative_to(self.home.folder):
            shutil.rmtree(self.socket, ignore_errors=True)

    def make_roles(self, *, may_create_databases: bool = False) -> None:
        """Make the database and its two roles: the owner migrates, the app serves with rights given later."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role in {OWNER, APP} - roles:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), self.password(role))
                )
            if may_create_databases:
                connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
                connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP), sql.Identifier(OWNER)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'platekeeper'").fetchone():
                connection.execute(sql.SQL("CREATE DATABASE platekeeper OWNER {}").format(sql.Identifier(OWNER)))
                connection.execute("REVOKE ALL ON DATABASE platekeeper FROM PUBLIC")
                connection.execute(sql.SQL("GRANT CONNECT ON DATABASE platekeeper TO {}").format(sql.Identifier(APP)))

    def _init(self) -> None:
        """Make the cluster beside its place and move it there whole: a start cut short leaves none."""
        fresh = self.home.folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self.home.make_private(fresh)
        password = self.home.folder / "postgres-postgres.password"
        self.password("postgres")
        options = ["-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        options += self.locale
        options += ["--no-sync"] if self.disposable else []
        done = subprocess.run(
            [str(self.home.postgres / "bin/initdb"), "-D", str(fresh), *options],
            cwd="/", capture_output=True, text=True, **self.home.popen(),
        )  # fmt: skip
        if done.returncode:
            raise ServerFailed(f"PostgreSQL's initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _conf(self) -> str:
        settings = {
            "hba_file": self.data / "pg_hba.conf",
            "ident_file": self.data / "pg_ident.conf",
            "listen_addresses": "",
            "unix_socket_directories": self.socket,
            "port": 5432,
            "password_encryption": "scram-sha-256",
            "max_connections": 300,
            "shared_buffers": "256MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": 1.1,
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            "log_statement": "none",  # statements hold plates
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": 0,
        } | (NO_SYNC if self.disposable else {})
        return "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items())


class EmbeddedValkey(EmbeddedServer):
    """Valkey on a free loopback port with a password; every write is on disk within a second."""

    name = "valkey"
    program = "valkey-server"

    @property
    def port(self) -> int:
        """The port of the running or last server; 0 before the first start."""
        path = self.home.folder / "valkey.port"
        return int(path.read_text()) if path.exists() else 0

    def url(self) -> str:
        return f"redis://:{self.password('default')}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        self.home.make_private(self.data)
        self.home.write_private(self.home.folder / "valkey.port", str(_free_port(prefer=self.port)))
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": '"' + str(self.data).replace("\\", "\\\\").replace('"', '\\"') + '"',
            "requirepass": self.password("default"),
            "appendonly": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "notice",
        }
        conf = self.home.folder / "valkey.conf"
        self.home.write_private(conf, "".join(f"{name} {value}\n" for name, value in lines.items()))
        return [str(self.home.valkey / self.program), str(conf)]

    def answers(self) -> bool:
        try:
            with redis.Redis(host="127.0.0.1", port=self.port, password=self.password("default")) as client:
                return bool(client.ping())
        except redis.RedisError as error:
            self.trouble = str(error)
            return False


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _free_port(prefer: int) -> int:
    """A free loopback port, the preferred one if it still is; 6379 is outside the range the kernel gives."""
    for port in (prefer, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerFailed("No free port on 127.0.0.1 for Valkey.")
