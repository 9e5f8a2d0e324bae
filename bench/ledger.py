"""Ledger figures: appends a second by 1, 4 and 16 processes, in turns with a bare INSERT+COMMIT of the same values.

The bare INSERT puts the columns of one record, and its clear values, into two tables made like the ledger's, with the
same indexes and checks: one statement, one trip. ``ledger_vs_one_row`` compares with as many bytes in one column.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.scratch import figure, say, scratch

SECONDS, TURNS, WARM = 2.0, 5, 0.3
TARGET = {1: "target: 0.75", 4: "", 16: ""}
_SAMPLE: dict[str, dict[str, Any]] = {}  # one record's columns and clear values, by table
BODY_BYTES = 1050  # of one record's values as the bench writes it: leaf, clear values, salts


def main() -> None:
    with scratch("platekeeper_bench_ledger"):
        _prepare()
        for writers in (1, 4, 16):
            say(f"ledger: {writers} writers")
            _measure(writers)
        _measure_kinds()
        _verify()


def _measure(writers: int) -> None:
    plain, ours, bytes_only = [], [], []
    for _ in range(TURNS):
        plain.append(_rate(_insert, writers))
        ours.append(_rate(_append, writers))
        bytes_only.append(_rate(_insert_bytes, writers))
    ratios = [mine / bare for mine, bare in zip(ours, plain, strict=True)]
    one_row = [mine / bare for mine, bare in zip(ours, bytes_only, strict=True)]
    note = f"{writers} processes, fsync on" + ("; target 700 on two cores" if writers == 16 else "")
    figure("ledger_appends_per_s", statistics.median(ours), "1/s", samples=ours, note=note)
    bare = f"{statistics.median(plain):.0f}/s"
    note = f"{writers} processes; bare INSERT+COMMIT of the same columns and indexes {bare}; {TARGET[writers]}"
    figure("ledger_vs_insert", statistics.median(ratios), "ratio", samples=ratios, note=note)
    bare = f"{statistics.median(bytes_only):.0f}/s"
    note = f"{writers} processes; one row of {BODY_BYTES} bytes, no index but the key: {bare}"
    figure("ledger_vs_one_row", statistics.median(one_row), "ratio", samples=one_row, note=note)


def _measure_kinds() -> None:
    """What an act costs that asks the database something, and one that only notes what has happened."""
    for name, verb in (("ledger_acts_with_query_per_s", _act_with_query), ("ledger_notes_per_s", _note)):
        rates = [_rate(verb, 1) for _ in range(TURNS)]
        figure(name, statistics.median(rates), "1/s", samples=rates, note="1 process, fsync on")


def _prepare() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea NOT NULL)")
        for name in ("entry", "detail"):
            cursor.execute(f"CREATE TABLE bare_{name} (LIKE audit_ledger{name} INCLUDING ALL)")
        cursor.execute("CREATE SEQUENCE bare_index CACHE 1")
        cursor.execute("ALTER TABLE bare_entry ALTER index SET DEFAULT nextval('bare_index')")
        _append()
        for name, key in (("entry", "index"), ("detail", "entry_id")):
            cursor.execute(f"SELECT * FROM audit_ledger{name} ORDER BY {key} DESC LIMIT 1")  # noqa: S608 - ours
            columns = [column.name for column in cursor.description]
            _SAMPLE[name] = {
                column: value for column, value in zip(columns, cursor.fetchone(), strict=True) if column != key
            }


def _facts() -> dict[str, Any]:
    from django.utils import timezone

    from audit import asker

    return {"by": asker.system("bench"), "at": timezone.now(), "purpose": "locate"} | {
        "reason": "stolen from the Elm Street garage",
        "case_number": "26-123456",
        "query": {"plate": "0BEN001", "from": "2026-06-01", "to": "2026-06-16"},
    }


def _append() -> None:
    from audit import ledger
    from audit.actions import Action

    with ledger.act(Action.SEARCH_RUN, **_facts()) as record:
        record.result_count = 3


def _act_with_query() -> None:
    from django.db import connection

    from audit import ledger
    from audit.actions import Action

    with ledger.act(Action.SEARCH_RUN, **_facts()) as record:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        record.result_count = 3


def _note() -> None:
    from audit import ledger
    from audit.actions import Action

    ledger.note(Action.SIGN_IN, **_facts())


def _insert() -> None:
    """The columns of a record and its clear values, into tables like the ledger's."""
    from django.db import connection

    entry, detail = _SAMPLE["entry"], _SAMPLE["detail"]
    statement = (
        f"WITH e AS (INSERT INTO bare_entry ({', '.join(entry)}) VALUES ({', '.join(['%s'] * len(entry))})"  # noqa: S608 - ours
        f" RETURNING index) INSERT INTO bare_detail (entry_id, {', '.join(detail)})"
        f" SELECT index, {', '.join(['%s'] * len(detail))} FROM e"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*entry.values(), *detail.values()])


def _insert_bytes() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare (body) VALUES (%s)", [b"x" * BODY_BYTES])


def _rate(verb: Callable[[], None], writers: int) -> float:
    """Calls a second over all writers, each a process with a connection of its own, connected and warm."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    ready, counts = fork.Barrier(writers), fork.Array("q", writers)
    processes = [fork.Process(target=_write, args=(verb, ready, counts, me)) for me in range(writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60 + SECONDS)
    if any(process.exitcode != 0 for process in processes):
        raise SystemExit(f"a writer of {verb.__name__} failed")
    return sum(counts) / SECONDS


def _write(verb: Callable[[], None], ready: Any, counts: Any, me: int) -> None:
    warm_until = time.perf_counter() + WARM
    while time.perf_counter() < warm_until:
        verb()
    ready.wait(timeout=60)
    end, done = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        verb()
        done += 1
    counts[me] = done


def _verify() -> None:
    from audit import verify

    rates = []
    for _ in range(3):
        started = time.perf_counter()
        verdict = verify.verify()
        if not verdict.sound:
            raise SystemExit(f"the bench's own log does not verify: {verdict.fault}")
        rates.append(verdict.size / (time.perf_counter() - started))
    note = f"in the database, one process: leaf, nodes, root and clear values of {verdict.size} records; best of 3"
    figure("ledger_verify_per_s", max(rates), "1/s", samples=rates, note=note)


if __name__ == "__main__":
    main()
