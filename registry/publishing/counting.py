"""Count closed months: once each, all figures of a month together, never again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.ids import first_of
from registry.models import MonthFigure
from registry.publishing.periods import bounds, closes_at, last_closed, month_after, month_before, zone

PURPOSE = "publish transparency"
Counts = dict[tuple[str, str], int]  # (figure, class or "" for the whole) -> number
# One worker counts; a second waits and then finds nothing left to do.
_LOCK = (525, 34)

_READS = """
SELECT count(*) FROM detections_detection
WHERE captured_at >= %(start)s AND captured_at < %(end)s AND id < %(before)s
"""
_DESTROYED_BEFORE = """
SELECT coalesce(sum(day.value::bigint), 0)
FROM detections_purgeplan plan, jsonb_each(plan.counts) camera, jsonb_each_text(camera.value) day
WHERE plan.status = 'done' AND plan.upto > %(start)s AND plan.first < %(end)s
  AND day.key >= %(first_day)s AND day.key < %(last_day)s
"""
_LATE = """
SELECT count(*) FROM detections_detection
WHERE captured_at < %(start)s AND id >= %(after)s AND id < %(before)s
"""
_HITS = """
SELECT CASE WHEN h.check_result IN ('misread', 'wrong_state') THEN 'misread'
            WHEN h.verified_at IS NULL THEN 'open'
            WHEN h.clets_result IN ('not_current', 'no_record') OR h.ncic_result IN ('not_current', 'no_record')
              OR h.status = 'rejected' THEN 'stale'
            ELSE 'verified' END, count(*)
FROM detections_hit h JOIN hotlists_hotplate p ON p.id = h.hot_plate_id JOIN hotlists_hotlist l ON l.id = p.hot_list_id
WHERE h.created_at >= %(start)s AND h.created_at < %(end)s AND l.kind = 'ordinary' AND NOT h.informational GROUP BY 1
"""
_CLOSED = """
SELECT h.disposition, count(*)
FROM detections_hit h JOIN hotlists_hotplate p ON p.id = h.hot_plate_id JOIN hotlists_hotlist l ON l.id = p.hot_list_id
WHERE h.closed_at >= %(start)s AND h.closed_at < %(end)s AND l.kind = 'ordinary' AND NOT h.informational GROUP BY 1
"""
_POSSIBLE = """
SELECT m.kind, count(*)
FROM detections_possiblematch m JOIN hotlists_hotplate p ON p.id = m.hot_plate_id
  JOIN hotlists_hotlist l ON l.id = p.hot_list_id
WHERE m.created_at >= %(start)s AND m.created_at < %(end)s AND l.kind = 'ordinary' AND NOT m.informational GROUP BY 1
"""
_HOT_PLATES = """
SELECT CASE WHEN p.renewed_times > 0 THEN 'renewed' ELSE 'first' END, count(*)
FROM hotlists_hotplate p JOIN hotlists_hotlist l ON l.id = p.hot_list_id
WHERE p.effective_from >= %(start)s AND p.effective_from < %(end)s AND l.kind = 'ordinary'
  AND p.listed_digest IS NULL GROUP BY 1
"""
_SEARCHES = """
SELECT e.purpose, count(*), count(*) FILTER (WHERE d.case_number <> '')
FROM audit_ledgerentry e LEFT JOIN audit_ledgerdetail d ON d.entry_id = e.index
WHERE e.recorded_at >= %(start)s AND e.recorded_at < %(end)s AND e.action = 'search.run'
  AND e.outcome IN ('allowed', 'empty') GROUP BY 1
"""
_REFUSALS = """
SELECT citation, count(*) FROM audit_ledgerentry
WHERE recorded_at >= %(start)s AND recorded_at < %(end)s AND outcome = 'refused' GROUP BY 1
"""
_RECORDS = """
SELECT count(*), count(*) FILTER (WHERE action = 'evidence.package' AND outcome = 'allowed'),
       count(*) FILTER (WHERE action = 'evidence.fetch' AND outcome = 'allowed')
