"""The embedded servers: real processes in a folder of the test's own."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from alpr_site.quickstart import server_home
from alpr_site.quickstart.server_home import NoHome, settle
from alpr_site.quickstart.servers import APP, OWNER, EmbeddedPostgres, EmbeddedValkey


def modes_above(path: Path) -> dict[Path, int]:
    return {folder: folder.stat().st_mode for folder in path.parents}


@pytest.fixture
def state(open_folder: Path) -> Path:
    """A state folder whose path has spaces and a comma and is too long for a socket."""
    folder = open_folder / "a clone, with spaces" / ("and a very long name " * 4) / ".state"
    folder.mkdir(parents=True, mode=0o711)
    return folder


@pytest.fixture
def short_state(open_folder: Path) -> Path:
    """A state folder with a space in its path that is short enough to hold the socket."""
    folder = open_folder / "a b" / ".state"
    folder.mkdir(parents=True, mode=0o711)
    return folder


@pytest.fixture
def postgres(state: Path, with_cluster: Callable[[Path], EmbeddedPostgres]) -> Iterator[EmbeddedPostgres]:
    server = with_cluster(state)
    yield server
    server.stop()


@pytest.fixture
def valkey(state: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(settle(state))
    yield server
    server.stop()


def write_a_row(server: EmbeddedPostgres) -> None:
    with closing(psycopg.connect(server.url(OWNER), autocommit=True)) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")


def read_the_row(server: EmbeddedPostgres) -> str:
    with closing(psycopg.connect(server.url(OWNER))) as connection:
        row = connection.execute("SELECT word FROM kept").fetchone()
    assert row is not None
    return str(row[0])


def test_a_lasting_postgres_keeps_what_was_committed_through_kill_9(postgres: EmbeddedPostgres) -> None:
    postgres.disposable = False
    postgres.start()
    write_a_row(postgres)

    postgres.kill()
    assert postgres.processes() == []
    postgres.start()

    assert read_the_row(postgres) == "still here"


def test_the_socket_lies_beside_the_data_where_the_path_is_short(
    short_state: Path, with_cluster: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = with_cluster(short_state)
    try:
        server.start()
        assert server.socket.is_relative_to(short_state)
    finally:
        server.stop()


def test_postgres_starts_over_the_children_of_a_killed_postmaster(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    [postmaster] = postgres.leaders(postgres.processes())
    postmaster.kill()

    postgres.start()

    assert postgres.answers()


def test_a_running_postgres_is_used_not_started_again(postgres: EmbeddedPostgres, state: Path) -> None:
    postgres.start()
    before = {process.pid for process in postgres.leaders(postgres.processes())}

    EmbeddedPostgres(settle(state), disposable=True).start()

    assert {process.pid for process in postgres.leaders(postgres.processes())} == before


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_stop_the_start(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n1\n5432\n")

    postgres.start()

    assert postgres.answers()
    assert psutil.pid_exists(os.getpid())


def test_an_initdb_that_was_cut_short_is_made_again(state: Path) -> None:
    server = EmbeddedPostgres(settle(state), disposable=True)
    half = server.home.folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    try:
        server.start()
        assert server.answers()
    finally:
        server.stop()


def test_no_role_gets_in_without_its_password(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    for role in ("postgres", OWNER, APP):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres.url(role).replace(postgres.password(role), "a-guess"))


def test_the_app_role_owns_nothing_and_may_make_nothing(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with (
        closing(psycopg.connect(postgres.url(APP))) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (word text)")


def test_postgres_listens_on_no_port(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    [postmaster] = postgres.leaders(postgres.processes())
    assert [c for c in postmaster.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []


def test_only_their_account_may_enter_the_servers_folders(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
    postgres.start()
    valkey.start()
    for folder in (postgres.data, postgres.socket, valkey.data):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == postgres.home.uid
    for file in postgres.home.folder.iterdir():
        assert file.is_dir() or file.stat().st_mode & 0o077 == 0, file


def test_valkey_keeps_its_queue_through_kill_9(valkey: EmbeddedValkey) -> None:
    valkey.start()
    with redis.Redis.from_url(valkey.url()) as client:
        client.rpush("queue", "a task")
        assert client.waitaof(1, 0, 5000) == [1, 0]

    valkey.kill()
    valkey.start()

    with redis.Redis.from_url(valkey.url()) as client:
        assert client.lrange("queue", 0, -1) == [b"a task"]
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_valkey_refuses_without_its_password_and_avoids_the_usual_port(valkey: EmbeddedValkey) -> None:
    valkey.start()
    assert valkey.port != 6379
    with redis.Redis(port=valkey.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_an_orphaned_valkey_is_used_again(valkey: EmbeddedValkey, state: Path) -> None:
    valkey.start()
    port, before = valkey.port, [process.pid for process in valkey.processes()]

    again = EmbeddedValkey(settle(state))
    again.start()

    assert (again.port, [process.pid for process in again.processes()]) == (port, before)


def test_stopping_leaves_no_process_and_no_folder_elsewhere(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
    for server in (postgres, valkey):
        server.start()
        server.stop()
        assert server.processes() == []
    assert not postgres.socket.exists()


def test_no_folder_above_gets_other_rights(state: Path, with_cluster: Callable[[Path], EmbeddedPostgres]) -> None:
    before = modes_above(state)
    server = with_cluster(state)
    try:
        server.start()
        assert modes_above(state) == before
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
def test_under_a_private_folder_roots_servers_go_outside_it(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (open_folder / "outside").mkdir(mode=0o755)
    state = open_folder / "private" / "clone" / ".state"
    state.mkdir(parents=True)
    (open_folder / "private").chmod(0o700)
    monkeypatch.setattr(server_home, "OUTSIDE", (open_folder / "outside",))
    before = modes_above(state)
    server = EmbeddedPostgres(settle(state), disposable=True)
    try:
        server.start()
        assert server.data.is_relative_to(open_folder / "outside")
        assert {process.username() for process in server.leaders(server.processes())} == {"nobody"}
        assert settle(state) == server.home
        assert modes_above(state) == before
    finally:
        server.stop()


def test_a_folder_that_someone_else_made_is_refused(open_folder: Path) -> None:
    home = settle(open_folder)
    (open_folder / "elsewhere").mkdir()
    (home.folder / "postgres").symlink_to(open_folder / "elsewhere")
    with pytest.raises(NoHome, match="remove it"):
        home.make_private(home.folder / "postgres")
