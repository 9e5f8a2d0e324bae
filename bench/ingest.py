"""Ingest figures: ``python -m bench.ingest [--reads N]``.

Works in a database of its own, made beside the one DATABASE_URL names (a PostgreSQL of its own is started where that
is not set) and dropped at the end. Ratios are taken inside one run; figures of one machine are no promise for another.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from cameras.models import Camera
    from detections.ingest.reads import NewRead

NAME = "platekeeper_bench_ingest"
AT = datetime(2026, 6, 16, 19, 0, tzinfo=UTC)
HOT_PLATES = 2_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=40_000, help="reads for each way (default 40,000)")
    total = options.parse_args().reads
    with ExitStack() as stack:
        stack.enter_context(_servers())
        stack.enter_context(_database())
        _set_up()
        _measure_pipeline(total)
        _measure_http(total)


@contextmanager
def _servers() -> Iterator[None]:
    """Start a PostgreSQL and a Valkey in a temporary folder where no URL names one; commits are on disk, as in use."""
    if {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        yield
        return
    from alpr_site.quickstart.server_home import settle
    from alpr_site.quickstart.servers import OWNER, EmbeddedPostgres, EmbeddedValkey
    from alpr_site.quickstart.state_folder import open_state

    state = open_state(".state/bench-ingest", variable="")
    home = settle(state)
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            postgres = EmbeddedPostgres(home)
            stack.callback(postgres.stop)
            postgres.start()
            postgres.make_roles(may_create_databases=True)
            os.environ["DATABASE_URL"] = postgres.url(OWNER)
        if "REDIS_URL" not in os.environ:
            valkey = EmbeddedValkey(home)
            stack.callback(valkey.stop)
            valkey.start()
            os.environ["REDIS_URL"] = valkey.url()
        yield


@contextmanager
def _database() -> Iterator[None]:
    """A fresh database beside the given one, dropped at the end whatever happens."""
    given = os.environ["DATABASE_URL"]
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME))
    with psycopg.connect(given, autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path=f"/{NAME}"))
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()
            os.environ["DATABASE_URL"] = given
            admin.execute(drop)


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "alpr_site.settings.test"
    os.environ["LOG_LEVEL"] = "WARNING"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _camera(code: str) -> "Camera":
    from tests import make

    return make.camera(code)


def _reads(count: int, first: int = 0) -> list["NewRead"]:
    """Reads of distinct plates, one in 200 of them hot; plates begin with a zero as none in California does."""
    from detections.ingest.reads import NewRead

    return [
        NewRead(
            f"bench-{number}",
            plate := f"0{number % 1_679_616:07d}"[:8],
            plate,
            AT - timedelta(seconds=number % 3600, microseconds=number),
            "CA",
            38.58 + number % 100 / 1000,
            -121.49,
            0.9,
            f"frame-{number}.jpg",
            "",
        )
        for number in range(first, first + count)
    ]


def _hot_plates(reads: list["NewRead"]) -> None:
    from hotlists.models import HotPlate
    from tests import make

    make.hot_plate("0HOT000", at=AT)
    pattern = HotPlate.objects.get()
    chosen = [read.plate for read in reads[::200]] + [f"1{n:06d}" for n in range(HOT_PLATES)]
    rows = []
    for plate in chosen:
        row = HotPlate.objects.get(pk=pattern.pk)
        row.pk, row.plate = HotPlate._meta.pk.default(), plate
        rows.append(row)
    HotPlate.objects.bulk_create(rows)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hotlists_hotplate")


def _batches(reads: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(reads), size):
        yield reads[start : start + size]


def _timed(work: Callable[[list[Any]], Any], reads: list[Any], size: int) -> list[float]:
    """Seconds of each batch."""
    seconds = []
    for batch in _batches(reads, size):
        start = time.perf_counter()
        work(batch)
        seconds.append(time.perf_counter() - start)
    return seconds


def _measure_pipeline(total: int) -> None:
    from django.db import connection

    _hot_plates(_reads(total))
    for size in (1_000, 5_000):
        rates: dict[str, list[float]] = {}
        for turn in range(3):
            for way in (_by_pipeline, _by_bulk_create, _by_copy):
                name = way.__name__.removeprefix("_by_")
                reads = _reads(total // 3, first=turn * total // 3)
                with way(f"{name}-{size}-{turn}") as work:
                    seconds = _timed(work, reads, size)
                rates.setdefault(name, []).append(len(reads) / sum(seconds))
        best = {name: statistics.median(values) for name, values in rates.items()}
        note = f"batches of {size:,}; " + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in best.items())
        _say("ingest_pipeline_reads_per_s", best["pipeline"], "reads/s", total, note)
        _say("ingest_vs_bulk_create", best["pipeline"] / best["bulk_create"], "x", total, note)
        _say("ingest_pipeline_vs_copy", best["pipeline"] / best["copy"], "x", total, note)
    connection.close()


@contextmanager
def _by_pipeline(label: str) -> Iterator[Callable[[list[Any]], Any]]:
    """The product's own verb: keys, reads, hits, outbox and the ledger record, one commit a batch."""
    from audit import asker
    from detections.ingest.verb import record_reads

    camera = _camera(label)
    by = asker.device(camera.code, address="127.0.0.1")
    yield lambda batch: record_reads(by=by, camera=camera, reads=batch, at=AT)


