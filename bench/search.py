"""Search figures over a million reads: ``python -m bench.search [--reads N]``.

``search_exact_p95_ms`` is the first page's query alone; ``search_page_ms`` is all a person waits for: the form posted,
judged, counted and recorded, the redirect followed, the page looked up, recorded and drawn.
"""

import argparse
import random
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.scratch import figure, say, scratch

if TYPE_CHECKING:
    from audit.models import User

READS = 1_000_000
DAYS = 90
PLATES = 100_000
CAMERAS = 40
SEED = 52

FILL = """
INSERT INTO detections_detection (id, plate, plate_read, state, captured_at, received_at, camera_id, latitude,
                                  longitude, confidence, source, image_reference, vehicle)
SELECT md5('read ' || n)::uuid, plate, plate, CASE WHEN n %% 7 = 0 THEN '' ELSE 'CA' END, seen, seen + interval '2 s',
       (%(cameras)s::uuid[])[1 + n %% %(many)s], 38.5 + n %% 100 / 1000.0, -121.5 + n %% 90 / 1000.0, 0.93, 'device',
       '', ''
FROM (
    -- a few plates are seen often, most of them seldom
    SELECT n, '0B' || lpad(floor(%(plates)s * power(random(), 2))::int::text, 5, '0') AS plate,
           %(now)s::timestamptz - random() * %(days)s * interval '1 day' AS seen
    FROM generate_series(1, %(reads)s) AS n
) AS made
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=READS, help=f"reads in the database (default {READS:,})")
    reads = options.parse_args().reads
    with scratch("platekeeper_bench_search"):
        from django.utils import timezone

        now = timezone.now()
        say(f"search: filling {reads:,} reads")
        _fill(reads, now)
        person = _person()
        chosen = random.Random(SEED)
        _measure_query(chosen, now, reads)
        _measure_page(person, chosen, now, reads)


def _fill(reads: int, now: datetime) -> None:
    from django.db import connection

    from tests import make

    cameras = [make.camera(f"BENCH-{number:02d}").pk for number in range(CAMERAS)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.52)")
        values = {"cameras": cameras, "many": CAMERAS, "plates": PLATES, "now": now, "days": DAYS, "reads": reads}
        cursor.execute(FILL, values)
        cursor.execute("VACUUM ANALYZE detections_detection")


def _person() -> "User":
    from tests import make

    return make.user("bench-detective", "detective", classification="detective")


def _plate(chosen: random.Random) -> str:
    return f"0B{int(PLATES * chosen.random() ** 2):05d}"


def _measure_query(chosen: random.Random, now: datetime, reads: int) -> None:
    from audit import policy
    from detections.models import Search
    from detections.searching.page import PAGE_SIZE, newest_first
    from detections.searching.run import matching

    profile = policy.in_force(now)

    def query() -> None:
        search = Search(plate=_plate(chosen), from_at=now - timedelta(days=30), to_at=now)
        list(newest_first(matching(search, now, profile))[: PAGE_SIZE + 1])

    samples = _milliseconds(query, warm=50, times=1000)
    p95 = sorted(samples)[int(len(samples) * 0.95)]
    note = f"first page of one plate in 30 days, {reads:,} reads, plate and photograph rows fetched"
    figure("search_exact_p95_ms", p95, "ms", samples=samples, note=note)


def _measure_page(person: "User", chosen: random.Random, now: datetime, reads: int) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    call_command("collectstatic", verbosity=0, interactive=False)  # the pages name their files by hash
    client = _signed_in(person)
    since = timezone.localtime(now - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
    found: list[int] = []

    def search() -> None:
        data = {
            "plate": _plate(chosen),
            "purpose": "locate",
            "reason": "Stolen from the Elm Street garage last night",
            "case_number": "26-123456",
            "from_at": since,
            "attested": "on",
        }
        page = client.post("/search/", data, follow=True)
        if page.status_code != 200 or not page.redirect_chain:
            raise SystemExit(f"the search answered {page.status_code}")
        found.append(len(re.findall(rb'data-label="Captured"', page.content)))

    samples = _milliseconds(search, warm=10, times=200)
    note = f"in process, {reads:,} reads, {sum(found) / len(found):.1f} rows a page, two ledger records, both requests"
    p95 = sorted(samples)[int(len(samples) * 0.95)]
    figure("search_page_ms", p95, "ms", samples=samples, note=note)


def _signed_in(person: "User") -> Any:
    from django.test import Client
    from django.utils import timezone

    from audit.signin.sessions import mark_complete

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    mark_complete(session, at=timezone.now())
    session.save()
    return client


def _milliseconds(verb: Callable[[], None], *, warm: int, times: int) -> list[float]:
    for _ in range(warm):
        verb()
    samples = []
    for _ in range(times):
        started = time.perf_counter()
        verb()
        samples.append((time.perf_counter() - started) * 1000)
    return samples


if __name__ == "__main__":
    main()
