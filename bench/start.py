"""From nothing to the first page: ``run_cold_s``, ``run_warm_s``, ``env_mb``, in a fresh clone with an empty home."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.scratch import figure, say

PROJECT = Path(__file__).resolve().parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="platekeeper-start-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(PROJECT), str(clone)], check=True)
        home = Path(folder) / "home"
        home.mkdir()
        say("start: cold")
        cold = _seconds_to_first_page(clone, home)
        figure("run_cold_s", cold, "s", n=1, note="fresh clone, empty home, OCR=0, to the first page")
        say("start: warm")
        warm = [_seconds_to_first_page(clone, home) for _ in range(3)]
        figure("run_warm_s", sorted(warm)[1], "s", samples=warm, note="second start, data kept")
        size = sum(path.lstat().st_size for path in (clone / ".venv").rglob("*"))
        figure("env_mb", size / 1e6, "MB", n=1, note="the environment of make run without OCR")


def _seconds_to_first_page(clone: Path, home: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = ("PATH", "PIP_FIND_LINKS", "PIP_CERT", "SSL_CERT_FILE", "LANG")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | {"HOME": str(home)}
    started = time.perf_counter()
    run = subprocess.Popen(
        ["make", "run", "OCR=0", f"PORT={port}"],
        cwd=clone,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr,
        start_new_session=True,
    )
    try:
        _first_page(port, run)
        return time.perf_counter() - started
    finally:
        os.killpg(run.pid, signal.SIGINT)
        run.wait(timeout=60)


def _first_page(port: int, run: subprocess.Popen) -> None:
    until = time.perf_counter() + 600
    while time.perf_counter() < until:
        if run.poll() is not None:
            raise SystemExit(f"make run ended with {run.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                if page.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise SystemExit("no page within ten minutes")


if __name__ == "__main__":
    main()
