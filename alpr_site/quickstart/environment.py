"""Make or renew `.venv` from a hashed lock: run by a bare `python3`, before anything of ours is installed.

Usage: ``python3 alpr_site/quickstart/environment.py app|dev``. An unchanged lock means nothing to do.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
BOOTSTRAP = PROJECT / "requirements" / "bootstrap.txt"
STAMP = VENV / "platekeeper-locks.json"
OLDEST = (3, 11)
COVERS = {"app": ("app",), "dev": ("dev", "app")}  # the developers' lock holds the whole of the app's


class CannotInstall(Exception):
    """The environment cannot be made on this machine; the message is the one line to show."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done, then how long it took, on one line."""
    print(f"  {title} ...", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)


def renew(lock: str) -> bool:
    """Bring `.venv` up to the lock ("app" or "dev"); False if it was already. Raises CannotInstall."""
    check_machine()
    wanted = {name: _fingerprint(name) for name in COVERS[lock]}
    if _stamped().get(lock) == wanted[lock] and PYTHON.exists():
        return False
    with (PROJECT / ".venv.lock").open("w") as turn:  # `make run` and `make test` may start at once
        fcntl.flock(turn, fcntl.LOCK_EX)
        if _stamped().get(lock) != wanted[lock] or not PYTHON.exists():
            _renew(lock, wanted)
    return True


def _renew(lock: str, wanted: dict[str, str]) -> None:
    print(f"Environment for `{lock}` in {VENV}", flush=True)
    if not _usable():
        with step("making a virtual environment"):
            _make_venv()
    install(PROJECT / "requirements" / f"{lock}.txt")
    STAMP.write_text(json.dumps(_stamped() | wanted))


def check_machine() -> None:
    """Raise CannotInstall with one clear line if this Python cannot make an environment."""
    if sys.version_info < OLDEST:
        raise CannotInstall(
            f"Python {sys.version.split()[0]} is too old: Platekeeper needs 3.11 or newer. "
            "Name a newer one: make run PYTHON=python3.12"
        )
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise CannotInstall(
            f"This Python lacks {' and '.join(missing)}. On Debian or Ubuntu: apt-get install python3-venv"
        )


def _usable() -> bool:
    """Whether `.venv` is of this place and Python, with a working pip: a killed start leaves it half made."""
    probe = "import sys, pip; print(sys.prefix, '%d.%d' % sys.version_info[:2], sep='\\n')"
    try:
        found = subprocess.run([PYTHON, "-Ic", probe], capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return False
    return (
        Path(found[0]).resolve() == VENV
        and found[1] == f"{sys.version_info[0]}.{sys.version_info[1]}"
        and _same_place()
    )


def _same_place() -> bool:
    """The programs in `.venv/bin` name the folder they were made in: a moved clone needs new ones."""
    return f"{VENV}/bin/python" in (VENV / "bin" / "pip").read_text(errors="replace")


def _make_venv() -> None:
    if VENV.is_symlink():
        raise CannotInstall(f"{VENV} is a link; remove it and start again.")
    shutil.rmtree(VENV, ignore_errors=True)
    _run([sys.executable, "-m", "venv", VENV])


def install(lock: Path, *options: str) -> None:
    """Install a lock with uv, several times as fast as pip; with pip where uv does not fit or fails."""
    if (why_pip := _reason_for_pip()) is None:
        try:
            with step("getting uv, the fast installer"):
                _run([*pip(), "install", "--require-hashes", "-r", BOOTSTRAP])
            with step(f"installing {_count(lock)} packages"):
                uv = [
                    VENV / "bin" / "uv",
                    "pip",
                    "install",
                    "--quiet",
                    "--python",
                    PYTHON,
                    "--compile-bytecode",
                ]
                _run([*uv, "--require-hashes", *options, "-r", lock], env=_environment_for_uv())
            return
        except CannotInstall as error:
            why_pip = f"uv could not do it: {str(error).splitlines()[0][:150]}"
    print(f"  pip takes the same lock ({why_pip})", flush=True)
    install_with_pip(lock, *options)


def install_with_pip(lock: Path, *options: str) -> None:
    """Install a lock with pip, which looks where the user told it to."""
    with step(f"installing {_count(lock)} packages with pip"):
        _run([*pip(), "install", "--require-hashes", *options, "-r", lock])


def pip() -> list[object]:
    """The environment's own pip, which reads the user's settings (index, proxy, folders)."""
    return [
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "--require-virtualenv",
        "--no-input",
    ]


def _reason_for_pip() -> str | None:
    """Why pip must do it: settings of the user's that uv does not read."""
    own = {"index-url", "no-index", "proxy", "client-cert", "trusted-host"} & set(_pip_settings())
    return f"pip has your own {', '.join(sorted(own))}" if own else None


def _environment_for_uv() -> dict[str, str]:
    """uv reads none of pip's settings: take certificates as pip does, from the system or its file."""
    settings, env = _pip_settings(), os.environ | {"UV_SYSTEM_CERTS": "1", "UV_NO_CONFIG": "1"}
    if "cert" in settings:
        env.setdefault("SSL_CERT_FILE", settings["cert"])
    return env


def _pip_settings() -> dict[str, str]:
    """The user's pip settings from files and environment, by their plain names."""
    command = [str(part) for part in (*pip(), "config", "list")]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    pairs = (line.split("=", 1) for line in listed.splitlines() if "=" in line)
    return {name.rpartition(".")[2]: value.strip("'\"") for name, value in pairs}


def _run(command: list[object], env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=env, cwd=PROJECT)
    if done.returncode:
        raise CannotInstall((done.stderr or done.stdout).strip() or f"{command[0]} ended with {done.returncode}")


def _fingerprint(lock: str) -> str:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_bytes()
    return hashlib.sha256(text + f"{sys.version_info[:2]} {VENV}".encode()).hexdigest()


def _stamped() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _count(lock: Path) -> int:
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.read_text().splitlines())


if __name__ == "__main__":
    try:
        renew(sys.argv[1])
    except CannotInstall as error:
        sys.exit(f"make: {error}")
