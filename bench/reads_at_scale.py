"""A database of two or twenty million realistic reads, made in a minute or in five, kept between runs if wanted.

``python -m bench.reads_at_scale --keep NAME [--reads N] [--serve]`` makes the servers and the database ``NAME`` in
``.state/bench-kept-NAME``, filled once, and again after a migration has changed; with ``--serve`` it prints the URL and
waits until interrupted.
The benches then take it with the same words: ``python -m bench.search --keep mine --reads 2000000``.
In code: ``with bench.cluster.cluster(keep="mine") as servers: filled = servers.filled(2_000_000)``; Django is set up
then, and ``connection`` is on that database. One process at a time; remove the folder to begin anew.

The reads (bench/town.py) end at the last full hour before the filling. Partitions are made as the product makes them;
each is loaded and indexed on its own, by two processes, and put back. Plates stand in the dictionary in the order in
which they were first seen, and the keys of the last three days stand too, as they would in use.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql

from bench import town
from bench.scratch import say

KEYS_KEPT = timedelta(days=3)
_SPACE = UUID("52500000-0000-4000-8000-000000000052")
_BULK = "SET maintenance_work_mem = '1GB'; SET synchronous_commit = off; SET max_parallel_maintenance_workers = 1"


@dataclass(frozen=True, slots=True)
class Filling:
    """What a database holds: so many reads, captured in [first, upto), of ``plates`` distinct plates."""

    reads: int
    first: datetime
    upto: datetime
    plates: int

    @property
    def days(self) -> float:
        """How long the reads span."""
        return (self.upto - self.first) / timedelta(days=1)


def standing(url: str) -> Filling | None:
    """What an earlier run filled the database with; None where that was not finished, or the tables have changed."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('bench_filled')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT reads, first, upto, plates, shape FROM bench_filled").fetchone()
        return Filling(*row[:-1]) if row and row[-1] == shape() else None


def shape() -> str:
    """A hash of all migrations: another one means other tables."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def fill(url: str, reads: int, *, workers: int = 2) -> Filling:
    """Fill an empty database, which Django is connected to. Progress goes to standard error."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    days = reads / town.READS_A_DAY
    upto = datetime.now(tz=UTC).replace(minute=0, second=0, microsecond=0)
    first = upto - timedelta(hours=round(days * 24))
    numbers = _cameras()
    _partition(first, upto)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_BULK)
        parts = _parts(connection, first, upto)
        jobs = [(url, part, numbers, max(part[1], first), min(part[2], upto)) for part in parts]
        jobs.sort(key=lambda job: job[3] - job[4])  # the longest first
        dictionary = _take_indexes(connection, "detections_plate")
        keys = _take_indexes(connection, "detections_ingestkey")
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            made = sum(pool.map(_load, jobs))
            say(f"filling: {made:,} reads in {len(parts)} partitions after {time.perf_counter() - started:.0f} s")
            plates = _learn(connection)
            _remember_keys(connection, upto)
            list(pool.map(_execute, [(url, statement) for statement in dictionary + keys]))
            say(f"filling: {plates:,} plates and their indexes after {time.perf_counter() - started:.0f} s")
            tables = [part[0] for part in parts] + ["detections_plate", "detections_ingestkey"]
            list(pool.map(_execute, [(url, f"VACUUM ANALYZE {table}") for table in tables]))
        connection.execute("ANALYZE")
        connection.execute(
            "CREATE TABLE bench_filled AS SELECT %s::bigint AS reads, %s::timestamptz AS first,"
            " %s::timestamptz AS upto, %s::bigint AS plates, %s::text AS shape",
            [made, first, upto, plates, shape()],
        )
        connection.execute("CHECKPOINT")
    say(f"filling: done after {time.perf_counter() - started:.0f} s")
    return Filling(made, first, upto, plates)


def _cameras() -> list[int]:
    """Real rows for all cameras, each at a site; their numbers, the fixed ones first."""
    from cameras.models import Camera, Deployment, Site
    from tests import make

    approver = make.user("bench-approver")
    places = town.camera_places()
    places += [town.CENTRE] * town.MOBILE
    sites, cameras, deployments = [], [], []
    for number, (latitude, longitude) in enumerate(places):
        fixed = number < town.FIXED
        name = f"{'FIXED' if fixed else 'CAR'}-{number:03d}"
        site = Site(name=f"Site of {name}", latitude=latitude, longitude=longitude)
        camera = Camera(
            id=uuid5(_SPACE, name),
            code=name,
            name=f"Camera {name}",
            owner_class=Camera.OwnerClass.AGENCY,
            kind=Camera.Kind.FIXED if fixed else Camera.Kind.VEHICLE,
            authority="Demonstration Police Department",
            public_view=True,
            commissioned_at=town.LONG_AGO,
        )
        sites.append(site)
        cameras.append(camera)
        deployments.append(
            Deployment(
                camera=camera,
                site=site,
                starts_at=town.LONG_AGO,
                purpose="Locating stolen vehicles",
                approved_by=approver,
            )
        )
    Site.objects.bulk_create(sites)
    Camera.objects.bulk_create(cameras)
    Deployment.objects.bulk_create(deployments)
    stored = dict(Camera.objects.values_list("code", "number"))
    return [stored[camera.code] for camera in cameras]


