"""The rows that reviewers work on: one a query that was drawn or flagged, written set by set."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from audit.ids import uuid7
from audit.review.flags.flag import Flag
from audit.review.frame_sql import LEDGER

_INTO = """
INSERT INTO audit_inspectedquery (id, inspection_id, source, ref, sampled, strata, flags, mark, words, reviewer_id,
  marked_at, at, employee_id, employee_name, organisation)
SELECT p.id, %(inspection)s, %(source)s, p.ref, p.sampled, p.strata::jsonb, p.flags::jsonb, '', '', NULL, NULL,
"""
_PICKED = """
FROM unnest(%(ids)s::uuid[], %(refs)s::bigint[], %(sampled)s::bool[], %(strata)s::text[], %(flags)s::text[])
  AS p(id, ref, sampled, strata, flags)
"""
_OWN = f"""{_INTO}
  e.recorded_at, e.actor_id, e.username, e.organisation {_PICKED} JOIN audit_ledgerentry e ON e.index = p.ref
"""
_THEIRS = f"""{_INTO}
  q.at, q.person_id, coalesce(u.username, nullif(q.account, ''), 'not named'), q.organisation
{_PICKED} JOIN audit_queryelsewhere q ON q.id = p.ref LEFT JOIN audit_user u ON u.id = q.person_id
"""


class Picked(NamedTuple):
    """A query that was drawn or flagged."""

    source: str
    ref: int
    sampled: bool
    strata: tuple[str, ...]
    flags: Sequence[Flag]


def put_before_reviewers(inspection_id: UUID, batch: Sequence[Picked]) -> None:
    """Write a row each, with who asked and when as the record says it. Two statements at most."""
    for source in sorted({one.source for one in batch}):
        mine = [one for one in batch if one.source == source]
        values: dict[str, Any] = {
            "inspection": inspection_id,
            "source": source,
            "ids": [uuid7() for _ in mine],
            "refs": [one.ref for one in mine],
            "sampled": [one.sampled for one in mine],
            "strata": [json.dumps(one.strata) for one in mine],
            "flags": [json.dumps([flag.as_json() for flag in one.flags]) for one in mine],
        }
        with connection.cursor() as cursor:
            cursor.execute(_OWN if source == LEDGER else _THEIRS, values)
