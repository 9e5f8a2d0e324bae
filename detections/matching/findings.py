"""What hits and possible matches have in common as rows: inserted, counted up, each with its history and its message.

Each is one statement for the whole batch. Through the ORM these few rows took as long as storing half a batch of reads.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql

from detections.ingest.ids import uuid7s
from detections.ingest.wire import Uuids, server_cursor
from detections.matching.folding import Finding, Key
from detections.matching.pairs import Pair
from detections.models import Hit, PossibleMatch

_INSERTION = """
    WITH made AS (
        INSERT INTO {table} ({columns}) SELECT {values}
        FROM unnest(%(ids)s::uuid[], %(reads)s::uuid[], %(cameras)s::integer[], %(plates)s::text[],
                    %(times)s::timestamptz[], %(hot_plates)s::uuid[], %(special)s::boolean[], %(kinds)s::text[],
                    %(repeats)s::integer[], %(last_seen)s::timestamptz[])
             AS new (id, detection_id, camera_id, plate, captured_at, hot_plate_id, informational, kind, repeats,
                     last_seen_at)
        ON CONFLICT (detection_id, hot_plate_id) DO NOTHING
        RETURNING *
    ), history AS (
        INSERT INTO {history} ({tracked}, history_date, history_type) SELECT {tracked}, %(at)s, '+' FROM made
    ), told AS (
        INSERT INTO detections_outboxevent (created_at, topic, {pointer}) SELECT %(at)s, {new}, id FROM made
    )
    SELECT id FROM made
"""
_COUNT = """
    WITH counted AS (
        UPDATE {table} AS t SET repeats = t.repeats + more.repeats, last_seen_at = more.last_seen
        FROM unnest(%(ids)s::uuid[], %(repeats)s::integer[], %(last_seen)s::timestamptz[])
             AS more (id, repeats, last_seen)
        WHERE t.id = more.id RETURNING t.*
    ), history AS (
        INSERT INTO {history} ({tracked}, history_date, history_type) SELECT {tracked}, %(at)s, '~' FROM counted
    )
    INSERT INTO detections_outboxevent (created_at, topic, {pointer}) SELECT %(at)s, {changed}, id FROM counted
"""
# Locked, so that one which somebody is just deciding about is waited for, and not counted up if it was decided.
_OPEN = """
    SELECT t.id, t.hot_plate_id, t.camera_id, t.plate, t.captured_at, coalesce(t.last_seen_at, t.captured_at),
           t.informational
    FROM {table} t
    JOIN unnest(%(hot_plates)s::uuid[], %(cameras)s::integer[], %(first)s::timestamptz[], %(last)s::timestamptz[])
         AS near (hot_plate_id, camera_id, first, last) USING (hot_plate_id, camera_id)
    WHERE {is_open} AND t.captured_at <= near.last AND coalesce(t.last_seen_at, t.captured_at) >= near.first
    ORDER BY t.id FOR NO KEY UPDATE OF t
"""
# One finding of a car at a camera at a time: whoever comes second sees what the first one wrote.
_LOCK = "SELECT count(pg_advisory_xact_lock(number)) FROM unnest(%s::bigint[]) AS number"


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of findings: its model, which of its rows are open, what joins one, and its topics."""

    model: type[Hit] | type[PossibleMatch]
    is_open: LiteralString
    key: Callable[[Pair], Key]
    pointer: LiteralString
    new: str
    changed: str

    def __hash__(self) -> int:
        return hash(self.pointer)


def lock(pairs: Iterable[Pair]) -> None:
    """Wait for whoever matches the same hot plates at the same cameras; in order, so two never wait for each other."""
    places = {(pair.hot_plate, pair.camera) for pair in pairs}
    numbers = sorted(
        int.from_bytes(hashlib.blake2b(f"{entry} {camera}".encode(), digest_size=8).digest(), signed=True)
        for entry, camera in places
    )
    with server_cursor() as cursor:
        cursor.execute(_LOCK, [numbers])


