"""`make run` as a person meets it: what it says when something is in the way, and what it leaves behind."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from alpr_site.quickstart import run
from alpr_site.quickstart.given_services import check_broker, database_urls
from alpr_site.quickstart.leftovers import MARK, leftovers
from alpr_site.quickstart.ocr_install import remember
from alpr_site.quickstart.run import CannotRun, check_port, product_environment, start_servers
from alpr_site.quickstart.running import stop
from alpr_site.quickstart.server_home import settle
from alpr_site.quickstart.server_process import ServerFailed
from alpr_site.quickstart.servers import EmbeddedPostgres
from alpr_site.quickstart.state_folder import hold, holder, open_state, private_folders, secret_key
from alpr_site.quickstart.steps import Steps
from alpr_site.quickstart.supervisor import Logs, Supervisor, commands

PROJECT = Path(__file__).resolve().parents[2]


def start_run(state: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PLATEKEEPER_STATE": str(state)} | variables
    command = [sys.executable, "-m", "alpr_site.quickstart.run"]
    return subprocess.run(command, env=env, cwd=PROJECT, capture_output=True, text=True, timeout=60)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def another_run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the run's lock, as a supervisor does."""
    code = (
        "import sys, time; from pathlib import Path; from alpr_site.quickstart.state_folder import hold; "
        f"lock = hold(Path({str(tmp_path)!r}) / 'run.lock'); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_taken_port_is_named_in_one_line_with_the_way_out(taken_port: int, tmp_path: Path) -> None:
    done = start_run(tmp_path, PORT=str(taken_port))
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"Port {taken_port} is taken" in done.stderr
    assert f"make run PORT={taken_port + 1}" in done.stderr


def test_a_port_that_is_no_number_is_named(tmp_path: Path) -> None:
    done = start_run(tmp_path, PORT="eighty")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "PORT is a number from 1 to 65535, not eighty.\n"


def test_a_second_run_of_the_same_folder_is_refused_in_one_line(
    another_run: subprocess.Popen[str], tmp_path: Path
) -> None:
    (tmp_path / "address").write_text("http://127.0.0.1:8000\n")
    done = start_run(tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "Platekeeper already runs from this folder, at http://127.0.0.1:8000. `make stop` ends it.\n"
    )


def test_the_lock_names_its_holder_and_ends_with_it(another_run: subprocess.Popen[str], tmp_path: Path) -> None:
    assert holder(tmp_path / "run.lock") == another_run.pid
    another_run.kill()
    another_run.wait()
    assert holder(tmp_path / "run.lock") is None


def test_stop_ends_the_run_that_holds_the_folder(another_run: subprocess.Popen[str], tmp_path: Path) -> None:
    assert stop(tmp_path) == "Stopped."
    assert another_run.wait() != 0


def test_stop_ends_what_a_killed_run_left(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["/bin/sleep", "60"], env={MARK: str(tmp_path)})
    stranger = subprocess.Popen(["/bin/sleep", "60"], env={MARK: str(tmp_path) + "-other"})
    try:
        assert [process.pid for process in leftovers(tmp_path)] == [sleeper.pid]
        assert stop(tmp_path) == "Stopped what an earlier run had left."
        assert leftovers(tmp_path) == []
        assert stranger.poll() is None
    finally:
        for process in (sleeper, stranger):
            process.kill()
            process.wait()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own servers as someone's who brings both URLs."""
    monkeypatch.setenv("DATABASE_URL", os.environ["DATABASE_URL"])
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)


