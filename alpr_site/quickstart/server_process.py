"""One embedded server as a process: started, found again after its starter crashed, stopped in good order."""

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import IO

import psutil

from alpr_site.quickstart.server_home import ServerHome

PROGRAMS = ("postgres", "valkey-server", "redis-server")
LOG_LIMIT = 5_000_000
RECOVERY_SECONDS = 900  # after a crash PostgreSQL replays its log first, and that may take long


class ServerFailed(RuntimeError):
    """A server did not come up; the message ends with the last lines of its log."""


class EmbeddedServer:
    """What both servers share: data folder, log, passwords made once, finding what an earlier run left."""

    name: str
    stop_signal = signal.SIGTERM
    trouble = ""

    def __init__(self, home: ServerHome, *, say: Callable[[str], None] = lambda line: None) -> None:
        self.home, self.say = home, say
        self.data = home.folder / self.name
        self.log = home.folder / f"{self.name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def password(self, role: str) -> str:
        """The role's password, made at the first call and kept in a private file."""
        path = self.home.folder / f"{self.name}-{role}.password"
        if not path.exists():
            self.home.write_private(path, secrets.token_urlsafe(24))
        return path.read_text()

    def command(self) -> list[str]:
        """The server's command line; prepares what the server needs before it starts."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the server lets us in with our password."""
        raise NotImplementedError

    def processes(self) -> list[psutil.Process]:
        """Living processes of this server, whoever started them: those that work in its data folder."""
        found = []
        for process in psutil.process_iter(["name", "cwd", "status"]):
            ours = process.info["name"] in PROGRAMS and process.info["cwd"] == str(self.data.resolve())
            if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def start(self) -> None:
        """Make sure the server answers: the one that runs already, else a fresh process on the same data."""
        if self.processes() and self.answers():
            return
        self.kill()
        with self._logging() as log:
            self._child = subprocess.Popen(
                self.command(), cwd=self.home.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **self.home.popen(),
            )  # fmt: skip
        began = said = time.monotonic()
        while not self.answers():
            if self._child.poll() is not None or time.monotonic() - began > RECOVERY_SECONDS:
                self.kill()
                raise ServerFailed(f"{self.name} did not start. Its log, {self.log}, ends:\n{self._log_end()}")
            if time.monotonic() - said > 10:
                said = time.monotonic()
                self.say(f"{self.name} does not answer yet after {said - began:.0f} s: {self.trouble.splitlines()[0]}")
            time.sleep(0.03)

    def stop(self, patience: float = 60) -> None:
        """Stop in good order; by force only if that takes longer than the patience, in seconds."""
        running = self.processes()
        for process in self.leaders(running):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(self.stop_signal)
        psutil.wait_procs(running, timeout=patience)
        self.kill()

    def kill(self) -> None:
        """End every process on the data folder at once; the next start recovers."""
        for _ in range(50):
            if not (running := self.processes()):
                break
            for process in running:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(running, timeout=0.5)
        if self._child is not None:
            self._child.poll()

    @staticmethod
    def leaders(running: list[psutil.Process]) -> list[psutil.Process]:
        """Those of the processes whose parent is none of them."""
        pids = {process.pid for process in running}
        return [process for process in running if _parent(process) not in pids | {None}]

    @contextlib.contextmanager
    def _logging(self) -> Iterator[IO[bytes]]:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
            yield file

    def _log_end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])


def _parent(process: psutil.Process) -> int | None:
    """The parent's pid; None for a process that has ended since it was listed."""
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None
