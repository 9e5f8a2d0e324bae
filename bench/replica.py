"""What a read replica costs and takes away: ``python -m bench.replica [--reads N] [--keep NAME] [--only PART ...]``.

A real replica is made by ``pg_basebackup`` and streams from the bench's PostgreSQL, on the same machine: so seconds of
searches do not get better here, and the figures are of work (processor time at the primary), bytes and lag.
docs/scaling.md says what follows from them.
"""

import argparse
import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cluster import cluster
from bench.more_reads import more_reads
from bench.reads_at_scale import Filling
from bench.scratch import figure, say
from bench.timing import milliseconds, p50, p95

if TYPE_CHECKING:
    from detections.searching.question import Question

PARTS = ("connections", "replica")
BATCH, BATCHES = 5_000, 12
APART = timedelta(hours=24)  # so many reads take the town less than that
SEARCHES = 100  # of each form
FORMS = ("exact", "wildcard", "substring", "edit1", "canvass")
ALIAS = "replica1"
_askers = itertools.count()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reads", type=int, default=2_000_000, help="reads held before (default 2,000,000)")
    options.add_argument("--keep", default="", help="name of servers and data that stay: bench.reads_at_scale")
    options.add_argument("--only", nargs="*", choices=PARTS, default=[])
    given = options.parse_args()
    parts = given.only or PARTS
    with cluster(keep=given.keep) as servers:
        filling = servers.filled(given.reads)
        with servers.copied(given.reads):
            if "connections" in parts:
                measure_connections(filling)
            if "replica" in parts:
                with _replica(filling):
                    measure_searches(filling)
                    measure_lag(filling)


def measure_connections(filling: Filling) -> None:
    """Reads a second through the product's own verb by 1, 2 and 4 processes, each with a connection of its own."""
    rates: dict[int, list[float]] = {1: [], 2: [], 4: []}
    hour, seed = filling.upto, int(time.time())  # not the reads of an earlier run
    for turn in range(3):
        for workers in rates:
            rates[workers].append(_post(workers, hour, seed=seed + 10 * turn + workers))
            hour += APART
    alone = p50(rates[1])
    for workers, samples in rates.items():
        note = f"{workers} connections, batches of {BATCH:,}, {filling.reads:,} reads held, clients on the same cores"
        figure(f"ingest_{workers}_connections_reads_per_s", p50(samples), "reads/s", samples=samples, note=note)
        if workers > 1:
            figure(f"ingest_{workers}_connections_vs_1", p50(samples) / alone, "x", n=3, note="the same")