def test_with_both_urls_nothing_embedded_starts(
    given: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = start_servers(tmp_path, Steps(8), run.ExitStack())

    assert urls["REDIS_URL"] == os.environ["REDIS_URL"]
    assert urls["DATABASE_OWNER_URL"] == os.environ["DATABASE_URL"]
    assert not (tmp_path / "servers").exists()
    assert capsys.readouterr().out.count("nothing embedded") == 2


def test_a_database_that_does_not_answer_is_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:secret@127.0.0.1:9/plates")
    with pytest.raises(ServerFailed) as caught:
        start_servers(tmp_path, Steps(8), run.ExitStack())
    assert str(caught.value).startswith("DATABASE_URL does not answer: ")
    assert len(str(caught.value).splitlines()) == 1
    assert "secret" not in str(caught.value)


def test_a_broker_that_does_not_answer_is_named_in_one_line() -> None:
    with pytest.raises(ServerFailed, match=r"^REDIS_URL does not answer: .*refused"):
        check_broker("redis://127.0.0.1:9/0")


def test_one_url_whose_role_may_make_roles_gets_a_serving_role(open_folder: Path) -> None:
    server = EmbeddedPostgres(settle(open_folder), disposable=True)
    try:
        server.start()
        one = server.url("postgres", "postgres")
        serving, owner = database_urls(one, None, open_folder)
        assert owner == one
        assert urlsplit(serving).username == "platekeeper_app"
        assert database_urls(one, None, open_folder) == (serving, owner)
    finally:
        server.stop()


def test_one_url_whose_role_may_not_make_roles_does_both(
    open_folder: Path, with_cluster: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = with_cluster(open_folder)
    try:
        server.start()
        one = server.url("platekeeper_owner")
        assert database_urls(one, None, open_folder) == (one, one)
    finally:
        server.stop()


def test_the_serving_processes_know_nothing_of_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@db.example.gov/plates")
    env = product_environment(tmp_path, "http://127.0.0.1:8000")
    assert "DATABASE_OWNER_URL" not in run.serving_environment(env)


def test_the_secret_key_is_made_once_and_for_us_only(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert secret_key(tmp_path) == first
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_state_folder_lets_others_pass_but_not_look(tmp_path: Path) -> None:
    os.environ["PLATEKEEPER_STATE_OF_THIS_TEST"] = str(tmp_path / "state")
    try:
        folder = open_state(variable="PLATEKEEPER_STATE_OF_THIS_TEST")
    finally:
        del os.environ["PLATEKEEPER_STATE_OF_THIS_TEST"]
    assert folder.stat().st_mode & 0o777 == 0o711


def test_photographs_and_mail_lie_in_private_folders(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir(mode=0o755)
    private_folders(tmp_path)
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("photos", "mail")} == {0o700}


def test_what_a_process_of_the_product_writes_is_private(tmp_path: Path) -> None:
    supervisor = Supervisor(Logs(tmp_path / "logs", sys.stdout), on_start=lambda: None)
    letter = "from pathlib import Path; Path('mail').mkdir(); Path('mail/letter').write_text('')"
    supervisor.add("web", [sys.executable, "-c", letter], dict(os.environ), tmp_path)
    supervisor.loop()
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "mail/letter").stat().st_mode & 0o777 == 0o600


def test_a_free_port_is_no_trouble(taken_port: int) -> None:
    with pytest.raises(CannotRun):
        check_port(taken_port)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        free = listener.getsockname()[1]
    check_port(free)


def test_without_the_reader_no_process_of_its_runs() -> None:
    assert "ocr" not in commands(port=8000, ocr=False)
    assert {"web", "worker", "beat", "watch", "ocr"} == set(commands(port=8000, ocr=True))


def test_the_site_can_read_how_far_the_reader_is(tmp_path: Path) -> None:
    remember(tmp_path, "installing", "Installing torch.", began=0)
    told = json.loads((tmp_path / "ocr-install.json").read_text())
    assert told["state"] == "installing"
    assert told["message"] == "Installing torch."
    assert told["started_at"] == "1970-01-01T00:00:00Z"
    assert told["seconds"] > 0


def test_a_lock_that_is_held_is_not_given_again(another_run: subprocess.Popen[str], tmp_path: Path) -> None:
    assert hold(tmp_path / "run.lock") is None


def supervised(tmp_path: Path, **scripts: str) -> tuple[Supervisor, Logs, str]:
    terminal = io.StringIO()
    logs = Logs(tmp_path / "logs", terminal)
    supervisor = Supervisor(logs, on_start=lambda: None)
    for name, script in scripts.items():
        supervisor.add(name, [sys.executable, "-u", "-c", script], dict(os.environ), tmp_path)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        supervisor.loop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        logs.close()
    return supervisor, logs, terminal.getvalue()


def test_when_one_process_ends_the_others_are_stopped_and_it_is_named(tmp_path: Path) -> None:
    before = psutil.Process().children()
    supervisor, logs, _ = supervised(
        tmp_path, web="import time; time.sleep(60)", worker="print('no broker'); raise SystemExit(3)"
    )
    assert supervisor.ended_by_itself() == "worker"
    assert logs.end_of("worker") == "no broker"
    assert psutil.Process().children() == before


def test_only_warnings_reach_the_terminal_and_everything_the_log(tmp_path: Path) -> None:
    _, logs, shown = supervised(tmp_path, web="""print('{"level": "info"}'); print('{"level": "warning"}')""")
    assert shown == 'web: {"level": "warning"}\n'
    assert logs.end_of("web") == '{"level": "info"}\n{"level": "warning"}'


def test_being_told_to_stop_is_no_failure(tmp_path: Path) -> None:
    ask_parent = "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"
    supervisor, _, _ = supervised(tmp_path, web=ask_parent)
    assert supervisor.ended_by_itself() is None


def sleeping(tmp_path: Path) -> Supervisor:
    supervisor = Supervisor(Logs(tmp_path / "logs", io.StringIO()), on_start=lambda: None)
    supervisor.add("web", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ), tmp_path)
    return supervisor


def test_a_signal_that_interrupts_the_loop_at_its_queue_does_not_hang_it(tmp_path: Path) -> None:
    supervisor = sleeping(tmp_path)
    handler = threading.Thread(target=supervisor.terminate, daemon=True)
    with supervisor.events.mutex:  # where the signal came
        handler.start()
        handler.join(timeout=10)
        assert not handler.is_alive()


def test_being_told_to_stop_before_all_have_started_stops_them(tmp_path: Path) -> None:
    supervisor = sleeping(tmp_path)
    supervisor.terminate()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    began = time.monotonic()
    try:
        supervisor.loop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert time.monotonic() - began < 30
    assert supervisor.returncode == -signal.SIGTERM
