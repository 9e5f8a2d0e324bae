"""``review_draw_s``: drawing the sample of a quarter in which so many queries were made: ``python -m bench review``.

The ledger holds a look at a page for every query, and the thirty days before the quarter too, in which the flags look
back. 500 people, half of the queries with a case number, one plate in ten asked for again and again, duty hours, cases
and members' plates on file. The draw is the verb itself: record, frame, sample and rows committed.
``review_draw_mb`` is how much the process's memory grew by at most.
"""

import argparse
import resource
import tempfile
import time
from datetime import datetime, timedelta

from bench.scratch import figure, say, scratch

QUERIES, PEOPLE, CASES = 1_000_000, 500, 20_000
DAYS, BEFORE = 90, 30

ENTRIES = """
INSERT INTO audit_ledgerentry (index, version, at, recorded_at, action, outcome, actor_kind, actor_id, username,
  organisation, address, device_class, session, purpose, subject_type, subject_id, result_count, duration_us, rule_code,
  citation, profile, commitments, leaf_hash, nodes, root)
SELECT made.n, 1, t, t,
  CASE WHEN n %% 2 = 1 THEN 'search.page' WHEN n %% 200 = 0 THEN 'evidence.package' ELSE 'search.run' END,
  'allowed', 'person', p.id, p.username,
  CASE WHEN who %% 50 = 7 THEN 'Neighbour PD' ELSE %(agency)s END, '10.0.' || who / 250 || '.' || 1 + who %% 250 +
  CASE WHEN who %% 10 = 3 AND n %% 100000 < 2 THEN 1 ELSE 0 END, 'desk', 'abcd1234', 'locate', 'search', n::text, 3,
  900,
  '', '', 'sacpd_525_08@2024-06-13', repeat('x', 160)::bytea, sha256(n::text::bytea), ''::bytea,
  sha256(n::text::bytea)
FROM (SELECT n, (n / 2 * 7919 %% %(people)s)::int AS who,
        %(start)s::timestamptz + n * (%(end)s::timestamptz - %(start)s::timestamptz) / %(count)s AS t
      FROM generate_series(0::bigint, %(count)s - 1) AS n) made
JOIN (SELECT id, username, row_number() OVER (ORDER BY id) - 1 AS number FROM audit_user) p ON p.number = who
ORDER BY made.n
"""
CLEAR = """
INSERT INTO audit_ledgerdetail (entry_id, query, reason, case_number, subject_label, detail, salts)
SELECT n, '{"from": "2026-01-01T00:00:00+00:00", "kind": "plate", "match": "exact", "plate": "' ||
    '0B' || lpad(CASE WHEN n %% 200 = 40 THEN n * 31 %% 30000 WHEN n %% 20 = 0 THEN n * 31 %% 300000
      ELSE n * 7919 %% 900000 END::text, 6, '0') || '", "to": "now"}',
  'looking for the car of robbery number ' || n / 6 || ' on Elm Street', CASE WHEN n %% 4 = 0 THEN ''
    ELSE '26-' || lpad((n * 13 %% (%(cases)s + 20))::text, 6, '0') END, '', '{}', repeat('s', 160)::bytea
FROM generate_series(0::bigint, %(count)s - 1) AS n
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--queries", type=int, default=QUERIES, help=f"in the quarter (default {QUERIES:,})")
    queries = options.parse_args().queries
    with scratch("platekeeper_bench_review"), tempfile.TemporaryDirectory(prefix="platekeeper-papers-") as papers:
        from django.conf import settings
        from django.utils import timezone

        settings.WORK_PAPERS = papers
        now = timezone.now()
        end = now - timedelta(days=1)
        start = end - timedelta(days=DAYS)
        say(f"review: filling the ledger with {2 * queries * (DAYS + BEFORE) // DAYS:,} records")
        _registers(start, end)
        _fill(queries, start, end)
        _draw(start, end, now)


def _registers(start: datetime, end: datetime) -> None:
    """People with duty hours of ten in every twenty-four hours, cases of which most are open, and 600 plates."""
    from audit.models import CaseFile, MemberPlate, Shift, User
    from audit.registers.member_plates import digest_of

    people = User.objects.bulk_create(User(username=f"bench-{n:03}") for n in range(PEOPLE))
    Shift.objects.bulk_create(
        (
            Shift(user=person, starts_at=start + timedelta(days=day), ends_at=start + timedelta(days=day, hours=23.9))
            for person in people
            for day in range(-1, DAYS + 2)
        ),
        batch_size=5_000,
    )
    opened = (start - timedelta(days=60)).date()
    closed = (start + timedelta(days=10)).date()
    CaseFile.objects.bulk_create(
        (
            CaseFile(number=f"26-{n:06}", opened_on=opened, closed_on=None if n % 100 else closed, taken_in_at=end)
            for n in range(CASES)
        ),
        batch_size=5_000,
    )
    MemberPlate.objects.bulk_create(
        MemberPlate(
            user=people[n % PEOPLE],
            digest=digest_of(f"0B{n * 1499:06}"),
            relation="own",
            added_by=people[0],
            added_at=start,
        )
        for n in range(600)
    )


def _fill(queries: int, start: datetime, end: datetime) -> None:
    from django.conf import settings
    from django.db import connection

    values = {
        "agency": settings.AGENCY["name"],
        "people": PEOPLE,
        "cases": CASES,
        "start": start - timedelta(days=BEFORE),
        "end": end,
        "count": 2 * queries * (DAYS + BEFORE) // DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, values)
        cursor.execute(CLEAR, values)
        cursor.execute("VACUUM ANALYZE audit_ledgerentry")
        cursor.execute("VACUUM ANALYZE audit_ledgerdetail")
        cursor.execute("ANALYZE audit_casefile")


def _draw(start: datetime, end: datetime, now: datetime) -> None:
    from audit import asker
    from audit.models import Checkpoint, InspectedQuery, Inspection, LedgerEntry
    from audit.review.draw import draw

    last = LedgerEntry.objects.order_by("-index")[0]
    Checkpoint.objects.create(
        origin="bench.example/log", size=last.index + 1, root=bytes(last.root), note="", key_id="bench", made_at=now
    )
    inspection = Inspection.objects.create(
        kind="queries", rule="every_90_days", starts_at=start, ends_at=end, due_on=now.date(), opened_at=now
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    drawn = draw(inspection.pk, by=asker.system("bench"), at=now)
    took = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rows = InspectedQuery.objects.filter(inspection=drawn)
    note = (
        f"{drawn.frame_count:,} queries of {PEOPLE} people in {DAYS} days, and {BEFORE} days before; "
        f"{rows.filter(sampled=True).count():,} drawn, {rows.exclude(flags=[]).count():,} flagged; target <= 10 s"
    )
    figure("review_draw_s", took, "s", n=drawn.frame_count or 0, note=note)
    figure("review_draw_mb", grown, "MB", n=1, note="growth of the largest resident set over the draw")


if __name__ == "__main__":
    main()