def _partition(first: datetime, upto: datetime) -> None:
    """The partitions the product would have made for this rate of reads, and those it makes ahead."""
    from django.db import connection

    from detections import partitions
    from detections.partitions import policy, terms_of

    seen_from = terms_of(policy.in_force(upto), upto).seen_from(upto)
    unit = partitions.unit_for(town.READS_A_DAY, upto - seen_from if seen_from else None)
    wanted = partitions.pieces(first, upto + partitions.AHEAD, unit, partitions.listed())
    with connection.cursor() as cursor:
        for start, end in list(wanted):
            cursor.execute("SELECT detections_add_partition(%s, %s)", [start, end])


def _parts(
    connection: "psycopg.Connection[Any]", first: datetime, upto: datetime
) -> list[tuple[str, datetime, datetime]]:
    rows = connection.execute(
        "SELECT name, first, upto FROM detections_partitions() WHERE first < %s AND upto > %s", [upto, first]
    )
    return [(name, start.astimezone(UTC), end.astimezone(UTC)) for name, start, end in rows]


def _take_indexes(connection: "psycopg.Connection[Any]", table: str) -> list[str]:
    """Drop the table's indexes and keys; returns the statements that make them again."""
    again = []
    rows = connection.execute(
        "SELECT con.conname, pg_get_constraintdef(con.oid), i.indexrelid::regclass, pg_get_indexdef(i.indexrelid),"
        " (SELECT string_agg(format('ALTER INDEX %%s ALTER COLUMN %%s SET STATISTICS %%s', i.indexrelid::regclass,"
        "  a.attnum, a.attstattarget), '; ') FROM pg_attribute a"
        "  WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)"
        " FROM pg_index i LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u')"
        " WHERE i.indrelid = %s::regclass",
        [table],
    ).fetchall()
    for constraint, definition, index, statement, statistics in rows:
        if constraint:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}")
        else:
            connection.execute(f"DROP INDEX {index}")
            again.append(f"{statement}; {statistics}" if statistics else statement)
    return again


def _load(job: tuple[str, tuple[str, datetime, datetime], list[int], datetime, datetime]) -> int:
    """Take one partition out, fill it, build its indexes and put it back; how many reads went in. In a worker."""
    url, (name, start, end), numbers, first, upto = job
    made = 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_BULK)
        _alone(connection, f"ALTER TABLE detections_detection DETACH PARTITION {name}")
        again = _take_indexes(connection, name)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {name}")  # in the same transaction, so that rows may arrive frozen
            with cursor.copy(f"COPY {name} ({town.COLUMNS}) FROM STDIN (FORMAT BINARY, FREEZE)") as copy:
                copy.write(town.HEADER)
                for piece in town.Town(numbers).pieces(first, upto):
                    copy.write(piece)
                copy.write(town.END)
            made = cursor.rowcount
        for statement in again:
            connection.execute(statement)
        bounds = sql.SQL("FOR VALUES FROM ({}) TO ({})").format(start.isoformat(), end.isoformat())
        _alone(
            connection, sql.SQL("ALTER TABLE detections_detection ATTACH PARTITION {} ").format(sql.SQL(name)) + bounds
        )
    return made


def _alone(connection: "psycopg.Connection[Any]", statement: Any) -> None:
    """One change of the parent at a time: two workers' locks would wait for each other."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(52500)")
        connection.execute(statement)


def _learn(connection: "psycopg.Connection[Any]") -> int:
    """Fill the dictionary as the trigger would have: in the order in which plates were first seen."""
    connection.execute("SET work_mem = '1GB'")
    cursor = connection.execute(
        "INSERT INTO detections_plate (plate) SELECT plate FROM ("
        " SELECT plate, min(captured_at) AS seen FROM detections_detection GROUP BY plate) AS found ORDER BY seen"
    )
    return cursor.rowcount


def _remember_keys(connection: "psycopg.Connection[Any]", upto: datetime) -> None:
    """The client keys of the last days, one a read."""
    connection.execute(
        "INSERT INTO detections_ingestkey (key, body, read_id, camera_number, reason)"
        " SELECT md5('key ' || id)::uuid, md5('body ' || id)::uuid, id, camera_id, '' FROM detections_detection"
        " WHERE captured_at >= %s ORDER BY captured_at",
        [upto - KEYS_KEPT],
    )


def _execute(job: tuple[str, str]) -> None:
    """Run in a worker."""
    url, statement = job
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_BULK)
        connection.execute(statement)


def main() -> None:
    from bench.cluster import cluster

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keep", required=True, help="name of the servers and data that stay")
    options.add_argument("--reads", type=int, default=2_000_000)
    options.add_argument(
        "--serve", action="store_true", help="let the servers run until interrupted, and print the URL"
    )
    given = options.parse_args()
    with cluster(keep=given.keep) as servers:
        filled = servers.filled(given.reads)
        print(json.dumps({"reads": filled.reads, "plates": filled.plates, "upto": filled.upto.isoformat()}), flush=True)
        if given.serve:
            print(os.environ["DATABASE_URL"], flush=True)
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            with suppress(KeyboardInterrupt):
                signal.pause()


if __name__ == "__main__":
    main()
