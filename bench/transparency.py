"""The transparency page over millions of reads: ``python -m bench.transparency [--reads N] [--queries N]``.

``transparency_build_s`` is a whole publication (tables, suppression, content, the JSON and the CSV files, hashes) from
the counted months. ``transparency_count_s`` is what the counting of all closed months took beforehand, at night, from
the reads and the ledger themselves; its note says how many months and the longest of them. The queries are ledger
records of searches, spread over the closed months, with purposes and case numbers; they are put in by one statement and
are no valid log. Before the counted months stand copies of the first one, so that the page holds two years.
"""

import argparse
import time
from datetime import timedelta

from bench.cluster import cluster
from bench.reads_at_scale import Filling
from bench.scratch import figure, say

READS, QUERIES = 2_000_000, 1_000_000
MONTHS = 24
ENTRIES = """
INSERT INTO audit_ledgerentry (index, version, at, recorded_at, action, outcome, actor_kind, username, organisation,
    address, device_class, session, purpose, subject_type, subject_id, result_count, duration_us, rule_code, citation,
    profile, commitments, leaf_hash, nodes, root)
SELECT n, 1, moment, moment, 'search.run', CASE WHEN n %% 50 = 0 THEN 'refused' ELSE 'allowed' END, 'person',
    'bench-' || n %% 300, 'Bench', 'local', 'desk', '', (ARRAY['locate', 'canvass', 'other_reviewed'])[1 + n %% 3],
    '', '', 1, 1000, CASE WHEN n %% 50 = 0 THEN 'bench' ELSE '' END,
    CASE WHEN n %% 50 = 0 THEN 'Clause ' || n %% 9 ELSE '' END, 'bench@1', '\\x00', '\\x00', '\\x00', '\\x00'
FROM (SELECT n, %s::timestamptz + n * (%s::timestamptz - %s::timestamptz) / %s AS moment
      FROM generate_series(0, %s - 1) AS n) AS made
"""
DETAILS = """
INSERT INTO audit_ledgerdetail (entry_id, query, reason, case_number, subject_label, detail, salts)
SELECT n, '{"plate": "0BENCH1"}', 'A stolen vehicle was seen near here',
    CASE WHEN n %% 4 > 0 THEN '26-123456' ELSE '' END, '', '{}', '\\x00' FROM generate_series(0, %s - 1) AS n
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reads", type=int, default=READS, help=f"reads held (default {READS:,})")
    options.add_argument("--queries", type=int, default=QUERIES, help=f"searches on the ledger (default {QUERIES:,})")
    options.add_argument("--keep", default="", help="name of servers and data that stay: bench.reads_at_scale")
    given = options.parse_args()
    with cluster(keep=given.keep) as servers:
        filling = servers.filled(given.reads)
        _put_queries(filling, given.queries)
        months = _count(filling, given.queries)
        _build(filling, given.queries, months)
        _empty()


def _put_queries(filling: Filling, queries: int) -> None:
    """The searches, in place of what an earlier run left."""
    from django.db import connection

    started = time.perf_counter()
    _empty()
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [filling.first, filling.upto, filling.first, queries, queries])
        cursor.execute(DETAILS, [queries])
        cursor.execute("VACUUM ANALYZE audit_ledgerentry, audit_ledgerdetail")
    say(f"transparency: {queries:,} searches after {time.perf_counter() - started:.0f} s")


def _empty() -> None:
    """No ledger: what follows on the same servers begins a new one."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("audit_ledgerdetail", "audit_ledgerentry", "registry_publication", "registry_monthfigure"):
            cursor.execute(f"TRUNCATE {table} CASCADE")


def _count(filling: Filling, queries: int) -> int:
    """The closed months, counted as the nightly task does; no act around each, since the log here is none."""
    from registry.publishing import counting

    taken: list[float] = []
    # As if it were later, so that every month of the filling is closed, the last one too.
    for month in counting.due(filling.upto + timedelta(days=40)):
        started = time.perf_counter()
        counting.store(month, counting.count_month(month), filling.upto)
        taken.append(time.perf_counter() - started)
    note = (
        f"{len(taken)} closed months out of {filling.reads:,} reads in {filling.days:.0f} days and {queries:,}"
        f" searches, longest {max(taken, default=0):.1f} s; once a month, at night; not part of transparency_build_s"
    )
    figure("transparency_count_s", sum(taken), "s", samples=taken, note=note)
    return _lengthen(len(taken))


def _lengthen(counted: int) -> int:
    """Copies of the first month before it, until two years are there: what a page holds after two years."""
    from registry.models import MonthFigure
    from registry.publishing.periods import month_before

    month = MonthFigure.objects.earliest("month").month
    rows = list(MonthFigure.objects.filter(month=month).values("figure", "cell", "value", "counted_at"))
    for _ in range(MONTHS - counted):
        month = month_before(month)
        MonthFigure.objects.bulk_create(MonthFigure(month=month, **row) for row in rows)
    return max(MONTHS, counted)


def _build(filling: Filling, queries: int, months: int) -> None:
    from registry.publishing import content, files

    samples = []
    for _ in range(5):
        started = time.perf_counter()
        made = content.build(filling.upto + timedelta(days=40), None)
        content.sha256(content.as_bytes(made))
        sizes = {name: len(data) for name, data in files.files_of(made).items()}
        samples.append(time.perf_counter() - started)
    note = (
        f"from {months} months of summaries, those of {filling.reads:,} reads and {queries:,} searches;"
        f" {made['cells']['shown']} cells shown, {made['cells']['withheld']} withheld,"
        f" {sum(sizes.values()):,} bytes of files; target <= 60 s"
    )
    figure("transparency_build_s", max(samples), "s", samples=samples, note=note)


if __name__ == "__main__":
    main()
