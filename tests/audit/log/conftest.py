"""A log to sign, alarms that are caught, and a witness as its own process."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import asker, ledger
from audit.actions import Action
from audit.log import keys
from audit.models import LedgerEntry
from tests.make import NOON

PROGRAM = Path(__file__).parents[3] / "audit" / "log" / "witness.py"


@pytest.fixture
def grow() -> Callable[[int], int]:
    """``grow(5)``: five records more; the log's size then."""

    def add(number: int) -> int:
        for _ in range(number):
            ledger.note(Action.LEDGER_VERIFY, by=asker.system("test"), at=NOON, purpose="test")
        return LedgerEntry.objects.count()

    return add


@pytest.fixture
def alarmed(monkeypatch) -> list[tuple[str, str]]:
    """Alarms raised meanwhile: code and words."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr("audit.alarms.raise_alarm", lambda code, words, *, at: found.append((code, words)))
    return found


@pytest.fixture
def kept(settings, tmp_path) -> Path:
    """The file of checkpoints outside the database."""
    settings.CHECKPOINT_FILE = str(tmp_path / "checkpoints.txt")
    return tmp_path / "checkpoints.txt"


class Process:
    """A witness as its own process, with its own folder."""

    def __init__(self, folder: Path, log: str, public: bytes, *extra: str) -> None:
        self.folder, self.extra = folder, extra
        self.follows = f"{log}={base64.b64encode(public).decode()}"
        self.run: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it on a port the system chooses."""
        command = [sys.executable, str(PROGRAM), "serve", "--folder", str(self.folder), "--port", "0"]
        command += ["--name", "records-room", "--origin-key", self.follows, *self.extra]
        self.run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.run.stdout is not None
        facts = {}
        for line in self.run.stdout:
            word, _, rest = line.strip().partition(" ")
            facts[word] = rest
            if word == "listens":
                break
        else:
            words = "; ".join(f"{word} {rest}" for word, rest in facts.items())
            raise AssertionError(f"the witness did not start: {words}")
        self.url = f"http://{facts['listens']}"
        self.public = base64.b64decode(facts["public-key"])

    def kill(self) -> None:
        """kill -9."""
        if self.run is not None:
            self.run.kill()
            self.run.wait(timeout=20)
            assert self.run.stdout is not None
            self.run.stdout.close()
            self.run = None

    @property
    def setting(self) -> tuple[str, str, str]:
        return ("records-room", self.url, base64.b64encode(self.public).decode())


@pytest.fixture
def witness_of(tmp_path) -> Iterator[Callable[..., Process]]:
    """``witness_of(log, public key)``: a running witness, ended with the test."""
    made: list[Process] = []

    def start(log: str, public: bytes, *extra: str) -> Process:
        made.append(Process(tmp_path / f"witness-{len(made)}", log, public, *extra))
        made[-1].start()
        return made[-1]

    yield start
    for process in made:
        process.kill()


@pytest.fixture
def witness(witness_of, settings) -> Process:
    """A witness that follows the tests' log, as the settings name it."""
    public = keys.load(settings.LOG_KEY_FILE).public_key().public_bytes_raw()
    made: Process = witness_of(settings.LOG_ORIGIN_NAME, public)
    settings.WITNESSES = [made.setting]
    return made


@pytest.fixture
def log_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


ROOT = os.geteuid() == 0
