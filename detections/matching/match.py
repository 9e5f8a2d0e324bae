"""``match_detections``: the one way from stored reads to hits and possible matches, whatever door they came by."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from audit import policy
from detections.ingest.wake import wake_desk
from detections.ingest.wire import server_cursor
from detections.matching import findings, hits, possible
from detections.matching.findings import packed
from detections.matching.hits import Matched
from detections.matching.listed import with_hot_plates
from detections.matching.pairs import EXACT, Pair, find_pairs
from detections.matching.probe import live_at
from detections.models import ReadRef

_STANDING = """
    SELECT t.detection_id, t.hot_plate_id, FALSE FROM detections_hit t
    JOIN unnest(%(reads)s::uuid[], %(entries)s::uuid[]) AS p (detection_id, hot_plate_id)
      USING (detection_id, hot_plate_id)
    UNION ALL
    SELECT r.detection_id, t.hot_plate_id, FALSE
    FROM unnest(%(reads)s::uuid[], %(entries)s::uuid[]) AS p (detection_id, hot_plate_id)
    JOIN detections_hitrepeat r ON r.detection_id = p.detection_id
    JOIN detections_hit t ON t.id = r.hit_id AND t.hot_plate_id = p.hot_plate_id
    UNION ALL
    SELECT t.detection_id, t.hot_plate_id, TRUE FROM detections_possiblematch t
    JOIN unnest(%(reads)s::uuid[], %(entries)s::uuid[]) AS p (detection_id, hot_plate_id)
      USING (detection_id, hot_plate_id)
"""


class _Standing(NamedTuple):
    """Pairs of read and hot plate that were found before, as hits and as possible matches."""

    hits: set[tuple[UUID, UUID | None]]
    possible: set[tuple[UUID, UUID | None]]


def match_detections(reads: Sequence[ReadRef], *, at: datetime) -> dict[UUID, list[Matched]]:
    """Match stored reads against what is looked for at ``at``; hits, possible matches and their messages are written.

    Returns the hits by id of the read, those it joined among them; a pair that was found before is not found again.
    Runs inside the act that made or changed the reads; when that is committed, the people who wait at the live desk are
    told.
    """
    if not reads:
        return {}
    profile = None
    while True:
        live = live_at(at)
        found = find_pairs(reads, live, at)
        if not found:
            return {}
        profile = profile or policy.in_force(at)
        if (pairs := with_hot_plates(found, live, profile.stamp, at)) is not None:
            return _record(pairs, profile, at)


def _record(pairs: Sequence[Pair], profile: policy.Profile, at: datetime) -> dict[UUID, list[Matched]]:
    """Write down what was not found before."""
    folds: str | None = profile.get("hit.fold_within")
    within = policy.duration(folds) if folds else None
    findings.lock(pairs)
    before = _standing(pairs)
    exact = [pair for pair in pairs if pair.kind == EXACT and _key(pair) not in before.hits]
    near = [pair for pair in pairs if pair.kind != EXACT and _key(pair) not in before.hits | before.possible]
    possible.outdone([_key(pair) for pair in exact if _key(pair) in before.possible])
    made = hits.record(exact, within, at)
    possible.record(near, within, at)
    if exact or near:
        transaction.on_commit(wake_desk, robust=True)
    return made


def _key(pair: Pair) -> tuple[UUID, UUID | None]:
    return pair.read, pair.hot_plate


def _standing(pairs: Sequence[Pair]) -> _Standing:
    """What was found of these pairs before. A statement of its own after the lock: it sees what others committed."""
    standing = _Standing(set(), set())
    values = {"reads": packed(pair.read for pair in pairs), "entries": packed(pair.hot_plate for pair in pairs)}
    with server_cursor() as cursor:
        for read, entry, is_possible in cursor.execute(_STANDING, values, prepare=False):
            (standing.possible if is_possible else standing.hits).add((read, entry))
    return standing
