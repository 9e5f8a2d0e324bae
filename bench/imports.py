"""Import figures: ``python -m bench.imports [--rows N] [--profile]``.

In a scratch database: a file of a hot list taken in by the product's own verb, from the stored file to the swapped live
list with its ledger record, and a bare COPY of the same file into a table of texts without an index, turn about. The
memory is that of a process of its own which takes the file in and nothing else.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from bench.scratch import figure, say, scratch

TURNS = 3
HEAD = "plate,state,file_type,entry_number,vehicle,reason,entered_on\n"
STATES = ("CA", "CA", "CA", "NV", "OR")
TYPES = ("VEHICLE", "VEHICLE", "LICENSE_PLATE", "WANTED", "MISSING", "IMMIGRATION_VIOLATOR")
CARS = ("White Toyota Camry", "Black Honda Civic", "Silver Ford F150", "Blue Nissan Altima", "Red Chevrolet Malibu")
REASONS = ("Stolen vehicle", "Stolen plate", "Wanted in a robbery with a weapon", "Taken in the night from the street")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000, help="rows of the file (default 1,000,000)")
    options.add_argument("--profile", action="store_true", help="print where the time of one more import goes")
    options.add_argument("--take-in", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.take_in:
        _take_in_alone(given.take_in)
        return
    with scratch("platekeeper_bench_imports"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        _write(path, given.rows)
        _measure(path, given.rows)
        if given.profile:
            _profile(path)


def _write(path: Path, rows: int) -> None:
    """Distinct plates and entry numbers; a sixth of the rows is of a refused file. Plates begin with a zero."""
    with path.open("w") as file:
        file.write(HEAD)
        for number in range(rows):
            year = 2000 + number % 25
            file.write(
                f"0{number % 10_000_000:07d},{STATES[number % 5]},{TYPES[number % 6]},V{number:09d},"
                f"{year} {CARS[number % 5]},{REASONS[number % 4]},2026-{1 + number % 9:02d}-{1 + number % 28:02d}\n"
            )


def _measure(path: Path, rows: int) -> None:
    from tests import make

    person, hot_list = make.user("bench", "alpr_administrator"), make.hot_list()
    taken: list[float] = []
    copied: list[float] = []
    swaps: list[float] = []
    for turn in range(TURNS):
        ways = [lambda: taken.append(_import(path, rows, hot_list, person, swaps)), lambda: copied.append(_copy(path))]
        for way in ways[:: -1 if turn % 2 else 1]:
            way()
    size = path.stat().st_size
    note = f"{size / rows:.0f} bytes a row; import {rows / min(taken):,.0f}/s, COPY {rows / min(copied):,.0f}/s at best"
    ratios = [copy / whole for copy, whole in zip(copied, taken, strict=True)]
    figure("import_vs_copy", sum(copied) / sum(taken), "ratio", samples=ratios, n=rows, note=note)
    figure("import_rows_per_s", TURNS * rows / sum(taken), "rows/s", samples=[rows / one for one in taken], n=rows)
    figure(
        "import_swap_ms", sum(swaps) / len(swaps), "ms", samples=swaps, note="the act of the swap, its record included"
    )
    extra, peak = _memory(path, rows, hot_list, person)
    note = f"resident memory at its peak over that before the import, of {peak:.0f} MB in all; a process of its own"
    figure("import_memory_mb", extra, "MB", n=rows, note=note)


def _hand_in(path: Path, hot_list: object, person: object) -> int:
    from django.utils import timezone

    from audit import asker
    from hotlists.imports import hand_in

    hand_in.enqueue = lambda _: False  # no worker but this process
    with path.open("rb") as stream:
        return hand_in.hand_in(
            hot_list_id=hot_list.pk, layout="generic_csv", name="list.csv", stream=stream, origin="upload",  # type: ignore[attr-defined]
            by=asker.person(person), at=timezone.now(),  # type: ignore[arg-type]
        ).pk  # fmt: skip


def _import(path: Path, rows: int, hot_list: object, person: object, swaps: list[float]) -> float:
    """Seconds to take the stored file in; it must be live at the end, with every row accounted for."""
    from django.utils import timezone

    from hotlists.imports import run, tidy

    number = _hand_in(path, hot_list, person)
    finish, start = run.finish, time.perf_counter()

    def timed(job: run.Job, tally: run.Tally) -> None:
        before = time.perf_counter()
        finish(job, tally)
        swaps.append((time.perf_counter() - before) * 1_000)

    run.finish = timed
    try:
        done = run.take_in(number, timezone.now)
    finally:
        run.finish = finish
    seconds = time.perf_counter() - start
    if done is None or (done.status, done.rows, done.kept + sum(done.dropped.values())) != ("live", rows, rows):
        raise SystemExit(f"the import is {done and done.status}: {done and done.verdict}")
    tidy.drop_superseded(timezone.now() + 2 * tidy.store.KEPT)
    return seconds


def _copy(path: Path) -> float:
    """Seconds of a bare COPY of the file into a table of texts."""
    from django.db import connection

    names = HEAD.strip().split(",")
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in names)})")
        start = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
            _send(file, copy)
        return time.perf_counter() - start


def _send(file: IO[bytes], copy: object) -> None:
    while piece := file.read(1024 * 1024):
        copy.write(piece)  # type: ignore[attr-defined]


def _memory(path: Path, rows: int, hot_list: object, person: object) -> tuple[float, float]:
    """MB that a worker of its own takes over what it had before, and its peak."""
    number = _hand_in(path, hot_list, person)
    command = [sys.executable, "-m", "bench.imports", "--take-in", str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)
    if said["status"] != "live":
        raise SystemExit(f"the import of its own is {said['status']}")
    return said["peak"] - said["before"], said["peak"]


def _take_in_alone(number: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from hotlists.imports import run

    connection.ensure_connection()
    before = _resident()
    done = run.take_in(number, timezone.now)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"status": done and done.status, "before": before, "peak": peak}))


def _resident() -> float:
    """MB of memory this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _profile(path: Path) -> None:
    import cProfile
    import pstats

    from audit.models import User
    from hotlists.models import HotList

    profile = cProfile.Profile()
    number = _hand_in(path, HotList.objects.get(), User.objects.get(username="bench"))
    from django.utils import timezone

    from hotlists.imports import run

    say("profiling")
    profile.enable()
    run.take_in(number, timezone.now)
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
