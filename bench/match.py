"""What matching costs: ``python -m bench.match [--reads N] [--keep NAME] [--turns N]`` (``match_cost``).

In a copy of a database of millions of reads, batches of 5,000 go in by the product's verb, turn about: one while
nothing is looked for, one while 300,000 entries are live, and one while look-alikes of the imported ones are shown too.
Live are an imported list of 300,000 plates, 200 hand entries with every plate one character off, and two partial ones;
outside the clock they are put on and taken off. 9,000 vehicles of the town's three million are on the list, so about 3
reads in 1,000 are hits; the other plates look like most of the town's.

Then how many possible matches 100,000 reads bring: of the hand entries, of look-alikes on the imported list, and of one
character off on it, which the product does not offer: that is why.
"""

import argparse
import gc
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count, cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from bench import town
from bench.cluster import cluster
from bench.more_reads import HOT_PLATES, hot_plates, more_reads
from bench.scratch import figure, say
from bench.timing import p50

if TYPE_CHECKING:
    from detections.ingest.reads import NewRead
    from hotlists.models import HotList, HotListImport

SIZE, WARMING, COUNTED = 5_000, 100_000, 100_000
WAYS = ("none", "exact", "lookalike")
BY_HAND, PARTIALS = 200, ("0AB?1?3", "0?CD12?")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reads", type=int, default=2_000_000, help="reads held before (default 2,000,000)")
    options.add_argument("--keep", default="", help="name of servers and data that stay: bench.reads_at_scale")
    options.add_argument("--turns", type=int, default=24, help="batches of each kind (default 24)")
    given = options.parse_args()
    with cluster(keep=given.keep) as servers:
        filling = servers.filled(given.reads)
        with servers.copied(given.reads):
            say("match: entering 300,000 plates")
            bench = _Bench(filling.upto)
            bench.measure_cost(given.turns, filling.reads)
            bench.count_possible()


