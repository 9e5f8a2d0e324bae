"""A row of an imported list becomes a hot plate when a read first matches it, so that hits point at what stays."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from psycopg import sql

from detections.ingest.ids import uuid7s
from detections.ingest.wire import server_cursor
from detections.matching.findings import packed
from detections.matching.pairs import Listed, Pair
from detections.matching.probe import Live
from hotlists.models import HotPlate

# Held to the commit: a swap ends the hot plates of rows that left the list, and so has to see those made here.
_LOCK = "SELECT l.id, l.live_import_id FROM hotlists_hotlist l WHERE l.id = ANY(%s) ORDER BY l.id FOR SHARE"
_INSERTION = """
    WITH made AS (
        INSERT INTO hotlists_hotplate ({columns}) SELECT {values}
        FROM unnest(%(ids)s::uuid[], %(hot_lists)s::bigint[], %(digests)s::uuid[], %(plates)s::text[],
                    %(states)s::text[], %(categories)s::text[], %(file_types)s::text[], %(systems)s::text[],
                    %(numbers)s::text[], %(vehicles)s::text[], %(reasons)s::text[], %(imports)s::bigint[],
                    %(since)s::timestamptz[])
             AS new (id, hot_list_id, listed_digest, plate, state, category, file_type, system, system_entry_number,
                     vehicle_description, reason, imported_from_id, effective_from)
        ORDER BY new.hot_list_id, new.listed_digest
        ON CONFLICT (hot_list_id, listed_digest) WHERE listed_digest IS NOT NULL AND expires_at IS NULL DO NOTHING
        RETURNING *
    )
    INSERT INTO hotlists_historicalhotplate ({historical}, history_date, history_type, history_change_reason)
    SELECT {historical}, %(at)s, '+', 'First read of a listed plate' FROM made
"""
_STANDING = """
    SELECT h.hot_list_id, h.listed_digest, h.id FROM hotlists_hotplate h
    JOIN unnest(%(hot_lists)s::bigint[], %(digests)s::uuid[]) AS wanted (hot_list_id, listed_digest)
      USING (hot_list_id, listed_digest)
    WHERE h.expires_at IS NULL
"""
_GIVEN = (
    "id", "hot_list_id", "listed_digest", "plate", "state", "category", "file_type", "system", "system_entry_number",
    "vehicle_description", "reason", "imported_from_id", "effective_from",
)  # fmt: skip


def with_hot_plates(pairs: Sequence[Pair], live: Live, profile: str, at: datetime) -> list[Pair] | None:
    """The pairs, each with its hot plate; those of rows never matched before are made, with their history.

    None where a list was renewed since ``live`` was looked up: then the lists are held, and all is asked again.
    """
    rows = {(one.hot_list, one.digest): one for pair in pairs if pair.hot_plate is None and (one := pair.listed)}
    if not rows:
        return list(pairs)
    if not _still_live({one.hot_list for one in rows.values()}, live):
        return None
    _insert(list(rows.values()), live, profile, at)
    values = {"hot_lists": [key for key, _ in rows], "digests": packed(digest for _, digest in rows)}
    with server_cursor() as cursor:
        made = {(hot_list, digest): entry for hot_list, digest, entry in cursor.execute(_STANDING, values)}
    return [
        pair if pair.hot_plate or not pair.listed else pair._replace(hot_plate=made[pair.listed[:2]]) for pair in pairs
    ]


def _still_live(lists: set[int], live: Live) -> bool:
    """Whether these lists have the imports that were looked up; they have them until the commit then."""
    with server_cursor() as cursor:
        now: dict[int, int] = dict(cursor.execute(_LOCK, [sorted(lists)]).fetchall())
    return now.items() <= {one.hot_list: one.number for one in live.imports}.items()


def _insert(rows: Sequence[Listed], live: Live, profile: str, at: datetime) -> None:
    since = {one.hot_list: one.live_from for one in live.imports}
    values: dict[str, Any] = {
        "ids": packed(uuid7s(len(rows), at)),
        "hot_lists": [row.hot_list for row in rows],
        "digests": packed(row.digest for row in rows),
        "plates": [row.plate for row in rows],
        "states": [row.state for row in rows],
        "categories": [row.category for row in rows],
        "file_types": [row.file_type for row in rows],
        "systems": [row.system for row in rows],
        "numbers": [row.entry_number for row in rows],
        "vehicles": [row.vehicle for row in rows],
        "reasons": [row.reason for row in rows],
        "imports": [row.number for row in rows],
        "since": [since[row.hot_list] for row in rows],
        "profile": profile,
        "at": at,
    }
    with server_cursor() as cursor:
        cursor.execute(_insertion(), values)


@cache
def _insertion() -> bytes:
    """The statement for new hot plates and their history; what is not given gets the model's default."""
    values: dict[str, sql.Composable] = {
        str(field.column): sql.Literal(field.get_default())
        for field in HotPlate._meta.concrete_fields
        if not field.primary_key and field.get_default() is not None
    }
    values |= {column: sql.SQL("new.{}").format(sql.Identifier(column)) for column in _GIVEN}
    values |= {"max_ttl_applies": sql.Literal(False), "profile": sql.SQL("%(profile)s")}  # noqa: FBT003
    tracked = {field.column for field in HotPlate.history.model._meta.concrete_fields}
    return (
        sql.SQL(_INSERTION)
        .format(
            columns=sql.SQL(", ").join(map(sql.Identifier, values)),
            values=sql.SQL(", ").join(values.values()),
            historical=sql.SQL(", ").join(sql.Identifier(column) for column in values if column in tracked),
        )
        .as_bytes(None)
    )
