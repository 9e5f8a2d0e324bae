"""Upload figures: ``python -m bench.upload [--rows N] [--profile]``.

In a scratch database, turn about in parts: rows of a file by the product's own upload (parsing, grouping by camera, the
verb, the account, progress committed with each part) and the same reads, made beforehand, by the verb alone in batches
of 5,000. The file is written in the way of a CDMS: times in words on the local clock, confidences in per cent.
"""

import argparse
import gc
import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.scratch import figure, say, scratch

AT = datetime(2026, 6, 16, 19, 0, tzinfo=UTC)
TURNS = 2
BATCH = 5_000
CAMERAS = 20
HEAD = "Plate,Date,Time,Camera Name,Plate State,Confidence,Latitude,Longitude,Make,Model,Detection ID\n"
PACIFIC = ZoneInfo("America/Los_Angeles")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=200_000, help="rows for each way (default 200,000)")
    options.add_argument("--profile", action="store_true", help="print where the time of one more upload goes")
    given = options.parse_args()
    with scratch("platekeeper_bench_upload"):
        _measure(given.rows, 1)
        _measure(given.rows, CAMERAS)
        if given.profile:
            _profile(given.rows)


def _lines(count: int, cameras: list[str], first: int) -> Iterator[str]:
    """Rows of distinct plates, ten a second; plates begin with a zero as none in California does."""
    for number in range(first, first + count):
        at = (AT - timedelta(seconds=number % 1_000_000 // 10)).astimezone(PACIFIC)
        yield (
            f"0{number % 10_000_000:07d},{at:%m/%d/%Y},{at:%H:%M:%S},{cameras[number % len(cameras)]},CA,"
            f"{80 + number % 200 / 10:.1f},{38.5 + number % 1000 / 10_000:.4f},-121.4900,Toyota,Camry,{number}.jpg\n"
        )


def _measure(rows: int, cameras: int) -> None:
    from audit import asker
    from detections.uploads.hand_in import Received
    from tests import make

    person = make.user(f"bench-{cameras}", "alpr_administrator")
    seconds: dict[str, float] = {"upload": 0.0, "pipeline": 0.0, "parse": 0.0}
    part = rows // TURNS
    size = 0
    for turn in range(TURNS):
        made = {way: [make.camera(f"{way}-{cameras}-{turn}-{n}") for n in range(cameras)] for way in ("up", "pipe")}
        content = (HEAD + "".join(_lines(part, [one.code for one in made["up"]], turn * part))).encode()
        # Other plates: the first to bring a plate pays for its place in the dictionary.
        others = (HEAD + "".join(_lines(part, ["x"], 5_000_000 + turn * part))).encode()
        size = len(content)
        by = asker.person(person)
        start = time.perf_counter()
        reads = _reads(others)
        seconds["parse"] += time.perf_counter() - start

        def upload(content: bytes = content, by: object = by) -> float:
            return _timed_upload(by, Received(io.BytesIO(content), "bench.csv", len(content), "0" * 64), part)

        def pipeline(reads: list[object] = reads, by: object = by, cameras_: list[object] = made["pipe"]) -> float:
            return _timed_pipeline(by, cameras_, reads)

        # Turn about, each way is the first once.
        for way, work in [("upload", upload), ("pipeline", pipeline)][:: -1 if turn % 2 else 1]:
            seconds[way] += work()
    total = part * TURNS
    suffix = "" if cameras == 1 else f"_{cameras}_cameras"
    rate = {way: total / taken for way, taken in seconds.items()}
    note = f"{cameras} camera(s), {size / part:.0f} bytes a row; " + ", ".join(
        f"{way} {one:,.0f}/s" for way, one in rate.items()
    )
    figure(f"upload_reads_per_s{suffix}", rate["upload"], "reads/s", n=total, note=note)
    figure(f"upload_vs_pipeline{suffix}", rate["upload"] / rate["pipeline"], "ratio", n=total, note=note)
    if cameras == 1:
        figure("upload_parse_rows_per_s", rate["parse"], "rows/s", n=total, note="reading and judging alone")


def _timed_pipeline(by: object, cameras: list[object], reads: list[object]) -> float:
    """Seconds of the verb alone for reads made beforehand, in batches of one camera each."""
    from django.utils import timezone

    from detections.ingest.verb import record_reads

    own = [reads[place :: len(cameras)] for place in range(len(cameras))]
    gc.collect()
    gc.freeze()  # the reads stand for what comes from the network: no way is charged for looking through them
    start = time.perf_counter()
    for camera, mine in zip(cameras, own, strict=True):
        for at in range(0, len(mine), BATCH):
            record_reads(by=by, camera=camera, reads=mine[at : at + BATCH], at=timezone.now())  # type: ignore[arg-type]
    taken = time.perf_counter() - start
    gc.unfreeze()
    return taken


def _timed_upload(by: object, received: object, rows: int) -> float:
    """Seconds to take a file in to its end; its account must say that all was recorded."""
    from django.utils import timezone

    from detections.uploads import hand_in, run

    hand_in.enqueue = lambda _: False  # no worker but this process
    upload = hand_in.start_upload(by=by, at=timezone.now(), received=received, layout="cdms", camera=None)  # type: ignore[arg-type]
    start = time.perf_counter()
    done = run.take_in(upload_id=upload.pk, clock=timezone.now, slice_s=10_000)
    taken = time.perf_counter() - start
    if done is None or (done.status, done.recorded) != ("done", rows):
        raise SystemExit(
            f"the upload is {done and done.status}: {done and done.verdict}, {done and done.recorded} reads"
        )
    done.file.storage.delete(done.file.name)
    return taken


def _reads(content: bytes) -> list[object]:
    """The reads of a file, by the product's own parser."""
    from detections.uploads.head import look
    from detections.uploads.layout import all_layouts
    from detections.uploads.parse import rows

    file, layout = io.BytesIO(content), all_layouts()["cdms"]
    return [row.read for row in rows(file, layout, look(file, layout)) if row is not None]


def _profile(rows: int) -> None:
    import cProfile
    import pstats
    import sys

    from audit import asker
    from audit.models import User
    from detections.uploads.hand_in import Received
    from tests import make

    code = make.camera("profiled").code
    content = (HEAD + "".join(_lines(rows // TURNS, [code], 9_000_000))).encode()
    profile = cProfile.Profile()
    by = asker.person(User.objects.get(username="bench-1"))
    received = Received(io.BytesIO(content), "bench.csv", len(content), "0" * 64)
    say(f"profiling {rows // TURNS:,} rows in process {os.getpid()}")
    profile.enable()
    _timed_upload(by, received, rows // TURNS)
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