class _Bench:
    """The list, live or not, and batches of reads that nobody has seen yet."""

    def __init__(self, upto: datetime) -> None:
        from cameras.models import Camera
        from tests import make

        self.upto, self.seed = upto, 500
        self.cameras = cycle(Camera.objects.filter(kind=Camera.Kind.FIXED).order_by("number"))
        self.own = make.hot_list("By hand")
        self.listed = make.hot_list("Imported", near="exact")
        self.number = _take_in(self.listed)
        self.entries = _enter(self.own, upto)
        # Without keys: an empty table in front of theirs, so that nothing is written between two batches.
        _execute("CREATE SCHEMA bench_none")
        _execute("CREATE TABLE bench_none.hotlists_nearkey (LIKE hotlists_nearkey INCLUDING ALL)")
        for table in ("hotlists_nearkey", "bench_none.hotlists_nearkey", "hotlists_hotplate"):
            _execute(f"VACUUM ANALYZE {table}")

    def measure_cost(self, turns: int, held: int) -> None:
        """Each turn a batch of each kind; who begins changes, so that none is always the first."""
        self._set("lookalike")
        for batch in self._batches(WARMING // SIZE):
            self._taken(batch)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
        made = Counter[str]()
        for turn in range(turns):
            order = [WAYS[(turn + place) % len(WAYS)] for place in range(len(WAYS))]
            for way, batch in zip(order, self._batches(len(WAYS)), strict=True):
                self._set(way)
                before = _rows()
                taken[way].append(self._taken(batch))
                made.update({f"{way} {name}": number - before[name] for name, number in _rows().items()})
        for way, name, words in (
            ("exact", "match_cost", "the imported list looks for the very plate"),
            ("lookalike", "match_cost_lookalike", "look-alikes of the imported plates too are possible matches"),
        ):
            note = (
                f"{words}; {HOT_PLATES:,} imported rows, {BY_HAND} hand entries one character off, two partial ones,"
                f" over nothing looked for; {held:,} reads held; {turns} batches of {SIZE:,} each, turn about;"
                f" {made[f'{way} hit']} hits, {made[f'{way} hitrepeat']} repeats, {made[f'{way} possiblematch']}"
                f" possible matches; most make their hot plate; target <= 1.15"
            )
            for place, unit in enumerate(("seconds", "processor seconds of Python and PostgreSQL")):
                pairs = zip(taken[way], taken["none"], strict=True)
                ratios = [one[place] / other[place] for one, other in pairs]
                medians = [1000 * p50([each[place] for each in taken[kind]]) for kind in (way, "none")]
                told = f"{unit}, medians {medians[0]:.0f} and {medians[1]:.0f} ms; {note}"
                figure(name + "_processor" * place, p50(ratios), "x", samples=ratios, note=told)

    def count_possible(self) -> None:
        """Possible matches that 100,000 reads bring, before any is counted to another."""
        from audit.plates import fold

        reads = self._reads(COUNTED)
        plates = _plates()
        folds = Counter(fold(plate) for plate in plates)
        alike = sum(folds[fold(read.plate)] for read in reads) - _exact(reads, plates)
        sample = reads[::5]
        near = 5 * sum(sum(folds[key] for key in _one_off(fold(read.plate))) for read in sample)
        hand = _keys(self.entries)
        by_hand = sum(len(hand.get(fold(read.plate), ())) for read in reads) - _exact(reads, self.entries)
        partial = sum(_fits(read.plate, pattern) for read in reads for pattern in PARTIALS)
        words = f"in {COUNTED:,} reads of the town, states not asked, none counted to another"
        of_list = f"{HOT_PLATES:,} imported plates; {words}"
        figure("possible_by_hand", by_hand, "matches", n=COUNTED, note=f"{BY_HAND} entries, one character off; {words}")
        figure("possible_partial", partial, "matches", n=COUNTED, note=f"two entries, 5 of 7 characters known; {words}")
        figure("possible_lookalike", alike, "matches", n=COUNTED, note=of_list)
        figure("possible_edit1_not_offered", near, "matches", n=len(sample), note=f"one character off; {of_list}")

    def _set(self, way: str) -> None:
        """Let all entries live, or none: the list, the hand entries by their near keys, the partial ones."""
        from hotlists.models import HotList

        live = way != "none"
        HotList.objects.filter(pk=self.listed.pk).update(
            live_import=self.number if live else None, near=way if live else "exact"
        )
        _execute(f"SET search_path = {'' if live else 'bench_none, '}public")
        _execute(
            "UPDATE hotlists_hotplate SET expires_at = CASE WHEN %s THEN NULL ELSE '2020-01-02'::timestamptz END"
            " WHERE partial",
            live,
        )

    def _reads(self, count: int) -> list["NewRead"]:
        self.seed += 1
        made = more_reads(self.upto, count, seed=self.seed)
        gc.collect()
        gc.freeze()
        return made

    def _batches(self, count: int) -> list[list["NewRead"]]:
        reads = self._reads(count * SIZE)
        for number, read in enumerate(reads):
            read.client_key = f"match-{self.seed}-{number}"
        return [reads[start : start + SIZE] for start in range(0, len(reads), SIZE)]

    def _taken(self, batch: Sequence["NewRead"]) -> tuple[float, float]:
        """Seconds by the clock, and of the processor: this process's and its PostgreSQL backend's."""
        from audit import asker
        from detections.ingest.verb import record_reads

        camera, at = next(self.cameras), batch[-1].captured_at + timedelta(minutes=1)
        by = asker.device(camera.code, address="127.0.0.1")
        before, started = _processor(), time.perf_counter()
        answers = record_reads(by=by, camera=camera, reads=batch, at=at)
        taken = time.perf_counter() - started, _processor() - before
        if any(answer.status != "recorded" for answer in answers):
            raise SystemExit("not all was recorded")
        return taken


def _processor() -> float:
    """Seconds that this process and its backend have been on the processor."""
    from django.db import connection

    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(backend) / 1_000_000_000


def _take_in(hot_list: "HotList") -> "HotListImport":
    """The 300,000 plates as a sealed import, without states, so that none is passed over for its state."""
    from hotlists.imports import store
    from hotlists.models import HotListImport

    made = HotListImport.objects.create(
        hot_list=hot_list,
        layout="bench",
        origin="folder",
        handed_in_at=town.LONG_AGO,
        name="bench",
        size=1,
        sha256="0" * 64,
    )
    store.open(made.pk)
    store.copy_rows(made.pk, (store.ListedRow(line, plate) for line, plate in enumerate(_plates(), 1)))
    store.seal(made.pk)
    HotListImport.objects.filter(pk=made.pk).update(status="live", live_from=town.LONG_AGO)
    made.refresh_from_db()
    return made


def _plates() -> list[str]:
    """Those of every 333rd vehicle of the town, and as many as make 300,000 of vehicles that never come here.

    The latter have the form of which no two vehicles share a plate: with others there would be three times the hits.
    """
    driven, _ = hot_plates()
    plates = dict.fromkeys(sorted(driven))
    for vehicle in count(town.VEHICLES):
        if len(plates) >= HOT_PLATES:
            break
        plate = town.plate_of(vehicle)[0]
        if len(plate) == 7 and plate[1:4].isalpha() and plate[4:].isdecimal():
            plates[plate] = None
    return list(plates)


def _execute(statement: str, *values: bool) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _enter(hot_list: "HotList", at: datetime) -> list[str]:
    """200 plates that drive here, with every plate one character off, and two partial ones."""
    from tests import make

    forever = {"expires_at": None, "max_ttl_applies": False, "effective_from": town.LONG_AGO, "hot_list": hot_list}
    vehicles = (town.plate_of(vehicle)[0] for vehicle in range(7, town.VEHICLES, 13_001))
    plates = list(islice((plate for plate in vehicles if len(plate) >= 6), BY_HAND))
    for plate in plates:
        make.hot_plate(plate, at=at, **forever)
    for plate in PARTIALS:
        make.hot_plate(plate, at=at, partial=True, incident_number="26-000001", **forever)
    return plates


def _rows() -> dict[str, int]:
    from detections.models import Hit, HitRepeat, PossibleMatch

    return {model._meta.model_name or "": model.objects.count() for model in (Hit, HitRepeat, PossibleMatch)}


def _exact(reads: Iterable["NewRead"], plates: Iterable[str]) -> int:
    wanted = Counter(plates)
    return sum(wanted[read.plate] for read in reads)


def _one_off(folded: str) -> set[str]:
    """All folds one character off this one."""
    letters = "0123456789ACEFHJKMNPRTUVWXY"
    places = range(len(folded))
    found = {folded[:i] + letter + folded[i + 1 :] for i in places for letter in letters}
    found |= {folded[:i] + folded[i + 1 :] for i in places}
    if len(folded) < 8:
        found |= {folded[:i] + letter + folded[i:] for i in range(len(folded) + 1) for letter in letters}
    return found - {folded}


def _keys(plates: Iterable[str]) -> dict[str, list[str]]:
    """The entries by each of their near keys."""
    from audit.plates import fold

    keys: dict[str, list[str]] = {}
    for plate in plates:
        for key in _one_off(fold(plate)) | {fold(plate)}:
            keys.setdefault(key, []).append(plate)
    return keys


def _fits(plate: str, pattern: str) -> bool:
    return len(plate) == len(pattern) and all(b in (a, "?") for a, b in zip(plate, pattern, strict=True))


if __name__ == "__main__":
    main()
