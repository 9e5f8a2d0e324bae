"""Install the plate reader (EasyOCR and torch) into `.venv`, telling the terminal and the site how far it is.

``--then-read`` goes on as the Celery worker of the photographs' queue; ``--check`` only says which.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from alpr_site.quickstart import environment
from alpr_site.quickstart.environment import PROJECT, PYTHON, VENV, CannotInstall
from alpr_site.quickstart.state_folder import hold, open_state

REQUIREMENTS = PROJECT / "requirements"
CPU_TORCH = REQUIREMENTS / "ocr-cpu-torch.txt"
STAMP = VENV / "platekeeper-ocr.json"
ROUTES = {
    "small": ("CPU build of torch, 1.5 GB", 3_000_000_000),
    "big": ("CUDA build of torch, 6 GB: this takes minutes", 12_000_000_000),
}


def remember(state: Path, word: str, message: str, began: float | None = None) -> None:
    """Write what the site shows; word is one of waiting, installing, ready, failed, off."""
    began = time.time() if began is None else began
    started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
    told = {
        "state": word,
        "message": message,
        "started_at": started_at,
        "seconds": round(time.time() - began, 1),
    }
    fresh = state / "ocr-install.json.new"
    fresh.write_text(json.dumps(told))
    fresh.replace(state / "ocr-install.json")


def install(state: Path) -> None:
    """Install the reader unless it is there; a second installer waits. Raises CannotInstall."""
    began = time.time()
    while (lock := hold(VENV / "platekeeper-ocr.lock")) is None:
        remember(state, "waiting", "Another run is installing the plate reader.", began)
        time.sleep(2)
    with lock:
        if _stamp() == _wanted():
            remember(state, "ready", "The plate reader is installed.", began)
            return
        try:
            _install(state, began)
        except CannotInstall as error:
            remember(state, "failed", str(error).strip().splitlines()[-1][:300], began)
            raise


def route() -> str:
    """Which torch pip would take here: "small" if it has the CPU wheel that we lock, else "big"."""
    options = ["--dry-run", "--ignore-installed", "--no-deps", "--only-binary=:all:", "--report=-"]
    report = [*environment.pip(), "install", *options, "torch==2.13.0"]
    done = subprocess.run([str(part) for part in report], capture_output=True, text=True)
    if done.returncode:
        return "big"
    found = json.loads(done.stdout)["install"][0]["download_info"].get("archive_info", {}).get("hashes", {})
    return "small" if found.get("sha256", "none") in CPU_TORCH.read_text() else "big"


def _install(state: Path, began: float) -> None:
    remember(state, "installing", "Looking for the smallest torch.", began)
    chosen = route()
    title, room = ROUTES[chosen]
    free = shutil.disk_usage(VENV).free
    if free < room:
        raise CannotInstall(f"The plate reader needs {room // 10**9} GB of room; {free // 10**9} GB are free.")
    _tell(state, f"installing EasyOCR ({title})", began)
    if chosen == "small":
        environment.install(REQUIREMENTS / "ocr-cpu.txt", "--no-deps")
        _tell(state, "installing torch", began)
        environment.install_with_pip(CPU_TORCH, "--no-deps")
    else:
        environment.install(REQUIREMENTS / "ocr.txt")
    _tell(state, "trying it", began)
    _try_it()
    STAMP.write_text(_wanted())
    remember(state, "ready", "The plate reader is installed.", began)
    print(f"plate reader: ready after {time.time() - began:.0f} s", flush=True)


def _try_it() -> None:
    probe = "import easyocr, torch, numpy, PIL.Image, psycopg, celery"
    done = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True)
    if done.returncode:
        raise CannotInstall(f"The plate reader was installed but does not load: {done.stderr.strip().splitlines()[-1]}")


def _tell(state: Path, message: str, began: float) -> None:
    remember(state, "installing", message[0].upper() + message[1:] + ".", began)
    print(f"plate reader: {message}", flush=True)


def _wanted() -> str:
    locks = (REQUIREMENTS / "ocr.txt", REQUIREMENTS / "ocr-cpu.txt", CPU_TORCH)
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()


def _stamp() -> str:
    return STAMP.read_text() if STAMP.exists() else ""


def _read_on() -> None:
    """Become the worker that reads photographs: one at a time, the model is loaded once."""
    celery = [str(VENV / "bin" / "celery"), "-A", "alpr_site", "worker", "--queues=ocr", "--concurrency=1"]
    os.execv(celery[0], [*celery, "--hostname=ocr@%h", "--loglevel=INFO"])  # noqa: S606 (our own program)


def main(arguments: list[str]) -> int:
    """Install, and with --then-read go on as a worker; without a reader photographs wait."""
    if "--check" in arguments:
        there = "installed" if _stamp() == _wanted() else "not installed"
        print(f"{ROUTES[route()][0]}; {there}")
        return 0
    try:
        install(open_state())
    except CannotInstall as error:
        print(f"plate reader: not installed, photographs wait in their queue: {error}", flush=True)
        if "--then-read" in arguments:
            signal.pause()
        return 1
    if "--then-read" in arguments:
        _read_on()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
