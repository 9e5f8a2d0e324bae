"""Ingest figures: ``python -m bench.ingest [--reads N]``.

In a scratch database, the same reads go in three ways, turn about: the product's own verb (keys, reads, matching,
hits, history, outbox, ledger record), Django's ``bulk_create`` of the same rows into the same tables (without any
matching and without the ledger), and COPY into a bare table. Then over HTTP, to the product's own server. Ratios are
of one run.
"""

import argparse
import gc
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.scratch import figure, scratch

if TYPE_CHECKING:
    from cameras.models import Camera
    from detections.ingest.reads import NewRead

AT = datetime(2026, 6, 16, 19, 0, tzinfo=UTC)
TURNS = 3
HOT_EVERY = 500  # one read in so many is of a hot plate: far more than in any town
HOT_PLATES = 2_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=30_000, help="reads for each way (default 30,000)")
    total = options.parse_args().reads
    with scratch("platekeeper_bench_ingest"):
        _measure_pipeline(total)
        _measure_http(total)


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


def _enter_hot_plates(reads: list["NewRead"]) -> dict[str, Any]:
    """Live entries of every so many reads' plates and of many that nobody drives; ids of the entries by plate."""
    from audit.ids import uuid7
    from hotlists.models import HotPlate
    from tests import make

    first = make.hot_plate("0HOT000", at=AT)
    rows = []
    for plate in [read.plate for read in reads[::HOT_EVERY]] + [f"1{number:06d}" for number in range(HOT_PLATES)]:
        row = HotPlate.objects.get(pk=first.pk)
        row.pk, row.plate = uuid7(), plate
        rows.append(row)
    HotPlate.objects.bulk_create(rows)
    return {row.plate: row.pk for row in rows}


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

    reads = _reads(total)
    hot = _enter_hot_plates(reads)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    gc.collect()
    gc.freeze()  # the reads stand for what comes from the network: no way is charged for looking through them
    ways = {"pipeline": _by_pipeline, "bulk_create": lambda camera: _by_bulk_create(camera, hot), "copy": _by_copy}
    for size in (1_000, 5_000):
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(TURNS):
            part = reads[turn * total // TURNS : (turn + 1) * total // TURNS]
            for name, way in ways.items():
                with way(_camera(f"{name}-{size}-{turn}")) as work:
                    seconds[name] += _timed(work, part, size)
        rates = {name: total / sum(taken) for name, taken in seconds.items()}
        note = f"batches of {size:,}; " + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items())
        milliseconds = [1000 * one for one in seconds["pipeline"]]
        suffix = "" if size == 1_000 else f"_batches_of_{size}"
        figure(f"ingest_pipeline_reads_per_s{suffix}", rates["pipeline"], "reads/s", n=total, note=note)
        figure(f"ingest_batch_ms{suffix}", statistics.median(milliseconds), "ms", samples=milliseconds, note=note)
        figure(f"ingest_vs_bulk_create{suffix}", rates["pipeline"] / rates["bulk_create"], "x", n=total, note=note)
        figure(f"ingest_pipeline_vs_copy{suffix}", rates["pipeline"] / rates["copy"], "x", n=total, note=note)


@contextmanager
def _by_pipeline(camera: "Camera") -> Iterator[Callable[[list[Any]], Any]]:
    """The product's own verb: keys, reads, hits, history, outbox and the ledger record, one commit a batch."""
    from audit import asker
    from detections.ingest.verb import record_reads

    by = asker.device(camera.code, address="127.0.0.1")
    yield lambda batch: record_reads(by=by, camera=camera, reads=batch, at=AT)


