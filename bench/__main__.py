"""All figures: ``python -m bench [name ...] [--reads N]``. One JSON object a line on standard output.

Each bench runs in a process of its own. Those at scale share one cluster, filled once with so many reads and gone
afterwards (``--keep NAME`` leaves it for the next run); from ten million on the growth from two million is measured
too. Progress goes to standard error.
docs/bench.md says what each figure means.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.scratch import figure, say

READS, LARGE = 2_000_000, 10_000_000
AT_SCALE = ("search", "growth", "ingest", "match", "replica", "transparency")
BENCHES = {
    "ledger": ["-m", "bench.ledger"],
    "verifier": ["-m", "bench.verifier"],
    "log": ["-m", "bench.log"],
    "search": ["-m", "bench.search"],
    "growth": ["-m", "bench.growth"],
    "ingest": ["-m", "bench.ingest"],
    "match": ["-m", "bench.match"],
    "upload": ["-m", "bench.upload"],
    "imports": ["-m", "bench.imports"],
    "purge": ["-m", "bench.purge"],
    "review": ["-m", "bench.review"],
    "replica": ["-m", "bench.replica"],
    "hits": ["-m", "bench.hits"],
    "transparency": ["-m", "bench.transparency"],
    "start": ["-m", "bench.start"],
    "ocr": ["bench/ocr_eval.py", "--limit", "8"],
}
HERE = Path(__file__).resolve().parent


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("name", nargs="*", help=f"which benches: {', '.join(BENCHES)} (default all)")
    options.add_argument("--reads", type=int, default=READS, help=f"reads held by those at scale (default {READS:,})")
    options.add_argument("--keep", default="", help="name of servers and data that stay for the next run")
    given = options.parse_args()
    if unknown := set(given.name) - set(BENCHES):
        options.error(f"no such bench: {', '.join(sorted(unknown))}")
    names = given.name or [name for name in BENCHES if name != "growth" or given.reads >= LARGE]
    keep = given.keep or f"run-{os.getpid()}"
    _tell_machine()
    try:
        failed = [name for name in names if not _run(name, given.reads, keep)]
    finally:
        if not given.keep:
            _remove(keep)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def _run(name: str, reads: int, keep: str) -> bool:
    """Whether the bench came to its end."""
    command = [*BENCHES[name]]
    if name == "growth":
        command += ["--large", str(reads), "--keep", keep]
    elif name in AT_SCALE:
        command += ["--reads", str(reads), "--keep", keep]
    started = time.perf_counter()
    say(f"bench: {name}")
    done = subprocess.run([sys.executable, *command], check=False)
    say(f"bench: {name} took {time.perf_counter() - started:.0f} s")
    return not done.returncode


def _tell_machine() -> None:
    """Whose figures these are: a busy machine makes every millisecond longer, and ratios less so."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    note = f"load average of the last minute on {os.cpu_count()} cores, {memory:.0f} GB, {platform.platform()}"
    figure("machine_load", os.getloadavg()[0], "processes", n=1, note=note)


def _remove(keep: str) -> None:
    """The shared cluster, wherever its data had to go."""
    from alpr_site.quickstart.server_home import settle

    state = HERE.parent / ".state" / f"bench-kept-{keep}"
    if state.exists():
        shutil.rmtree(settle(state).folder, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


if __name__ == "__main__":
    main()
