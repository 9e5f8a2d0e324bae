"""Ingest figures at scale: ``python -m bench.ingest [--reads N] [--keep NAME] [--batches N] [--only PART ...]``.

In a copy of a database that holds millions of reads and 300,000 live hot plates, the same further reads go in by
several ways, turn about: the product's own verb (keys, reads, dictionary, all indexes, matching, hits, history, outbox,
ledger record; one transaction a batch), Django's ``bulk_create`` of the same rows into the same tables, and COPY into a
bare table. Then into an empty and into a full partition; then over HTTP to one web worker. docs/bench.md says what each
figure means.
"""

import argparse
import gc
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.cluster import cluster
from bench.ingest_http import measure_http
from bench.ingest_ways import Job, Ways
from bench.more_reads import enter_hot_plates, more_reads
from bench.reads_at_scale import Filling
from bench.room import measure_bytes, parts_with_reads, plates_known
from bench.scratch import figure, say
from bench.timing import p50

if TYPE_CHECKING:
    from detections.ingest.reads import NewRead

PARTS = ("bytes", "ways", "small", "fill", "http")
# After a checkpoint the first change of every page is logged with the whole page. In use that happens once in a quarter
# of an hour; in so short a run it would be most of what is measured. So many reads touch nearly every page before.
WARMING = 125_000
AGAINST = {
    "ingest_pipeline_vs_copy": ("copy", "COPY of the same reads into a bare table; target >= 0.15, goal 0.25"),
    "ingest_pipeline_vs_encoded_copy": ("encoded", "COPY of rows encoded beforehand: the server's part alone"),
    "ingest_vs_bulk_create": ("bulk_create", "Django's bulk_create of the same rows, the hits known beforehand"),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reads", type=int, default=2_000_000, help="reads held before (default 2,000,000)")
    options.add_argument("--keep", default="", help="name of servers and data that stay: bench.reads_at_scale")
    options.add_argument("--batches", type=int, default=12, help="of 5,000 reads, for each way (default 12)")
    options.add_argument("--only", nargs="*", choices=PARTS, default=[])
    given = options.parse_args()
    parts = given.only or PARTS
    with cluster(keep=given.keep) as servers:
        filling = servers.filled(given.reads)
        if "bytes" in parts:
            measure_bytes(filling)
        with servers.copied(given.reads):
            say("ingest: entering 300,000 hot plates")
            bench = _Bench(filling, enter_hot_plates(filling.upto))
            bench.warm(filling.upto)
            if "ways" in parts:
                bench.measure_ways(5_000, given.batches)
            if "small" in parts:
                bench.measure_ways(1_000, given.batches * 2, suffix="_batches_of_1000")
            if "fill" in parts:
                bench.measure_fill(given.batches)
            if "http" in parts:
                measure_http(filling)


class _Bench:
    """Batches of reads that nobody has seen yet, for one way after the other."""

    def __init__(self, filling: Filling, hot: dict[str, Any]) -> None:
        self.filling, self.ways, self.seed = filling, Ways(hot), 100

    def warm(self, hour: datetime) -> None:
        """Take reads in that are not measured."""
        say(f"ingest: {WARMING:,} reads to warm up")
        self._timed("pipeline", self._reads(hour, WARMING), 5_000)

    def measure_ways(self, size: int, batches: int, suffix: str = "") -> None:
        """Each way in turn on the same reads; of each turn's ratio the middle one is told."""
        turns = min(batches, 12)
        seconds: dict[str, list[list[float]]] = {
            name: [] for name in ("pipeline", *(way for way, _ in AGAINST.values()))
        }
        new = 0
        for _ in range(turns + 1):  # the first warms up
            reads = self._reads(self.filling.upto, size * (batches // turns))
            for name, each in seconds.items():
                known = plates_known()
                each.append(self._timed(name, reads, size))
                new += plates_known() - known if name == "pipeline" else 0
        total = size * sum(map(len, seconds["pipeline"]))
        new_share = 100 * new / total
        told = ", ".join(
            f"{name} {size * len(flat) / sum(flat):,.0f}/s"
            for name, each in seconds.items()
            if (flat := [one for turn in each[1:] for one in turn])
        )
        note = (
            f"{self.filling.reads:,} reads held, 300,000 live hot plates, one transaction a batch of {size:,}, each of"
            f" one camera, fsync on; {new_share:.1f} % bring a new plate; {told}"
        )
        ours = [one for turn in seconds["pipeline"][1:] for one in turn]
        figure(f"ingest_pipeline_reads_per_s{suffix}", size * len(ours) / sum(ours), "reads/s", n=total, note=note)
        milliseconds = [1000 * one for one in ours]
        figure(f"ingest_batch_ms{suffix}", p50(milliseconds), "ms", samples=milliseconds, note=note)
        for name, (way, words) in AGAINST.items():
            pairs = zip(seconds[way][1:], seconds["pipeline"][1:], strict=True)
            ratios = [sum(theirs) / sum(mine) for theirs, mine in pairs]
            figure(f"{name}{suffix}", p50(ratios), "x", samples=ratios, note=f"{words}; {note}")

    def measure_fill(self, batches: int, size: int = 5_000) -> None:
        """The pipeline into an empty partition and into the fullest one, turn about."""
        parts = parts_with_reads()
        full, empty = max(parts, key=lambda part: part.reads), min(parts, key=lambda part: (part.reads, part.upto))
        ends = full.upto if full.upto < self.filling.upto else self.filling.upto
        hours = {"empty": empty.first + timedelta(hours=20), "full": ends - timedelta(hours=4)}
        seconds: dict[str, list[float]] = {name: [] for name in hours}
        if hours["full"] < self.filling.upto - timedelta(hours=4):
            self.warm(hours["full"])
        for turn in range(batches + 1):  # the first warms up
            for name, hour in hours.items():
                taken = self._timed("pipeline", self._reads(hour, size), size)
                seconds[name] += taken if turn else []
        told = ", ".join(f"{name} {size * len(each) / sum(each):,.0f}/s" for name, each in seconds.items())
        ratios = [slow / fast for slow, fast in zip(seconds["full"], seconds["empty"], strict=True)]
        note = f"the full partition holds {full.reads:,} reads; {told}; batches of {size:,}; target <= 2"
        figure("ingest_fill_slowdown", p50(ratios), "x", samples=ratios, note=note)

    def _reads(self, hour: datetime, count: int) -> list["NewRead"]:
        """Of an hour on, never the same twice."""
        self.seed += 1
        made = more_reads(hour, count, seed=self.seed)
        gc.collect()
        gc.freeze()  # the reads stand for what comes from the network: no way is charged for looking through them
        return made

    def _timed(self, way: str, reads: Sequence["NewRead"], size: int) -> list[float]:
        """Seconds of each batch. The client keys are made new, since another way may have taken them."""
        for number, read in enumerate(reads):
            read.client_key = f"{way}-{self.seed}-{number}"
        batches = [reads[start : start + size] for start in range(0, len(reads), size)]
        with getattr(self.ways, way)(batches, reads[-1].captured_at + timedelta(minutes=1)) as jobs:
            return [_seconds(job) for job in jobs]


def _seconds(job: Job) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
