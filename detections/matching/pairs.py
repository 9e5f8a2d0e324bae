"""Which entries a few reads are of, or near to: the rule as one statement.

Full hand entries are found by their near keys, partial ones by their pattern, rows of imported lists by the fold of
their plate. In every case the state must agree where both are known, and the entry must have been live when the read
was captured and be live now.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from detections.ingest.wire import Uuids, server_cursor
from detections.matching.probe import Live, LiveImport
from detections.models import ReadRef

EXACT = "exact"

_SEEN = """
    WITH seen AS MATERIALIZED (
        SELECT d.id, d.camera_id, d.captured_at, d.plate, d.state,
               translate(d.plate, 'OQDILBSZG', '000118526') AS fold
        FROM unnest(%(ids)s::uuid[], %(cameras)s::integer[], %(times)s::timestamptz[])
             AS ref (id, camera_id, captured_at)
        JOIN detections_detection d USING (camera_id, captured_at, id)
        -- the bounds let the planner leave out partitions
        WHERE d.captured_at BETWEEN %(first)s AND %(last)s
    ), near AS (
        SELECT s.*, k.hot_plate_id FROM seen s JOIN hotlists_nearkey k ON k.fold = s.fold
        UNION ALL
        SELECT s.*, h.id FROM hotlists_hotplate h JOIN seen s ON s.plate LIKE translate(h.plate, '?', '_')
        WHERE h.id = ANY(%(partials)s::uuid[]) AND h.partial
    )
"""
_ENTERED = """
    SELECT s.id, s.camera_id, s.captured_at, s.plate, h.id, l.kind = 'special', k.kind,
           NULL::bigint, NULL::uuid, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
           NULL::text, NULL::text, NULL::bigint
    -- seen and not joined again: the planner takes it for one row, and would look all keys up for each
    FROM near s JOIN hotlists_hotplate h ON h.id = s.hot_plate_id JOIN hotlists_hotlist l ON l.id = h.hot_list_id
    CROSS JOIN LATERAL (SELECT CASE WHEN h.partial THEN 'partial' WHEN h.plate = s.plate THEN 'exact'
                    WHEN translate(h.plate, 'OQDILBSZG', '000118526') = s.fold THEN 'lookalike'
                    ELSE 'edit1' END) AS k (kind)
    WHERE h.listed_digest IS NULL AND (h.state = '' OR s.state = '' OR h.state = s.state)
      AND h.withdrawn_at IS NULL
      AND h.effective_from <= least(s.captured_at, %(at)s)
      AND (h.expires_at IS NULL OR h.expires_at > greatest(s.captured_at, %(at)s))
      AND (l.closed_at IS NULL OR l.closed_at > %(at)s)
      AND (k.kind IN ('exact', 'partial') OR l.near = 'edit1' OR (l.near = 'lookalike' AND k.kind = 'lookalike'))
"""
# What makes a row of a later file the same entry: plate, state, file type and entry number (hotlists.imports.swap).
_LISTED = """
    SELECT s.id, s.camera_id, s.captured_at, s.plate, h.id, l.kind = 'special', k.kind, l.id, g.digest,
           p.plate, p.state, p.category, p.file_type, p.system, p.entry_number, p.vehicle, p.reason, p.import_id
    FROM seen s JOIN hotlists_listedplate p
      ON p.import_id = {number} AND translate(p.plate, 'OQDILBSZG', '000118526') = s.fold
    JOIN hotlists_hotlist l ON l.id = {hot_list}
    CROSS JOIN LATERAL (SELECT CASE WHEN p.plate = s.plate THEN 'exact' ELSE 'lookalike' END) AS k (kind)
    CROSS JOIN LATERAL (
        SELECT md5(concat_ws(chr(31), p.plate, p.state, p.file_type, p.entry_number))::uuid) AS g (digest)
    LEFT JOIN hotlists_hotplate h
      ON h.hot_list_id = {hot_list} AND h.listed_digest = g.digest AND h.expires_at IS NULL
    WHERE (p.state = '' OR s.state = '' OR p.state = s.state) AND (k.kind = 'exact' OR l.near <> 'exact')
      AND (s.captured_at >= {live_from}{earlier})
