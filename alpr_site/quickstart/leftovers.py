"""Processes that a killed run left behind, found by a mark in their environment."""

import contextlib
import os
from pathlib import Path

import psutil

MARK = "PLATEKEEPER_SUPERVISED_BY"


def leftovers(state: Path) -> list[psutil.Process]:
    """Living processes that a supervisor of this state folder started, this process left out."""
    found = []
    for process in psutil.process_iter(["environ", "status"]):
        marked = (process.info["environ"] or {}).get(MARK) == str(state)
        if marked and process.pid != os.getpid() and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def end(processes: list[psutil.Process], patience: float = 3) -> None:
    """Ask the processes to stop and after the patience, in seconds, make them."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
