"""Purging a month of reads with 0.1 % held, beside DELETE and VACUUM of the same month: ``python -m bench purge``.

``purge_vs_delete`` compares carrying an approved plan out (ledger record, certificate and commit included) with
deleting the same rows by an anti-join to the holds and vacuuming. PostgreSQL is restarted before each with nothing in
memory, as a month two years old is in nobody's, and then does the same to a small month. ``purge_plan_s`` is what the
plan took to make beforehand, off the request path. ``purge_stall_ms`` is the longest wait of any read or write beside a
purge while another session keeps the reads open for 2 s; the same without a purge stands in its note.
"""

import argparse
import multiprocessing
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from bench.cluster import Cluster, cluster
from bench.scratch import figure, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit.models import User
    from detections.models import PurgePlan

READS = 2_000_000
HELD_OF = 1_000  # one read of so many is held
CAMERAS = 40
LONG_READER_S = 2.0
STALL_RUNS = 5

FILL = """
INSERT INTO detections_detection (captured_at, id, camera_id, source, plate, state, as_read, image_reference, vehicle)
SELECT %(first)s::timestamptz + n * (%(upto)s::timestamptz - %(first)s::timestamptz) / %(reads)s,
       md5(%(first)s::text || n)::uuid, (%(cameras)s::int[])[1 + n %% %(many)s], 1,
       '0B' || lpad((n::bigint * 7919 %% 200000)::text, 6, '0'), 'CA', '', '', ''
FROM generate_series(0, %(reads)s - 1) AS n
"""
DELETE = """
DELETE FROM detections_detection d WHERE captured_at >= %s AND captured_at < %s
AND NOT EXISTS (SELECT FROM detections_heldread h JOIN detections_hold o ON o.id = h.hold_id AND o.lifted_at IS NULL
                WHERE h.detection_id = d.id AND h.captured_at >= %s AND h.captured_at < %s)
"""
HOLD = """
INSERT INTO detections_heldread (hold_id, detection_id, camera_id, captured_at, plate, copy)
SELECT %s, d.id, d.camera_id, d.captured_at, d.plate, to_jsonb(d) FROM detections_detection d
WHERE captured_at >= %s AND captured_at < %s AND ('x' || right(d.id::text, 6))::bit(24)::int %% %s = 0
"""


