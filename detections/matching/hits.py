"""Hits: the very plate. A car seen again at the camera joins its open hit, and the read is kept with it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from detections.ingest.wire import server_cursor
from detections.matching import findings, folding
from detections.matching.findings import packed
from detections.matching.pairs import Pair
from detections.matching.topics import HIT_CHANGED, NEW_HIT
from detections.models import Hit

HITS = findings.Kind(
    model=Hit,
    is_open="t.status <> 'closed'",
    key=lambda pair: (pair.hot_plate, pair.camera),
    pointer="hit_id",
    new=NEW_HIT,
    changed=HIT_CHANGED,
)
_REPEATS = """
    INSERT INTO detections_hitrepeat (hit_id, detection_id, camera_id, captured_at)
    SELECT * FROM unnest(%(hits)s::uuid[], %(reads)s::uuid[], %(cameras)s::integer[], %(times)s::timestamptz[])
"""


@dataclass(frozen=True, slots=True)
class Matched:
    """A hit just made, or one that the read has just joined (``repeat``).

    Informational ones are on a special list: never a basis for a stop (I.1).
    """

    hit_id: UUID
    hot_plate_id: UUID
    informational: bool
    repeat: bool = False


def record(pairs: Sequence[Pair], within: timedelta | None, at: datetime) -> dict[UUID, list[Matched]]:
    """Make hits of these pairs, or count them to open ones; what each read is a hit on, by its id."""
    if not pairs:
        return {}
    standing = [] if within is None else findings.open_findings(HITS, pairs, within)
    found = folding.fold(pairs, standing, HITS.key, within)
    begun, joined = folding.begun(found), folding.joined(found)
    made = findings.insert(HITS, begun, at)
    findings.count(HITS, joined, at)
    kept = [one for one in begun if one.id in made] + joined
    _repeat(kept)
    return _told(kept)


def _repeat(found: Sequence[folding.Finding]) -> None:
    """Keep the reads that joined a hit beside it."""
    rows = [(one.id, pair.read, pair.camera, pair.captured_at) for one in found for pair in one.joined]
    if rows:
        ids, reads, cameras, times = zip(*rows, strict=True)
        values = {"hits": packed(ids), "reads": packed(reads), "cameras": list(cameras), "times": list(times)}
        with server_cursor() as cursor:
            cursor.execute(_REPEATS, values)


def _told(found: Sequence[folding.Finding]) -> dict[UUID, list[Matched]]:
    told: dict[UUID, list[Matched]] = defaultdict(list)
    for one in found:
        for pair in ([one.first] if one.first else []) + one.joined:
            if one.id and pair.hot_plate:
                told[pair.read].append(Matched(one.id, pair.hot_plate, one.informational, repeat=pair is not one.first))
    return dict(told)
