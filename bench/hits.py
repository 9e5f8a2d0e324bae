"""From a posted read to its card at every desk: ``hit_latency_ms``, through a real gunicorn and real streams.

200 desks are open in sessions of their own; 300,000 entries of an imported list are live; 20 cameras post 100 reads a
second, one of a hundred on the list. The clock runs from the moment the post is sent (so the ingest itself is in it)
to the card's arrival at each of the desks. A quiet server with one desk is measured before.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import web
from bench.processor_time import ProcessorTime
from bench.scratch import figure, say, scratch

ENTRIES, DESKS, PEOPLE, CAMERAS = 300_000, 200, 8, 20
RATE, SECONDS, HIT_EVERY = 100, 60, 100
ALONE = 30


@dataclass(slots=True)
class Department:
    """What the bench needs to know of its database: device keys, cookies of the desks, plates on the list."""

    keys: list[str]
    cookies: list[str]
    hot: list[str]


@dataclass(slots=True)
class Posts:
    """When each plate was sent, how long each post took (ms), and what went wrong."""

    sent: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--desks", type=int, default=DESKS)
    options.add_argument("--seconds", type=int, default=SECONDS)
    options.add_argument("--workers", type=int, default=2, help="gunicorn processes (production 2, quick start 1)")
    options.add_argument("--threads", type=int, default=256)
    options.add_argument("--batch", type=int, default=1, help="reads a post")
    given = options.parse_args()
    with scratch("platekeeper_bench_hits"):
        town = _prepare(given.desks, given.seconds)
        with web.server(workers=given.workers, threads=given.threads) as port:
            _measure_alone(port, town)
            _measure(port, town, given)


def _measure_alone(port: int, town: Department) -> None:
    """One desk, one read after the other, nothing else."""
    plates = [town.hot.pop() for _ in range(ALONE)]
    posts = Posts()
    with _desks(port, town.cookies[:1]) as arrivals:
        for plate in plates:
            _post(http.client.HTTPConnection("127.0.0.1", port, timeout=30), town.keys[0], [plate], posts)
            time.sleep(0.4)  # the next hit is a message of its own
        time.sleep(1)
    samples = _latencies(posts, arrivals)
    note = "post sent -> card received; one desk, no other reads"
    figure("hit_latency_one_desk_ms", samples[int(len(samples) * 0.95)], "ms", samples=samples, note=note)


def _measure(port: int, town: Department, given: argparse.Namespace) -> None:
    from audit.models import LedgerEntry
    from detections.models import Hit

    hits_before = Hit.objects.count()
    told_before = LedgerEntry.objects.filter(action="hit.tell").count()
    posts = Posts()
    with _desks(port, town.cookies) as arrivals:
        say(f"hits: {len(town.cookies)} desks listen")
        with ProcessorTime() as spent:
            rate = _post_all(port, town, given.seconds, given.batch, posts)
            time.sleep(3)
    if posts.wrong:
        raise SystemExit(f"{len(posts.wrong)} posts failed: {posts.wrong[0]}")
    samples = _latencies(posts, arrivals)
    hits = Hit.objects.count() - hits_before
    records = LedgerEntry.objects.filter(action="hit.tell").count() - told_before
    due = hits * len(town.cookies)
    if len(samples) < due or arrivals.still_open < len(town.cookies):
        raise SystemExit(f"{due - len(samples)} of {due} cards did not arrive; {arrivals.still_open} desks stayed open")
    held = (
        f"{len(town.cookies)} desks, {rate:.0f} reads/s for {given.seconds} s in posts of {given.batch}, "
        f"{ENTRIES:,} live entries, {hits} hits; {given.workers} web processes of {given.threads} threads"
    )
    note = f"post sent -> card received, over all deliveries; {held}; {records} records; target p95 <= 2000"
    figure("hit_latency_ms", samples[int(len(samples) * 0.95)], "ms", samples=samples, note=note)
    figure("hit_desk_reads_per_s", rate, "reads/s", n=len(posts.sent), note=f"asked: {RATE}; {held}")
    figure("hit_latency_longest_ms", samples[-1], "ms", n=len(samples), note=held)
    figure("hit_desk_post_ms", sorted(posts.took)[int(len(posts.took) * 0.95)], "ms", samples=posts.took, note=held)
    for name, share in spent.shares().items():
        figure(f"hit_desk_cpu_{name}", share, "cores", n=1, note=f"processor time over elapsed time; {held}")


def _latencies(posts: Posts, arrivals: "Arrivals") -> list[float]:
    """Milliseconds of the first arrival of each hit at each desk, in order of length."""
    from detections.models import Hit

    plates = {str(pk): plate for pk, plate in Hit.objects.values_list("pk", "plate")}
    first: dict[tuple[int, str], float] = {}
    for desk, hit, instant in arrivals.seen:
        first.setdefault((desk, hit), instant)
    return sorted(
        (instant - posts.sent[plates[hit]]) * 1000
        for (_, hit), instant in first.items()
        if plates.get(hit) in posts.sent
    )


@dataclass(slots=True)
class Arrivals:
    """[desk, hit id, monotonic instant] of each card; how many lines were open at the end."""

    seen: list[tuple[int, str, float]] = field(default_factory=list)
    still_open: int = 0


@contextmanager
def _desks(port: int, cookies: list[str]) -> Iterator[Arrivals]:
    """The desks in their own process; what arrived is there when the block is left."""
    arrivals = Arrivals()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrivals.json"
        command = [sys.executable, "-m", "bench.desks", str(port), str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            if process.stdin is None or process.stdout is None:
                raise SystemExit("no pipes")
            process.stdin.write(json.dumps(cookies) + "\n")
            process.stdin.flush()
            if process.stdout.readline().strip() != "open":
                raise SystemExit("the desks did not open")
            yield arrivals
            process.stdin.write("stop\n")
            process.stdin.flush()
            process.wait(30)
        found = json.loads(file.read_text())
    arrivals.seen, arrivals.still_open = found["arrivals"], found["open"]


def _post_all(port: int, town: Department, seconds: int, batch: int, posts: Posts) -> float:
    """100 reads a second for so long, spread evenly over the cameras and the time; returns the rate that was kept."""
    count = RATE * seconds
    plates = [town.hot.pop() if number % HIT_EVERY == HIT_EVERY // 2 else f"0NO{number:05}" for number in range(count)]
    started = time.monotonic() + 0.5
    jobs = [
        [(started + at / RATE, plates[at : at + batch]) for at in range(camera * batch, count, CAMERAS * batch)]
        for camera in range(CAMERAS)
    ]
    threads = [
        threading.Thread(target=_camera, args=(port, key, job, posts)) for key, job in zip(town.keys, jobs, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.monotonic() - started)


def _camera(port: int, key: str, job: list[tuple[float, list[str]]], posts: Posts) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for due, plates in job:
        time.sleep(max(due - time.monotonic(), 0))
        try:
            _post(line, key, plates, posts)
        except (http.client.HTTPException, OSError) as error:
            posts.wrong.append(repr(error))
            line.close()


def _post(line: http.client.HTTPConnection, key: str, plates: list[str], posts: Posts) -> None:
    from django.utils import timezone

    now = timezone.now().isoformat()
    reads = [{"client_key": plate, "plate": plate, "state": "CA", "captured_at": now} for plate in plates]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    sent = time.monotonic()
    posts.sent |= dict.fromkeys(plates, sent)
    line.request("POST", "/api/v1/reads/", json.dumps(reads if len(reads) > 1 else reads[0]), headers)
    answer = line.getresponse()
    text = answer.read()
    posts.took.append((time.monotonic() - sent) * 1000)
    if answer.status != 200:
        posts.wrong.append(f"{answer.status}: {text[:200]!r}")


def _prepare(desks: int, seconds: int) -> Department:
    """Dispatchers with their sessions, cameras with their keys, and an imported list that is live."""
    from tests import make

    people = [
        make.user(f"bench-dispatcher-{number}", "dispatcher", classification="dispatcher") for number in range(PEOPLE)
    ]
    cameras = [make.camera(f"BENCH-{number:02}", approver=people[0]) for number in range(CAMERAS)]
    plates = [f"0B{number:06}" for number in range(ENTRIES)]
    _import(plates)
    cookies = [web.signed_in(people[number % PEOPLE]).cookies["sessionid"].value for number in range(desks)]
    hot = plates[:: ENTRIES // (RATE * seconds // HIT_EVERY + ALONE + 10)]
    say(f"hits: {len(plates):,} entries are live")
    return Department([make.device_key(camera) for camera in cameras], cookies, hot)


def _import(plates: list[str]) -> None:
    """An imported list with these plates, live from now on."""
    from django.utils import timezone

    from hotlists.imports import store
    from hotlists.imports.swap import swap
    from hotlists.models import HotList, HotListImport, HotListSource

    source = HotListSource.objects.create(name="State system", kind="state", authority="State of California")
    hot_list = HotList.objects.create(name="Stolen vehicles", source=source)
    now = timezone.now()
    made = HotListImport.objects.create(
        hot_list=hot_list, status="running", layout="bench", origin="api", handed_in_at=now, name="bench", size=0
    )
    store.open(made.pk)
    store.copy_rows(
        made.pk, (store.ListedRow(line, plate, "CA", "stolen_vehicle") for line, plate in enumerate(plates, 1))
    )
    store.seal(made.pk)
    swap(made, now)


if __name__ == "__main__":
    main()