def open_findings(kind: Kind, pairs: Sequence[Pair], within: timedelta) -> list[tuple[Key, Finding]]:
    """The open findings that these pairs may join, each with what makes it the same car; locked."""
    spans: dict[tuple[UUID | None, int], list[datetime]] = {}
    for pair in pairs:
        spans.setdefault((pair.hot_plate, pair.camera), []).append(pair.captured_at)
    # A pair may join what another of its batch has just drawn out, never what begins later than all of them.
    values = {
        "hot_plates": packed(entry for entry, _ in spans),
        "cameras": [camera for _, camera in spans],
        "first": [min(times) - within for times in spans.values()],
        "last": [max(times) + within for times in spans.values()],
    }
    with server_cursor() as cursor:
        rows = cursor.execute(_opening(kind), values, prepare=False).fetchall()
    return [
        (
            kind.key(Pair(id_, camera, since, plate, entry, special, "", None)),
            Finding(id_, since, until, special),
        )
        for id_, entry, camera, plate, since, until, special in rows
    ]


def insert(kind: Kind, findings: Sequence[Finding], at: datetime) -> Collection[UUID]:
    """Insert new findings and give each its id; the ids of those that did not stand already."""
    firsts = [one.first for one in findings if one.first]
    if not firsts:
        return ()
    for finding, id_ in zip(findings, uuid7s(len(findings), at), strict=True):
        finding.id = id_
    values: dict[str, Any] = {
        "ids": packed(one.id for one in findings),
        "reads": packed(pair.read for pair in firsts),
        "cameras": [pair.camera for pair in firsts],
        "plates": [pair.plate for pair in firsts],
        "times": [pair.captured_at for pair in firsts],
        "hot_plates": packed(pair.hot_plate for pair in firsts),
        "special": [pair.special for pair in firsts],
        "kinds": [pair.kind for pair in firsts],
        "repeats": [len(one.joined) for one in findings],
        "last_seen": [one.last_seen for one in findings],
        "at": at,
    }
    with server_cursor() as cursor:
        return {id_ for (id_,) in cursor.execute(_insertion(kind), values)}


def count(kind: Kind, findings: Sequence[Finding], at: datetime) -> None:
    """Count up findings that stood before and were seen again."""
    if not findings:
        return
    values = {
        "ids": packed(one.id for one in findings),
        "repeats": [len(one.joined) for one in findings],
        "last_seen": [one.until for one in findings],
        "at": at,
    }
    with server_cursor() as cursor:
        cursor.execute(_counting(kind), values)


def packed(ids: Iterable[UUID | None]) -> Uuids:
    """Ids as one array. Raises ValueError where one is missing: the others would stand beside the wrong rows."""
    given = list(ids)
    if None in given:
        raise ValueError("an id is missing")
    return Uuids([one.bytes for one in given if one])


# As text ready to send: to put a statement together anew takes longer than these few rows.
@cache
def _opening(kind: Kind) -> bytes:
    names = {"table": sql.Identifier(kind.model._meta.db_table), "is_open": sql.SQL(kind.is_open)}
    return sql.SQL(_OPEN).format(**names).as_bytes(None)


@cache
def _insertion(kind: Kind) -> bytes:
    """What is not given gets the model's default."""
    values: dict[str, sql.Composable] = {
        str(field.column): sql.Literal(str(default))
        for field in kind.model._meta.concrete_fields
        if (default := None if field.primary_key else field.get_default()) is not None
    }
    given = ["id", "detection_id", "camera_id", "plate", "captured_at", "hot_plate_id", "informational", "repeats"]
    given += ["last_seen_at", *(["kind"] if kind.model is PossibleMatch else [])]
    values |= {column: sql.SQL("new.{}").format(sql.Identifier(column)) for column in given}
    values |= {"created_at": sql.SQL("%(at)s")}
    return (
        sql.SQL(_INSERTION)
        .format(
            columns=sql.SQL(", ").join(map(sql.Identifier, values)),
            values=sql.SQL(", ").join(values.values()),
            new=sql.Literal(kind.new),
            **_names(kind),
        )
        .as_bytes(None)
    )


@cache
def _counting(kind: Kind) -> bytes:
    return sql.SQL(_COUNT).format(changed=sql.Literal(kind.changed), **_names(kind)).as_bytes(None)


def _names(kind: Kind) -> dict[str, sql.Composable]:
    """The history may leave fields out: it takes those it has."""
    history = kind.model.history.model._meta
    has = {field.column for field in history.concrete_fields}
    tracked = [str(field.column) for field in kind.model._meta.concrete_fields if field.column in has]
    return {
        "table": sql.Identifier(kind.model._meta.db_table),
        "history": sql.Identifier(history.db_table),
        "tracked": sql.SQL(", ").join(map(sql.Identifier, tracked)),
        "pointer": sql.Identifier(kind.pointer),
    }