@contextmanager
def _by_bulk_create(label: str) -> Iterator[Callable[[list[Any]], Any]]:
    """What Django offers for the same rows in the same two tables, one commit a batch; no matching and no ledger."""
    from django.db import transaction

    from detections.ingest.keys import body_hash
    from detections.models import Detection, IngestKey

    camera = _camera(label)

    def work(batch: list[Any]) -> None:
        rows = [
            Detection(
                plate=read.plate,
                plate_read=read.plate_read,
                state=read.state,
                captured_at=read.captured_at,
                received_at=AT,
                camera=camera,
                latitude=read.latitude,
                longitude=read.longitude,
                confidence=read.confidence,
                image_reference=read.image_reference,
                vehicle=read.vehicle,
            )
            for read in batch
        ]
        keys = [
            IngestKey(
                camera=camera,
                client_key=read.client_key,
                body_hash=body_hash(read),
                received_at=AT,
                status="recorded",
                read_id=row.pk,
            )
            for read, row in zip(batch, rows, strict=True)
        ]
        with transaction.atomic():
            Detection.objects.bulk_create(rows)
            IngestKey.objects.bulk_create(keys)

    yield work


@contextmanager
def _by_copy(label: str) -> Iterator[Callable[[list[Any]], Any]]:
    """The ceiling: the same reads by COPY into a bare table without keys, indexes or constraints."""
    from django.db import connection

    from audit.ids import uuid7
    from detections.ingest import rows

    camera = _camera(label)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_read (LIKE detections_detection)")
    statement, rows._COPY = rows._COPY, rows._COPY.replace("detections_detection", "bare_read")
    try:
        yield lambda batch: rows.copy_reads([(uuid7(), read) for read in batch], camera=camera, at=AT)
    finally:
        rows._COPY = statement
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bare_read")


def _measure_http(total: int) -> None:
    pass


def _say(name: str, value: float, unit: str, n: int, note: str, seconds: list[float] | None = None) -> None:
    """One JSON line; p50 and p95 are milliseconds of one batch, where batches were timed."""
    spread = sorted(1000 * one for one in seconds or ())
    print(
        json.dumps(
            {
                "name": name,
                "value": round(value, 3),
                "unit": unit,
                "n": n,
                "p50": round(statistics.median(spread), 2) if spread else None,
                "p95": round(spread[int(len(spread) * 0.95)], 2) if spread else None,
                "note": note,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
