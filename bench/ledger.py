"""Ledger figures: appends a second at 1, 4 and 16 writers, beside a bare INSERT and COMMIT of the same bytes."""

import threading
import time
from collections.abc import Callable

from bench.scratch import figure, say, scratch

SECONDS = 3.0


def main() -> None:
    with scratch("platekeeper_bench_ledger"):
        _prepare()
        for writers in (1, 4, 16):
            say(f"ledger: {writers} writers")
            plain = _rate(_insert, writers)
            ours = _rate(_append, writers)
            plain = (plain + _rate(_insert, writers)) / 2
            figure("ledger_appends_per_s", ours, "1/s", n=int(ours * SECONDS), note=f"{writers} writers, fsync on")
            note = f"{writers} writers; bare INSERT+COMMIT {plain:.0f}/s"
            figure("ledger_vs_insert", ours / plain, "ratio", n=1, note=note)
        _verify()


def _prepare() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea NOT NULL)")


def _append() -> None:
    from django.utils import timezone

    from audit import asker, ledger
    from audit.actions import Action

    with ledger.act(
        Action.SEARCH_RUN,
        by=asker.system("bench"),
        at=timezone.now(),
        purpose="locate",
        reason="stolen from the Elm Street garage",
        case_number="26-123456",
        query={"plate": "0BEN001", "from": "2026-06-01", "to": "2026-06-16"},
    ) as record:
        record.result_count = 3


def _insert() -> None:
    """About the bytes of one record: 1,050."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare (body) VALUES (%s)", [b"x" * 1050])


def _rate(verb: Callable[[], None], writers: int) -> float:
    """Calls a second over all writers."""
    counts = [0] * writers
    end = time.perf_counter() + SECONDS

    def write(me: int) -> None:
        from django.db import connection

        while time.perf_counter() < end:
            verb()
            counts[me] += 1
        connection.close()

    threads = [threading.Thread(target=write, args=(me,)) for me in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _verify() -> None:
    from audit import verify

    started = time.perf_counter()
    verdict = verify.verify()
    seconds = time.perf_counter() - started
    if not verdict.sound:
        raise SystemExit(f"the bench's own log does not verify: {verdict.fault}")
    note = "leaf, nodes, root and clear values"
    figure("ledger_verify_per_s", verdict.size / seconds, "1/s", n=verdict.size, note=note)


if __name__ == "__main__":
    main()