@dataclass(frozen=True, slots=True)
class Month:
    """A partition of the bench."""

    name: str
    first: datetime
    upto: datetime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=READS, help=f"reads in the month (default {READS:,})")
    reads = options.parse_args().reads
    with cluster() as servers:
        servers.use(0)
        from django.conf import settings
        from django.core.management import call_command
        from django.utils import timezone

        from audit.signing import create_key
        from tests import make

        call_command("migrate", verbosity=0)
        create_key(Path(settings.SIGNING_KEY_FILE))
        now = timezone.now()
        custodian = make.user("bench-custodian", "custodian", trained=False)
        cameras = [make.camera(f"BENCH-{number:02d}", approver=custodian).number for number in range(CAMERAS)]
        ours, theirs, *small = _months(now, 4 + STALL_RUNS)
        say(f"purge: filling two months with {reads:,} reads each")
        for month in (ours, theirs):
            _fill(month, reads, cameras, custodian)
        warm = small[:2]
        for month in warm:
            _fill(month, 1_000, cameras, custodian)
        _compare(servers, ours, theirs, warm, custodian, now, reads)
        for month in small[2:]:
            _fill(month, max(reads // 20, 1_000), cameras, custodian)
        _stall(small[2:], custodian, now, cameras[0])


def _months(now: datetime, count: int) -> list[Month]:
    """The last months that are past a ceiling of two years, made as partitions."""
    from django.db import connection

    upto = (now - timedelta(days=731)).astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    made = []
    for _ in range(count):
        first = (upto - timedelta(days=1)).replace(day=1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT detections_add_partition(%s, %s)", [first, upto])
            made.append(Month(cursor.fetchone()[0], first, upto))
        upto = first
    return made


def _fill(month: Month, reads: int, cameras: list[int], custodian: "User") -> None:
    from django.db import connection

    from detections.models import Hold

    hold = Hold.objects.create(
        case_number="24-000777",
        kind="evidence",
        proceeding="criminal",
        reason="Evidence in the trial",
        review_on=month.upto.date(),
        placed_by=custodian,
        placed_at=month.upto,
    )
    with connection.cursor() as cursor:
        values = {"first": month.first, "upto": month.upto, "reads": reads, "cameras": cameras, "many": CAMERAS}
        cursor.execute(FILL, values)
        cursor.execute(HOLD, [hold.pk, month.first, month.upto, HELD_OF])
        cursor.execute(f"VACUUM ANALYZE {month.name}")
        cursor.execute("VACUUM ANALYZE detections_heldread")


def _plan(month: Month, custodian: "User", now: datetime) -> "PurgePlan":
    """The plan of a month, made and approved."""
    from audit import asker
    from detections.models import PurgeApproval, PurgePlan
    from detections.retention import plan

    plan.ask(by=asker.system("bench"), at=now)
    made = plan.make(plan_id=PurgePlan.objects.get(partition=month.name, status="making").pk, at=now)
    PurgeApproval.objects.create(
        plan=made, kind="custodian", approved_by=custodian, approved_at=now, valid_until=now + timedelta(days=60)
    )
    return made


def _compare(
    servers: Cluster, ours: Month, theirs: Month, warm: list[Month], custodian: "User", now: datetime, reads: int
) -> None:
    from django.db import connection

    from detections.retention.execute import carry_out

    started = time.perf_counter()
    made = _plan(ours, custodian, now)
    planned = time.perf_counter() - started
    say(f"purge: plan of {made.reads:,} reads, {made.reads_held:,} held")
    small = _plan(warm[0], custodian, now)
    servers.chill()  # a month two years old is in nobody's memory; the server itself has done such work before
    carry_out(plan_id=small.pk, at=now)
    started = time.perf_counter()
    certificate = carry_out(plan_id=made.pk, at=now)
    purged = time.perf_counter() - started
    say("purge: DELETE and VACUUM of the other month")
    servers.chill()
    with connection.cursor() as cursor:
        cursor.execute(DELETE, [warm[1].first, warm[1].upto] * 2)
        cursor.execute(f"VACUUM {warm[1].name}")
        started = time.perf_counter()
        cursor.execute(DELETE, [theirs.first, theirs.upto] * 2)
        deleted = time.perf_counter() - started
        gone = cursor.rowcount
        cursor.execute(f"VACUUM {theirs.name}")
        vacuumed = time.perf_counter() - started
    note = (
        f"{certificate.reads_destroyed:,} reads of {reads:,} in {purged * 1000:.0f} ms, record, certificate and commit"
        f" included; DELETE {deleted:.2f} s and VACUUM {vacuumed - deleted:.2f} s of {gone:,}"
    )
    figure("purge_vs_delete", vacuumed / purged, "ratio", n=1, note=note)
    figure("purge_plan_s", planned, "s", n=1, note=f"counts, list of ids and root of {made.reads:,} reads, beforehand")


def _stall(months: list[Month], custodian: "User", now: datetime, camera: int) -> None:
    from detections.retention.execute import carry_out

    plans = [_plan(month, custodian, now) for month in months]
    with _traffic(camera) as quiet:
        time.sleep(4)
    waits = []
    for made in plans:
        with _traffic(camera) as beside:
            time.sleep(0.5)
            carry_out(plan_id=made.pk, at=now)
            time.sleep(0.3)
        waits.append(beside["worst"])
    note = (
        f"worst of {STALL_RUNS} purges beside one reader and one writer, another session open on the reads for"
        f" {LONG_READER_S:.0f} s; without a purge {quiet['worst']:.1f} ms"
    )
    figure("purge_stall_ms", max(waits), "ms", samples=waits, note=note)


@contextmanager
def _traffic(camera: int) -> "Iterator[dict[str, float]]":
    """A reader, a writer and a session that keeps the reads open, each a process; ``worst`` (ms) is set at the end."""
    spawn = multiprocessing.get_context("spawn")
    stop, waits, result = spawn.Event(), spawn.Queue(), dict[str, float]()
    url = os.environ["DATABASE_URL"]
    work = [(_read, (url, stop, waits)), (_write, (url, camera, stop, waits)), (_keep_open, (url, stop, waits))]
    running = [spawn.Process(target=target, args=args) for target, args in work]
    for process in running:
        process.start()
    for _ in running:
        waits.get(timeout=60)  # each says once that it is connected
    try:
        yield result
    finally:
        stop.set()
        result["worst"] = max(waits.get(timeout=60) for _ in range(2))
        for process in running:
            process.join()


def _read(url: str, stop: Any, waits: Any) -> None:
    statement = "SELECT id FROM detections_detection WHERE plate = %s ORDER BY captured_at DESC LIMIT 100"
    _repeat(url, stop, waits, statement, lambda number: [f"0B{number % 200_000:06d}"])


def _write(url: str, camera: int, stop: Any, waits: Any) -> None:
    statement = (
        "INSERT INTO detections_detection (captured_at, id, camera_id, source, plate, state, as_read, image_reference,"
        " vehicle) VALUES (now(), %s::uuid, %s, 1, %s, '', '', '', '')"
    )
    _repeat(url, stop, waits, statement, lambda number: [f"{os.getpid():08x}{number:024x}", camera, f"0B{number:06d}"])


def _repeat(url: str, stop: Any, waits: Any, statement: str, values: Any) -> None:
    """Run the statement every few milliseconds until told to stop, and hand back the longest wait."""
    worst, number = 0.0, 0
    with psycopg.connect(url, autocommit=True) as connection:
        waits.put(0.0)
        while not stop.is_set():
            number += 1
            started = time.perf_counter()
            connection.execute(statement, values(number))
            worst = max(worst, (time.perf_counter() - started) * 1000)
            time.sleep(0.002)
    waits.put(worst)


def _keep_open(url: str, stop: Any, waits: Any) -> None:
    """One transaction that has read reads and stays open, as a long report would, then pauses for a second."""
    with psycopg.connect(url) as connection:
        waits.put(0.0)
        while not stop.is_set():
            connection.execute("SELECT count(*) FROM detections_detection WHERE plate = '0B000001'")
            stop.wait(LONG_READER_S)
            connection.commit()
            stop.wait(1)


if __name__ == "__main__":
    main()
