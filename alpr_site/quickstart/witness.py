"""The quick start's witness: its own process, folder and key; up again when it ends, so that the product goes on.

Started by root it runs as another account (`daemon`), as it should everywhere: docs/deploy.md, "Checkpoints and
witnesses". What it takes lies in `.state/witness/taken.txt`.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from alpr_site.quickstart.state_folder import PROJECT

PROGRAM = PROJECT / "audit" / "log" / "witness.py"
NAME = "demonstration-witness"
ACCOUNT = "daemon"
AGAIN_SECONDS = 2


def settle_witness(state: Path, log: str, public_key: str) -> int:
    """Make the witness's folder and key, let it follow the log, and tell the product where it is; its port."""
    folder = state / "witness"
    command = [*_program("init", folder), "--name", NAME, "--origin-key", f"{log}={public_key}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    facts = dict(line.split(" ", 1) for line in done.stdout.split("\n\n")[0].splitlines())
    port = _port(state)
    (state / "witness.txt").write_text(f"{facts['name']} http://127.0.0.1:{port} {facts['public-key']}\n")
    return port


def command(state: Path, port: int) -> list[str]:
    """The command line that keeps the witness up."""
    return [sys.executable, "-m", "alpr_site.quickstart.witness", str(state / "witness"), str(port)]


def keep_up(folder: Path, port: int) -> int:
    """Run the witness until told to stop; start it again when it ends by itself."""
    running: list[subprocess.Popen[bytes]] = []

    def stop(number: int, frame: FrameType | None) -> None:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.kill()  # it loses nothing: what it answered is on the disk
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while True:
        running[:] = [subprocess.Popen([*_program("serve", folder), "--port", str(port)])]
        ended = running[0].wait()
        sys.stdout.write(f"WARNING the witness ended ({ended}); it starts again in {AGAIN_SECONDS} s\n")
        sys.stdout.flush()
        time.sleep(AGAIN_SECONDS)


def _program(verb: str, folder: Path) -> list[str]:
    user = ["--user", ACCOUNT] if os.geteuid() == 0 else []
    return [sys.executable, str(PROGRAM), verb, "--folder", str(folder), *user]


def _port(state: Path) -> int:
    """A free port, the same as last time if it can be had."""
    kept = state / "witness.port"
    for wanted in (int(kept.read_text()) if kept.exists() else 0, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            port = int(probe.getsockname()[1])
            kept.write_text(f"{port}\n")
            return port
    raise RuntimeError("no free port for the witness")


if __name__ == "__main__":
    sys.exit(keep_up(Path(sys.argv[1]), int(sys.argv[2])))
