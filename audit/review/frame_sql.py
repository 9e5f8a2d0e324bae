"""The queries of a period, set by set, out of the ledger and of what was imported from elsewhere.

What counts as a query of our own: records of people whose act is ``search.run`` (look backs and approved wide searches
among them), ``evidence.package`` or ``evidence.fetch``; also refused, empty and failed ones. Further pages of a search
are part of that search. All statements read by the database's clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from audit import plates
from audit.actions import Action, ActorKind

OWN_ACTIONS = (Action.SEARCH_RUN, Action.EVIDENCE_PACKAGE, Action.EVIDENCE_FETCH)
LEDGER, ELSEWHERE = "ledger", "elsewhere"

# Its written form, as audit.plates makes it of what was typed. By text and not as JSON, since a clear value may be cut
# (audit.ledger); no typed text can look like this key, because its quotes are escaped.
_OWN_PLATE = "split_part(split_part(d.query, '\"plate\": \"', 2), '\"', 1)"
_WRITTEN = "left(translate(upper(normalize({0}, NFKC)), %(separators)s, ''), 24)"
_OWN = """
FROM audit_ledgerentry e JOIN audit_ledgerdetail d ON d.entry_id = e.index
WHERE e.index >= %(first)s AND e.index < %(upto)s AND e.recorded_at >= %(starts)s AND e.recorded_at < %(ends)s
  AND d.entry_id >= %(first)s AND d.entry_id < %(upto)s
  AND e.actor_kind = %(person)s AND e.action = ANY(%(actions)s)