FROM audit_ledgerentry WHERE recorded_at >= %(start)s AND recorded_at < %(end)s
"""
_WIDE = """
SELECT decision, count(*) FROM detections_searchapproval
WHERE decided_at >= %(start)s AND decided_at < %(end)s GROUP BY 1
"""
_SHARES = """
SELECT count(*) FROM hotlists_hotlistshare
WHERE decision = 'approved' AND decided_at >= %(start)s AND decided_at < %(end)s
"""
_PURGES = """
SELECT count(*), coalesce(sum(reads_destroyed), 0) FROM detections_purgecertificate
WHERE run_at >= %(start)s AND run_at < %(end)s
"""
_INSPECTIONS = """
SELECT kind, CASE WHEN (approved_at AT TIME ZONE %(zone)s)::date <= due_on THEN 'on_time' ELSE 'late' END, count(*)
FROM audit_inspection WHERE due_on >= %(first_day)s AND due_on < %(last_day)s GROUP BY 1, 2
"""


def count_due(*, by: Asker, at: datetime) -> list[date]:
    """Count every closed month that is not counted yet, from the ledger's first on; those counted now."""
    done: list[date] = []
    for month in due(at):
        with ledger.act(Action.TRANSPARENCY_BUILD, by=by, at=at, purpose=PURPOSE) as record:
            record.about("month", f"{month:%Y-%m}")
            record.result_count = _count_once(month, at)
        if record.result_count:
            done.append(month)
    return done


def due(at: datetime) -> list[date]:
    """The closed months, from the first that the ledger has a record of, that are not counted. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT recorded_at FROM audit_ledgerentry ORDER BY index LIMIT 1")
        row = cursor.fetchone()
    if row is None:
        return []
    counted = set(MonthFigure.objects.values_list("month", flat=True).distinct())
    month, last, found = row[0].astimezone(zone()).date().replace(day=1), last_closed(at), []
    while month <= last:
        if month not in counted:
            found.append(month)
        month = month_after(month)
    return found


def count_month(month: date) -> Counts:
    """All figures of a closed month, as they stand in the tables now. Nothing is stored."""
    start, end = bounds(month)
    terms: dict[str, Any] = {
        "start": start,
        "end": end,
        "before": first_of(closes_at(month)),
        "after": first_of(closes_at(month_before(month))),
        "first_day": month.isoformat(),
        "last_day": month_after(month).isoformat(),
        "zone": str(zone()),
    }
    counts: Counts = {}
    _count_reads(terms, counts)
    for figure, statement in (("hits", _HITS), ("closed_hits", _CLOSED), ("possible", _POSSIBLE)):
        _by_class(figure, _rows(statement, terms), counts)
    for figure, statement in (("hot_plates", _HOT_PLATES), ("wide_searches", _WIDE), ("refusals", _REFUSALS)):
        _by_class(figure, _rows(statement, terms), counts)
    _count_searches(terms, counts)
    ((counts["records", ""], counts["packages", ""], counts["package_fetches", ""]),) = _rows(_RECORDS, terms)
    ((counts["shares", ""],),) = _rows(_SHARES, terms)
    ((counts["purges", ""], destroyed),) = _rows(_PURGES, terms)
    counts["reads_destroyed", ""] = int(destroyed)
    _count_inspections(terms, counts)
    return counts


def store(month: date, counts: Mapping[tuple[str, str], int], at: datetime) -> int:
    """Keep the counts of a month; how many cells that are. Raises IntegrityError for a month that is counted."""
    rows = [
        MonthFigure(month=month, figure=figure, cell=cell[:120], value=value, counted_at=at)
        for (figure, cell), value in counts.items()
    ]
    return len(MonthFigure.objects.bulk_create(rows))


def _count_once(month: date, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
    if MonthFigure.objects.filter(month=month).exists():
        return 0
    return store(month, count_month(month), at)


def _count_reads(terms: dict[str, Any], counts: Counts) -> None:
    ((held,),), ((gone,),) = _rows(_READS, terms), _rows(_DESTROYED_BEFORE, terms)
    counts["reads", ""] = held + int(gone)
    ((counts["late_reads", ""],),) = _rows(_LATE, terms)


def _count_searches(terms: dict[str, Any], counts: Counts) -> None:
    rows = _rows(_SEARCHES, terms)
    _by_class("searches", [(purpose, number) for purpose, number, _ in rows], counts)
    with_case = sum(number for _, _, number in rows)
    of = counts["searches", ""]
    counts.update({("searches_case", "with"): with_case, ("searches_case", "without"): of - with_case})
    counts["searches_case", ""] = of


def _count_inspections(terms: dict[str, Any], counts: Counts) -> None:
    rows = _rows(_INSPECTIONS, terms)
    for figure, kind in (("inspections", "queries"), ("log_reviews", "log")):
        _by_class(figure, [(cell, number) for of, cell, number in rows if of == kind], counts)


def _by_class(figure: str, rows: list[Any], counts: Counts) -> None:
    counts[figure, ""] = sum(row[1] for row in rows)
    for row in rows:
        counts[figure, row[0][:120]] = counts.get((figure, row[0][:120]), 0) + row[1]


def _rows(statement: str, terms: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, terms)
        return cursor.fetchall()