def measure_searches(filling: Filling) -> None:
    """Processor time at the primary for a search of each form, with and without a replica; and what the detour adds."""
    from bench.questions import Maker

    maker = Maker(filling, days=30)
    for form in FORMS:
        taken: dict[str, list[float]] = {"primary": [], ALIAS: []}
        work = {"primary": 0.0, ALIAS: 0.0}
        for questions in [maker.make(form, SEARCHES // 4) for _ in range(4)]:
            for name in ("warm", *taken):
                with _searches_on(ALIAS if name == "warm" else name):
                    before = _processor_ms()
                    samples = milliseconds(_search, questions)
                    if name in taken:
                        taken[name] += samples
                        work[name] += _processor_ms() - before
        note = f"{filling.reads:,} reads, page of 100, ledger record included, replica on the same two cores"
        each = {name: spent / SEARCHES for name, spent in work.items()}
        told = f"{each['primary']:.2f} ms without a replica, {each[ALIAS]:.2f} with; {note}"
        share = each[ALIAS] / each["primary"]
        figure(f"replica_primary_work_{form}", share, "x", n=SEARCHES, note=f"processor time: {told}")
        detour = p50(taken[ALIAS]) - p50(taken["primary"])
        figure(f"replica_detour_{form}_ms", detour, "ms", n=SEARCHES, note=f"added to the middle search; {note}")


def measure_lag(filling: Filling) -> None:
    """How far the replica falls behind while reads come in as fast as the primary takes them; and the log it costs."""
    from django.db import connection

    from alpr_site import replicas

    lags: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            standing = replicas.measure(ALIAS)
            lags.append(standing.lag.total_seconds() if standing.lag is not None else float("inf"))
            time.sleep(0.02)
        connection.close()

    rates, written = [], []
    seed = int(time.time())  # not the reads of an earlier run
    watcher = threading.Thread(target=watch)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        watcher.start()
        for turn in range(3):
            before = _ask(cursor, "SELECT pg_current_wal_lsn()")
            rates.append(_post(2, filling.upto + (10 + turn) * APART, seed=seed + turn))
            written.append(float(_ask(cursor, f"SELECT pg_current_wal_lsn() - '{before}'")) / (BATCH * BATCHES))
        done.set()
        watcher.join()
    note = f"while 2 connections record {p50(rates):,.0f} reads/s; replica on the same two cores and disk"
    figure("replica_lag_s", p95(lags), "s", samples=lags, note=f"p95 {note}; {max(lags):.2f} s at most")
    told = ", ".join(f"{one:,.0f}" for one in written)
    figure("wal_bytes_per_read", p50(written), "B", n=3, note=f"{told} from a checkpoint on, 60,000 reads each; {note}")


def _ask(cursor: Any, statement: str) -> Any:
    cursor.execute(statement)
    return cursor.fetchone()[0]


@contextmanager
def _replica(filling: Filling) -> Iterator[None]:
    from django.db import connection, connections

    from tests.standby import standby

    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_database_size(datname)) FROM pg_database")
        size = int(cursor.fetchone()[0])
    say(f"replica: copying {size / 1e9:.1f} GB")
    started = time.perf_counter()
    with standby() as server:
        server.catch_up()
        seconds = time.perf_counter() - started
        note = f"pg_basebackup on one disk to streaming and caught up, {size / 1e9:.2f} GB, {filling.reads:,} reads"
        figure("replica_made_mb_per_s", size / 1e6 / seconds, "MB/s", n=1, note=f"{note}, {seconds:.0f} s")
        connections.settings[ALIAS] = server.settings()
        yield
        connections[ALIAS].close()
        del connections[ALIAS], connections.settings[ALIAS]


@contextmanager
def _searches_on(name: str) -> Iterator[None]:
    """Let searches read on the replica, or on the primary as if there were none."""
    from django.test import override_settings

    router = [] if name == "primary" else ["alpr_site.replicas.SearchesToReplicas"]
    with override_settings(DATABASE_ROUTERS=router):
        yield


def _search(question: "Question") -> None:
    """As the product's page does it: one act, the query where it may read, the record."""
    from django.utils import timezone

    from audit import asker, ledger
    from audit.actions import Action
    from detections.searching import engine, where
    from detections.searching.question import Bounds

    by = asker.system(f"bench-{next(_askers) % 500}")  # nobody asks a hundred times in a few seconds
    with ledger.act(Action.SEARCH_PAGE, by=by, at=timezone.now(), purpose="locate"):
        where.look(lambda using: engine.find(question, Bounds(None), limit=101, using=using), by=by)


def _processor_ms() -> float:
    """What the primary's process that serves this one has spent so far."""
    from django.db import connection

    connection.ensure_connection()
    return int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e6


def _post(workers: int, hour: Any, *, seed: int) -> float:
    """Reads a second by so many processes that begin together; all of them together record ``BATCHES`` batches."""
    context = multiprocessing.get_context("spawn")
    barrier, spent = context.Barrier(workers + 1), context.Queue()
    each = BATCHES // workers
    others = [
        context.Process(target=_worker, args=(barrier, spent, hour, each, seed * 10 + number))
        for number in range(workers)
    ]
    for other in others:
        other.start()
    barrier.wait(timeout=300)
    started = time.perf_counter()
    for _ in others:
        spent.get(timeout=300)
    seconds = time.perf_counter() - started
    for other in others:
        other.join()
    return each * workers * BATCH / seconds


def _worker(barrier: Any, spent: Any, hour: Any, batches: int, seed: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alpr_site.settings.dev")
    import django

    django.setup()
    from audit import asker
    from cameras.models import Camera
    from detections.ingest.verb import record_reads

    cameras = list(Camera.objects.filter(kind=Camera.Kind.FIXED).order_by("number"))
    reads = more_reads(hour, batches * BATCH, seed=seed)
    at = reads[-1].captured_at + timedelta(minutes=1)
    barrier.wait(timeout=300)
    for number in range(batches):
        camera = cameras[(seed + number) % len(cameras)]
        by = asker.device(camera.code, address="127.0.0.1")
        record_reads(by=by, camera=camera, reads=reads[number * BATCH : (number + 1) * BATCH], at=at)
    spent.put(seed)


if __name__ == "__main__":
    main()