"""
_EARLIER = """
    OR s.captured_at >= {live_from} AND s.captured_at < {live_until} AND EXISTS (
        SELECT FROM hotlists_listedplate q
        WHERE q.import_id = {number} AND translate(q.plate, 'OQDILBSZG', '000118526') = s.fold
        AND (q.plate, q.state, q.file_type, q.entry_number) = (p.plate, p.state, p.file_type, p.entry_number))
"""
# Superseded imports whose rows are kept: a read may have been captured while one of them was live.
_KEPT = """
    SELECT i.hot_list_id, i.id, i.live_from, i.live_until FROM hotlists_hotlistimport i
    WHERE i.status = 'superseded' AND i.dropped_at IS NULL AND i.hot_list_id = ANY(%(lists)s)
    AND i.live_until > %(first)s AND i.live_from <= %(last)s ORDER BY i.id
"""


class Listed(NamedTuple):
    """What stands in a row of an imported list, as far as an entry keeps it; ``digest`` says which entry it is."""

    hot_list: int
    digest: UUID
    plate: str
    state: str
    category: str
    file_type: str
    system: str
    entry_number: str
    vehicle: str
    reason: str
    number: int


class Pair(NamedTuple):
    """A read and an entry it is of (``kind`` is "exact") or near to.

    ``hot_plate`` is None for a row of an imported list, ``listed``, that no read matched before.
    """

    read: UUID
    camera: int
    captured_at: datetime
    plate: str
    hot_plate: UUID | None
    special: bool
    kind: str
    listed: Listed | None


class Kept(NamedTuple):
    """A superseded import whose rows are still there, and when it was live."""

    hot_list: int
    number: int
    live_from: datetime
    live_until: datetime


def find_pairs(reads: Sequence[ReadRef], live: Live, at: datetime) -> list[Pair]:
    """The pairs of stored reads with what is live, in order of capture.

    One statement, and one more where a read was captured before a list was renewed.
    """
    times = [ref.captured_at for ref in reads]
    first, last = min(times), max(times)
    values = {
        "ids": Uuids([ref.id.bytes for ref in reads]),
        "cameras": [ref.camera for ref in reads],
        "times": times,
        "first": first,
        "last": last,
        "at": at,
        "partials": [entry for entries in live.partials.values() for entry in entries],
    }
    statement = _statement(live.imports, _kept(live, first, last))
    with server_cursor() as cursor:
        rows = cursor.execute(statement, values, prepare=False).fetchall()
    return _once([_pair(row) for row in rows])


def _kept(live: Live, first: datetime, last: datetime) -> tuple[Kept, ...]:
    """The superseded imports that reads of this time may need; nearly always none, and then not asked for."""
    lists = [one.hot_list for one in live.imports if first < one.live_from]
    if not lists:
        return ()
    with server_cursor() as cursor:
        return tuple(Kept._make(one) for one in cursor.execute(_KEPT, {"lists": lists, "first": first, "last": last}))


# Kept as text: a batch asks the same as the one before it, until a list is renewed.
@lru_cache(maxsize=32)
def _statement(imports: tuple[LiveImport, ...], kept: tuple[Kept, ...]) -> bytes:
    branches: list[sql.Composable] = [sql.SQL(_ENTERED)]
    branches += [_branch(one, [before for before in kept if before.hot_list == one.hot_list]) for one in imports]
    statement = sql.SQL(_SEEN) + sql.SQL(" UNION ALL ").join(branches) + sql.SQL(" ORDER BY 3, 1, 5, 9")
    return statement.as_bytes(None)


def _branch(one: LiveImport, kept: Sequence[Kept]) -> sql.Composed:
    """One list's part of the statement. Numbers and instants stand in its text, for the planner."""
    earlier = sql.SQL("").join(
        sql.SQL(_EARLIER).format(**{name: sql.Literal(value) for name, value in before._asdict().items()})
        for before in kept
    )
    names = {name: sql.Literal(value) for name, value in one._asdict().items()}
    return sql.SQL(_LISTED).format(**names, earlier=earlier)


def _pair(row: tuple[object, ...]) -> Pair:
    listed = Listed._make(row[7:]) if row[8] is not None else None
    return Pair._make((*row[:7], listed))


def _once(pairs: Sequence[Pair]) -> list[Pair]:
    """The same entry on two lines of a file is one."""
    seen: dict[tuple[object, ...], Pair] = {}
    for pair in pairs:
        entry = (pair.hot_plate,) if pair.listed is None else pair.listed[:2]
        seen.setdefault((pair.read, *entry), pair)
    return list(seen.values())
