"""The quick start's processes under one honcho manager: logs to files, only warnings to the terminal."""

import contextlib
import os
import queue
import re
import shlex
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from honcho import manager
from honcho.compat import ProcessManager
from honcho.manager import SYSTEM_PRINTER_NAME, Manager

from alpr_site.quickstart.state_folder import UMASK

manager.KILL_WAIT = 10  # seconds: enough for a photograph that is being read

WORTH_SHOWING = re.compile(
    r'"level": ?"(warning|error|critical)"|\b(WARNING|ERROR|CRITICAL)\b|^Traceback|^plate reader:'
)
NOT_WORTH_SHOWING = re.compile(
    r"superuser privileges|/readyz"
)  # root in a container; a page that says itself what it lacks
BIN = Path(sys.executable).parent


def commands(*, port: int, ocr: bool) -> dict[str, list[str]]:
    """Name and command line of every process, as in the Procfile but with this environment's programs."""
    celery = [str(BIN / "celery"), "-A", "alpr_site"]
    web = [
        str(BIN / "gunicorn"),
        "alpr_site.wsgi:application",
        f"--bind=127.0.0.1:{port}",
        "--worker-class=gthread",
    ]
    web += ["--workers=1", "--threads=256", "--timeout=120", "--graceful-timeout=2", "--log-level=warning"]
    worker = [
        *celery,
        "worker",
        "--queues=default",
        "--concurrency=2",
        "--hostname=worker@%h",
        "--loglevel=INFO",
    ]
    beat = [*celery, "beat", "--pidfile=", "--loglevel=INFO"]
    reader = [sys.executable, "-m", "alpr_site.quickstart.ocr_install", "--then-read"]
    watch = [sys.executable, "manage.py", "watch_ledger"]
    return {"web": web, "worker": worker, "beat": beat, "watch": watch} | ({"ocr": reader} if ocr else {})


class Logs:
    """honcho's printer: a file per process, and on the terminal only what someone should see."""

    width = 0

    def __init__(self, folder: Path, terminal: IO[str]) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.folder, self.terminal = folder, terminal
        self.first_to_stop: str | None = None
        self._files: dict[str, IO[str]] = {}

    def write(self, message: Any) -> None:
        if message.name == SYSTEM_PRINTER_NAME:
            name, _, event = message.data.partition(" ")
            if event.startswith("stopped") and self.first_to_stop is None:
                self.first_to_stop = name
            return
        data = message.data
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        if message.name not in self._files:
            self._files[message.name] = (self.folder / f"{message.name}.log").open("w", buffering=1)
        self._files[message.name].write(text)
        if WORTH_SHOWING.search(text) and not NOT_WORTH_SHOWING.search(text):
            print(f"{message.name}: {text.rstrip()[:400]}", file=self.terminal, flush=True)

    def end_of(self, name: str, lines: int = 12) -> str:
        """The last lines that a process wrote."""
        path = self.folder / f"{name}.log"
        return "\n".join(path.read_text().splitlines()[-lines:]) if path.exists() else ""

    def close(self) -> None:
        for file in self._files.values():
            file.close()


class Supervisor(Manager):
    """honcho's manager with a thread instead of a forked copy of itself per process.

    So the processes are children of the supervisor, and nothing but they can be left over when it is killed.
    """

    def __init__(self, logs: Logs, *, on_start: Callable[[], None]) -> None:
        super().__init__(printer=logs)
        self.events = _Events(self._stop_if_asked)
        self._asked_to_stop = False
        self._procmgr = _Leaders()
        self._on_start = on_start

    def add(self, name: str, command: list[str], env: dict[str, str], cwd: Path) -> None:
        self.add_process(name, f"umask {UMASK:04o}; exec {shlex.join(command)}", env=env, cwd=str(cwd))

    def ended_by_itself(self) -> str | None:
        """The process whose end ended the others; None if we were told to stop."""
        return None if self.returncode in (130, 143) else self._printer.first_to_stop

    def _start(self) -> None:
        for name, process in self._processes.items():
            threading.Thread(name=name, target=process["obj"].run, args=(self.events,), daemon=True).start()
        threading.Thread(name="announcement", target=self._on_start, daemon=True).start()

    def terminate(self) -> None:
        """Stop all processes; those that have not told their number yet, as soon as they have.

        Runs in a signal handler, which may have interrupted the loop while it held the queue's lock: so it never
        touches the queue.
        """
        self._asked_to_stop = True
        if self._all_started():
            super().terminate()

    def _stop_if_asked(self) -> None:
        if self._asked_to_stop and self._all_started():
            super().terminate()  # does nothing the second time


class _Events(queue.Queue[Any]):
    """The loop's queue; before each look into it, what a signal asked for too early is made good."""

    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self._before = before

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        self._before()
        return super().get(block, timeout)


class _Leaders(ProcessManager):
    """Asks only a group's leader to stop: gunicorn and Celery then let their children finish what they do."""

    def terminate(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