@contextmanager
def _by_bulk_create(camera: "Camera", hot: dict[str, Any]) -> Iterator[Callable[[list[Any]], Any]]:
    """What Django offers for the same rows in the same tables, one commit a batch; the hits are known beforehand."""
    from django.db import transaction

    from detections.ingest.keys import body_hash
    from detections.models import Detection, Hit, IngestKey, OutboxEvent

    def work(batch: list[Any]) -> None:
        rows = [_detection(read, camera) for read in batch]
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
        hits = [
            Hit(detection=row, hot_plate_id=hot[row.plate], plate=row.plate, captured_at=row.captured_at, created_at=AT)
            for row in rows
            if row.plate in hot
        ]
        with transaction.atomic():
            Detection.objects.bulk_create(rows)
            IngestKey.objects.bulk_create(keys)
            Hit.objects.bulk_create(hits)
            Hit.history.bulk_history_create(hits, default_date=AT)  # type: ignore[attr-defined]
            OutboxEvent.objects.bulk_create(OutboxEvent(created_at=AT, topic="hit.new", hit=hit) for hit in hits)

    yield work


def _detection(read: "NewRead", camera: "Camera") -> Any:
    from detections.models import Detection

    return Detection(
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


@contextmanager
def _by_copy(camera: "Camera") -> Iterator[Callable[[list[Any]], Any]]:
    """The ceiling: the same reads by the same COPY into a bare table without keys, indexes or constraints."""
    from django.db import connection

    from detections.ingest import rows
    from detections.ingest.ids import uuid7s

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_read (LIKE detections_detection)")
    statement, rows._COPY = rows._COPY, rows._COPY.replace("detections_detection", "bare_read")

    def work(batch: list[Any]) -> None:
        rows.copy_reads(list(zip(uuid7s(len(batch)), batch, strict=True)), camera=camera, at=AT)

    try:
        yield work
    finally:
        rows._COPY = statement
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bare_read")


def _measure_http(total: int) -> None:
    """Posts of 1,000 reads to a real server of one worker, and the time of a post of one."""
    from tests import make

    camera = _camera("http")
    headers = {"Authorization": f"Bearer {make.device_key(camera)}", "Content-Type": "application/json"}
    bodies = [json.dumps(batch) for batch in _batches(_as_json(total), 1_000)]
    single = [json.dumps(read) for read in _as_json(300, first=total)]
    with _server() as port:
        _post(port, headers, single[:20])
        seconds = _post(port, headers, bodies)
        figure(
            "ingest_http_reads_per_s", total / sum(seconds), "reads/s", n=total, note="posts of 1,000, one connection"
        )
        milliseconds = [1000 * one for one in seconds]
        figure(
            "ingest_http_post_ms", statistics.median(milliseconds), "ms", samples=milliseconds, note="posts of 1,000"
        )
        alone = [1000 * one for one in _post(port, headers, single[20:])]
        figure("ingest_http_one_read_ms", statistics.median(alone), "ms", samples=alone, note="posts of one read")


def _as_json(count: int, first: int = 0) -> list[dict[str, Any]]:
    now = datetime.now(tz=UTC)
    return [
        {
            "client_key": f"http-{read.client_key}",
            "plate": read.plate,
            "state": read.state,
            "captured_at": (now - timedelta(seconds=number % 3600)).isoformat(),
            "latitude": read.latitude,
            "longitude": read.longitude,
            "confidence": read.confidence,
            "image_reference": read.image_reference,
        }
        for number, read in enumerate(_reads(count, first))
    ]


@contextmanager
def _server() -> Iterator[int]:
    """The product's own WSGI application in one gunicorn process on a free port; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "alpr_site.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "-k",
        "gthread",
        "--threads",
        "2",
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "alpr_site.settings.dev"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


def _post(port: int, headers: dict[str, str], bodies: list[str]) -> list[float]:
    """Seconds of each post; every answer must say that all was recorded."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    seconds = []
    for body in bodies:
        start = time.perf_counter()
        connection.request("POST", "/api/v1/reads/", body, headers)
        response = connection.getresponse()
        content = response.read()
        seconds.append(time.perf_counter() - start)
        answers = json.loads(content)
        answers = answers if isinstance(answers, list) else [answers]
        if response.status != 200 or {answer["status"] for answer in answers} != {"recorded"}:
            raise SystemExit(f"The server answered {response.status}: {content[:300]!r}")
    connection.close()
    return seconds


if __name__ == "__main__":
    main()
