"""Reads against hot plates: a hit is the same plate, on an entry live when the read was made and now.

The rule stands twice: ``matches`` in Python, for one pair, and ``_PAIRS`` in SQL, for whole batches.
tests/detections/test_matching.py asserts that they agree; change one, change the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg import sql

from detections.ingest.ids import uuid7s
from detections.ingest.wake import wake_desk
from detections.ingest.wire import server_cursor
from detections.models import Hit, ReadRef
from hotlists.models import HotPlate

NEW_HIT = "hit.new"

_HOT_AMONG = """
    SELECT DISTINCT plate FROM hotlists_hotplate
    WHERE plate = ANY(string_to_array(%s::text, ' ')) AND withdrawn_at IS NULL
"""
_PAIRS = """
    SELECT d.id, d.camera_id, d.plate, d.captured_at, h.id, l.kind = 'special'
    FROM unnest(%(ids)s::uuid[], %(cameras)s::integer[], %(times)s::timestamptz[]) AS ref (id, camera_id, captured_at)
    JOIN detections_detection d USING (camera_id, captured_at, id)
    -- reads sort their plates by bytes, hot plates by language: without the word, no index of hot plates serves
    JOIN hotlists_hotplate h
      ON h.plate = d.plate COLLATE "default" AND (h.state = '' OR d.state = '' OR h.state = d.state)
    JOIN hotlists_hotlist l ON l.id = h.hot_list_id
    -- the bounds let the planner leave out partitions
    WHERE d.captured_at BETWEEN %(first)s AND %(last)s
      AND h.withdrawn_at IS NULL
      AND h.effective_from <= least(d.captured_at, %(at)s)
      AND (h.expires_at IS NULL OR h.expires_at > greatest(d.captured_at, %(at)s))
      AND NOT EXISTS (SELECT FROM detections_hit t WHERE t.detection_id = d.id AND t.hot_plate_id = h.id)
    ORDER BY d.captured_at, d.id, h.id
"""
_INSERTION = """
    WITH made AS (
        INSERT INTO detections_hit ({columns})
        SELECT {values}
        FROM unnest(%(ids)s::uuid[], %(reads)s::uuid[], %(cameras)s::integer[], %(plates)s::text[],
                    %(times)s::timestamptz[], %(hot_plates)s::uuid[], %(special)s::boolean[])
             AS new (id, read, camera, plate, captured_at, hot_plate, special)
        ON CONFLICT (detection_id, hot_plate_id) DO NOTHING
        RETURNING *
    ), history AS (
        INSERT INTO detections_historicalhit ({historical}, history_date, history_type)
        SELECT {historical}, %(at)s, '+' FROM made
    ), told AS (
        INSERT INTO detections_outboxevent (created_at, topic, hit_id) SELECT %(at)s, %(topic)s, id FROM made
    )
    SELECT detection_id, id, hot_plate_id, informational FROM made
"""


@dataclass(frozen=True, slots=True)
class Matched:
    """A hit just made. Informational ones are on a special list: never a basis for a stop (I.1)."""

    hit_id: UUID
    hot_plate_id: UUID
    informational: bool


def matches(plate: str, state: str, captured_at: datetime, hot_plate: HotPlate, at: datetime) -> bool:
    """Whether a read is a hit on this entry: exact normalised plate, no other state, live at capture and now."""
    return (
        hot_plate.plate == plate
        and (not state or not hot_plate.state or hot_plate.state == state)
        and hot_plate.withdrawn_at is None
        and hot_plate.effective_from <= min(captured_at, at)
        and (hot_plate.expires_at is None or hot_plate.expires_at > max(captured_at, at))
    )


def hot_among(plates: Iterable[str]) -> set[str]:
    """Which of these plates stand on any hot list at all: almost none, so that few reads need to be matched.

    One index probe for each plate, in one statement.
    """
    with server_cursor() as cursor:
        cursor.execute(_HOT_AMONG, [" ".join(plates)])
        return {plate for (plate,) in cursor}


def match_detections(reads: Sequence[ReadRef], *, at: datetime) -> dict[UUID, list[Matched]]:
    """Match stored reads against the hot plates live at ``at``; hits and their outbox rows are inserted.

    Returns the new hits by id of the read; a pair that is a hit already makes none. Runs inside the act that made or
    changed the reads; when that is committed, the people who wait at the live desk are told.
    """
    if not reads:
        return {}
    times = [ref.captured_at for ref in reads]
    values = {
        "ids": [ref.id for ref in reads],
        "cameras": [ref.camera for ref in reads],
        "times": times,
        "first": min(times),
        "last": max(times),
        "at": at,
    }
    with server_cursor() as cursor:
        pairs = cursor.execute(_PAIRS, values).fetchall()
    if not pairs:
        return {}
    transaction.on_commit(wake_desk, robust=True)
    return _insert(pairs, at)


def _insert(pairs: Sequence[tuple[Any, ...]], at: datetime) -> dict[UUID, list[Matched]]:
    """Insert the hits, each with its history and its outbox row, in one statement."""
    columns = [list(column) for column in zip(*pairs, strict=True)]
    values: dict[str, Any] = dict(
        zip(("reads", "cameras", "plates", "times", "hot_plates", "special"), columns, strict=True)
    )
    values |= {"ids": uuid7s(len(pairs), at), "at": at, "topic": NEW_HIT}
    made: dict[UUID, list[Matched]] = defaultdict(list)
    with server_cursor() as cursor:
        for read, hit, hot_plate, informational in cursor.execute(_insertion(), values):
            made[read].append(Matched(hit, hot_plate, informational))
    return made


@cache
def _insertion() -> sql.Composed:
    """The statement for new hits, their history and their outbox rows; what is not given gets the model's default.

    Through the ORM these few rows took as long as storing half a batch of reads.
    """
    values: dict[str, sql.Composable] = {
        str(field.column): sql.Literal(str(default))
        for field in Hit._meta.concrete_fields
        if (default := None if field.primary_key else field.get_default()) is not None
    }
    values |= {
        "id": sql.SQL("new.id"),
        "detection_id": sql.SQL("new.read"),
        "camera_id": sql.SQL("new.camera"),
        "hot_plate_id": sql.SQL("new.hot_plate"),
        "plate": sql.SQL("new.plate"),
        "captured_at": sql.SQL("new.captured_at"),
        "created_at": sql.SQL("%(at)s"),
        "informational": sql.SQL("new.special"),
    }
    # The history may leave fields out: it takes those it has.
    tracked = {field.column for field in Hit.history.model._meta.concrete_fields}
    return sql.SQL(_INSERTION).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(values.values()),
        historical=sql.SQL(", ").join(sql.Identifier(column) for column in values if column in tracked),
    )