"""
_OWN_BEFORE = _OWN.replace("%(first)s", "%(context)s").replace("%(starts)s", "%(context_at)s")
_WHO = "coalesce(q.person_id::text, CASE WHEN q.account <> '' THEN 'a' || q.system_id || ':' || q.account ELSE '' END)"
_THEIRS = "FROM audit_queryelsewhere q WHERE q.at >= %(starts)s AND q.at < %(ends)s"
_THEIRS_BEFORE = _THEIRS.replace("%(starts)s", "%(context_at)s")
# One number for a person and a plate, look-alikes taken for each other. Only for finding what comes often.
_PAIR = "hashtextextended({who} || ' ' || translate({plate}, %(alike)s, %(digits)s), 0)"
_OWN_PAIR = _PAIR.format(who="e.actor_id", plate=_WRITTEN.format(_OWN_PLATE))
_THEIR_PAIR = _PAIR.format(who=_WHO, plate=_WRITTEN.format("q.plate"))

OWN_ROWS = f"""
SELECT e.index, encode(e.leaf_hash, 'hex'), extract(epoch FROM e.recorded_at), coalesce(e.actor_id::text, ''),
  coalesce({_WRITTEN.format(_OWN_PLATE)}, ''), coalesce({_OWN_PAIR}, 0),
  CASE WHEN e.action = 'evidence.package' THEN coalesce(d.query, '') ELSE '' END,
  d.reason, d.case_number, e.action, e.outcome, e.organisation <> %(agency)s,
  e.rule_code = 'search.wide' OR coalesce(d.query LIKE ANY(%(wide)s), false),
  (e.recorded_at AT TIME ZONE %(zone)s)::date
{_OWN} ORDER BY e.index
"""  # noqa: S608 - all that varies is a parameter
THEIR_ROWS = f"""
SELECT q.id, q.digest, extract(epoch FROM q.at), {_WHO}, {_WRITTEN.format("q.plate")}, {_THEIR_PAIR}, '',
  q.reason, q.case_number, CASE WHEN q.kind ~* 'export|download' THEN 'evidence.fetch' ELSE 'search.run' END, 'allowed',
  q.organisation <> '' AND lower(q.organisation) <> lower(%(agency)s), q.plate = '',
  (q.at AT TIME ZONE %(zone)s)::date
{_THEIRS} ORDER BY q.at, q.id
"""  # noqa: S608 - all that varies is a parameter
# Pairs of person and plate that come often (no plate is among them, as a pair of everybody's), and when they were
# asked for before the period, in epoch seconds.
OFTEN = f"""
SELECT pair, array_agg(before) FILTER (WHERE before IS NOT NULL) FROM (
  SELECT {_OWN_PAIR} AS pair,
    CASE WHEN e.recorded_at < %(starts)s THEN extract(epoch FROM e.recorded_at)::float8 END AS before
  {_OWN_BEFORE}
  UNION ALL
  SELECT {_THEIR_PAIR}, CASE WHEN q.at < %(starts)s THEN extract(epoch FROM q.at)::float8 END
  {_THEIRS_BEFORE}
) asked GROUP BY pair HAVING count(*) >= %(often)s
"""  # noqa: S608 - all that varies is a parameter
# Queries a person and day of the agency's calendar.
DAYS = f"""
SELECT who, day, count(*) FROM (
  SELECT e.actor_id::text AS who, (e.recorded_at AT TIME ZONE %(zone)s)::date AS day
  FROM audit_ledgerentry e
  WHERE e.index >= %(context)s AND e.index < %(upto)s AND e.recorded_at >= %(context_at)s AND e.recorded_at < %(ends)s
    AND e.actor_kind = %(person)s AND e.action = ANY(%(actions)s)
  UNION ALL
  SELECT {_WHO}, (q.at AT TIME ZONE %(zone)s)::date {_THEIRS_BEFORE}
) asked WHERE who <> '' GROUP BY who, day
"""  # noqa: S608 - all that varies is a parameter
# Queries of an account that came from another address than its record just before or just after.
PLACES = """
SELECT index, address, other, apart FROM (
  SELECT index, action, address, CASE WHEN near_before <= near_after OR near_after IS NULL THEN before ELSE after END
      AS other, extract(epoch FROM least(near_before, near_after))::float8 AS apart
  FROM (
    SELECT index, action, address, before, after,
      CASE WHEN before <> address THEN recorded_at - before_at END AS near_before,
      CASE WHEN after <> address THEN after_at - recorded_at END AS near_after
    FROM (
      SELECT e.index, e.action, e.address, e.recorded_at,
        lag(e.address) OVER by_person AS before, lag(e.recorded_at) OVER by_person AS before_at,
        lead(e.address) OVER by_person AS after, lead(e.recorded_at) OVER by_person AS after_at
      FROM audit_ledgerentry e
      WHERE e.index >= %(first)s AND e.index < %(upto)s AND e.actor_kind = %(person)s AND e.actor_id IS NOT NULL
        AND (e.session <> '' OR e.action = 'session.sign_in') AND e.address <> 'local'
      WINDOW by_person AS (PARTITION BY e.actor_id ORDER BY e.index)
    ) looks
  ) neighbours
  WHERE least(near_before, near_after) <= %(within)s
) found WHERE action = ANY(%(actions)s)
"""
# By the index of time. The clock may have been set back now and then, by fewer records than these.
_NEAR = "SELECT {0}(index) FROM (SELECT index FROM audit_ledgerentry WHERE recorded_at {1} ORDER BY recorded_at {2}"
_NEAR += " LIMIT 10000) near"
SPAN = (
    f"SELECT ({_NEAR.format('min', '>= %(starts)s', '')}), ({_NEAR.format('max', '< %(ends)s', 'DESC')}) + 1,"
    f" ({_NEAR.format('min', '>= %(context_at)s', '')})"
)


class Span(NamedTuple):
    """Where a period lies in the log: ``first <= index < upto``, and ``context`` for what came before it."""

    starts_at: datetime
    ends_at: datetime
    context_at: datetime
    first: int
    upto: int
    context: int


def span_of(starts_at: datetime, ends_at: datetime, *, days_before: int) -> Span:
    """The indexes of a period; empty where the log has no record of it."""
    context_at = starts_at - timedelta(days=days_before)
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"starts": starts_at, "ends": ends_at, "context_at": context_at})
        first, upto, context = cursor.fetchone()
    upto = upto or 0
    first = upto if first is None else min(first, upto)
    return Span(starts_at, ends_at, context_at, first, upto, min(first, context if context is not None else first))


def values_of(span: Span, **more: object) -> dict[str, Any]:
    """The values that the statements above name."""
    return {
        "first": span.first,
        "upto": span.upto,
        "context": span.context,
        "starts": span.starts_at,
        "ends": span.ends_at,
        "context_at": span.context_at,
        "person": ActorKind.PERSON.value,
        "actions": [action.value for action in OWN_ACTIONS],
        "agency": settings.AGENCY["name"],
        "zone": settings.AGENCY["zone"],
        "wide": ['%"kind": "canvass"%', '%"kind": "scenes"%', '%"approval": "%'],
        "separators": "".join(sorted(plates.SEPARATORS)),
        "alike": "".join(map(chr, plates.LOOK_ALIKES)),
        "digits": "".join(map(chr, plates.LOOK_ALIKES.values())),
        **more,
    }


def rows(statement: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement whose answer is short."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        yield from cursor.fetchall()


def use_memory() -> None:
    """Let this transaction sort and count in memory what would else go to disk: at most so much a step."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '96MB'")


@contextmanager
def stream(statement: str, values: dict[str, Any]) -> Iterator[Iterator[list[bytes]]]:
    """The raw columns of a statement's rows as COPY gives them, in memory one at a time."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT", values) as copy:
        yield (bytes(line)[:-1].split(b"\t") for line in copy)


def unescaped(cell: bytes) -> str | None:
    """A cell of COPY as text; None where it is null: the clear value was withheld or destroyed."""
    if cell == b"\\N":
        return None
    if b"\\" in cell:
        for signs, letter in ((b"\\\\", b"\x00"), (b"\\n", b"\n"), (b"\\t", b"\t"), (b"\\r", b"\r")):
            cell = cell.replace(signs, letter)
        cell = cell.replace(b"\x00", b"\\")
    return cell.decode()
