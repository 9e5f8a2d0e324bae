"""Search figures at scale: ``python -m bench.search [--reads N] [--keep NAME] [--only FORM ...]``.

Two hundred random questions of every form through the product's own engine, in a transaction with the search's time
limit: objects made, a page of 100, planning included. Warm; then 25 of each after a restart of PostgreSQL with its
files out of the system's cache. Beside them plain LIKE and regular expressions over the same reads, the page at depth
200,000, and all a person waits for: the form posted to the first byte of the result page, both ledger records in it.
docs/bench.md says what each figure means.
"""

import argparse
from typing import TYPE_CHECKING, Any

from bench import town
from bench.cluster import Cluster, cluster
from bench.questions import FORMS, Maker
from bench.reads_at_scale import Filling
from bench.scratch import figure
from bench.search_page import measure_page
from bench.timing import milliseconds, p50, p95, p95_figure

if TYPE_CHECKING:
    from detections.searching.question import After, Question

WINDOW_DAYS = 30
QUESTIONS, COLD, WARMING = 200, 25, 20
PAGE = 100
DEPTH = 200_000
LARGE = 20_000_000
BASELINES = {"wildcard": 8, "suffix": 8, "substring": 4, "edit1": 4}  # how many samples of the slow way
BASELINE_LIMIT_MS = 60_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reads", type=int, default=2_000_000, help="reads in the database (default 2,000,000)")
    options.add_argument("--keep", default="", help="name of servers and data that stay: bench.reads_at_scale")
    options.add_argument("--only", nargs="*", choices=[*FORMS, "cold", "baselines", "depth", "page"], default=[])
    given = options.parse_args()
    parts = set(given.only) or {*FORMS, "cold", "baselines", "depth", "page"}
    with cluster(keep=given.keep) as servers:
        filling = servers.filled(given.reads)
        maker = Maker(filling, days=WINDOW_DAYS)
        forms = [form for form in FORMS if form in parts]
        for form in forms:
            _measure_warm(form, maker, filling)
        if "baselines" in parts:
            everything = Maker(filling, days=filling.days)  # with a window the filter, too, would leave most reads out
            for form in BASELINES:
                _measure_baseline(form, everything, filling)
        if "depth" in parts:
            _measure_depth(maker, filling)
        if "page" in parts:
            measure_page(maker, filling)
        if "cold" in parts:
            for form in forms or FORMS:
                _measure_cold(servers, form, maker, filling)


def answer(question: "Question") -> Any:
    """The first page of what the question finds, as the product's own search reads it."""
    return _page(question, None)


def _page(question: "Question", after: "After | None") -> Any:
    from django.db import transaction

    from detections.searching import engine
    from detections.searching.question import Bounds, Kind
    from detections.searching.time_limit import time_limit

    bounds = Bounds(seen_from=None)
    with transaction.atomic(), time_limit():
        if question.kind in (Kind.SCENES, Kind.CONVOY):
            return engine.companions(question, bounds, limit=PAGE)
        return engine.find(question, bounds, limit=PAGE, after=after)


def target(form: str, reads: int) -> str:
    """What the issue asks for, in words for a note."""
    return f"target <= {FORMS[form]} ms at 20 M" if reads > LARGE * 0.9 else f"the target ({FORMS[form]} ms) is at 20 M"


def _size(filling: Filling) -> str:
    return f"{filling.reads:,} reads of {filling.plates:,} plates in {filling.days:.0f} days"


def _measure_warm(form: str, maker: Maker, filling: Filling) -> list[float]:
    questions = maker.make(form, QUESTIONS + WARMING)
    found = [_found(answer(question)) for question in questions]  # all once, so that what they touch is in memory
    samples = milliseconds(answer, questions[WARMING:])
    rows = sum(found) / len(found)
    note = f"{_size(filling)}, window {maker.days:.0f} d, warm; {rows:.0f} rows a page; {target(form, filling.reads)}"
    p95_figure(f"search_{form}_p95_ms", samples, note)
    return samples


def _found(page: Any) -> int:
    return len(page.reads) if hasattr(page, "reads") else len(page)


def _measure_cold(servers: Cluster, form: str, maker: Maker, filling: Filling) -> None:
    from django.db import connection

    questions = maker.make(form, COLD)
    servers.chill()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    samples = milliseconds(answer, questions)
    note = f"{_size(filling)}; PostgreSQL restarted, its files out of the system's cache"
    p95_figure(f"search_{form}_cold_p95_ms", samples, note)


def _measure_baseline(form: str, maker: Maker, filling: Filling) -> None:
    """The same questions, over all that is held, as a filter over the reads themselves; medians side by side."""
    questions = maker.make(form, BASELINES[form])
    plain: list[float] = []
    stopped = 0
    for question in questions:
        taken, ended = _plain(question)
        plain.append(taken)
        stopped += not ended
    again = maker.make(form, QUESTIONS)
    milliseconds(answer, again)
    mine = milliseconds(answer, again)
    how = "at least, since some were stopped; " if stopped else ""
    way = "levenshtein" if form == "edit1" else "LIKE"
    note = (
        f"{how}{way} on the reads p50 {p50(plain):,.0f} ms p95 {p95(plain):,.0f} ms (n={len(plain)}, {stopped} stopped"
        f" after {BASELINE_LIMIT_MS // 1000} s), ours p50 {p50(mine):.2f} ms p95 {p95(mine):.2f} ms; {_size(filling)};"
        " target >= 100 at 20 M for wildcard and suffix"
    )
    figure(f"search_{form}_vs_like", p50(plain) / p50(mine), "x", n=len(plain), note=note)
    if form == "wildcard":
        _measure_regex(questions, filling, mine)


def _measure_regex(questions: "list[Question]", filling: Filling, mine: list[float]) -> None:
    plain = [_plain(question, regex=True)[0] for question in questions[:4]]
    note = f"regular expression on the reads p50 {p50(plain):,.0f} ms, ours p50 {p50(mine):.2f} ms; {_size(filling)}"
    figure("search_wildcard_vs_regex", p50(plain) / p50(mine), "x", n=len(plain), note=note)


def _plain(question: "Question", *, regex: bool = False) -> tuple[float, bool]:
    """Milliseconds of the newest hundred by a condition on the plates of the reads, and whether it came to its end."""
    import time

    from django.db import OperationalError, connection, transaction

    condition, value = "plate LIKE %s", question.plate.replace("?", "_").replace("*", "%")
    if regex:
        condition, value = "plate ~ %s", f"^{question.plate.replace('?', '.').replace('*', '.*')}$"
    if question.match == "edit1":
        condition, value = "levenshtein(plate, %s) <= 1", question.plate
        _levenshtein()
    started = time.perf_counter()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {BASELINE_LIMIT_MS}")
            cursor.execute(
                f"SELECT * FROM detections_detection WHERE {condition} AND captured_at >= %s AND captured_at < %s"  # noqa: S608
                f" ORDER BY captured_at DESC, id DESC LIMIT {PAGE}",
                [value, question.from_at, question.to_at],
            )
            cursor.fetchall()
    except OperationalError:
        return (time.perf_counter() - started) * 1000, False
    return (time.perf_counter() - started) * 1000, True


def _levenshtein() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch")


def _measure_depth(maker: Maker, filling: Filling) -> None:
    """Pages newest first: the first one, and those 200,000 reads further down; the worse of two questions."""
    from django.db import connection

    from detections.searching.question import After, Circle, Kind, Match, Question

    window = {"from_at": maker.from_at, "to_at": maker.to_at}
    questions = {
        "every plate with a 0": Question(kind=Kind.PLATE, plate="0*", match=Match.PATTERN, **window),
        "everything in town": Question(kind=Kind.CANVASS, area=Circle(*town.CENTRE, 100_000), **window),
    }
    depth = min(DEPTH, filling.reads // 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT captured_at, id FROM detections_detection WHERE captured_at >= %s AND captured_at < %s"
            " ORDER BY captured_at DESC, id DESC OFFSET %s LIMIT 50",
            [maker.from_at, maker.to_at, depth],
        )
        deep = [After(*row) for row in cursor]
    ratios, told = [], []
    for words, question in questions.items():
        first, last = _first_and_deep(question, deep)
        ratios.append(p50(last) / p50(first))
        told.append(f"{words}: first page p50 {p50(first):.2f} ms, after {depth:,} reads {p50(last):.2f} ms")
    note = f"{'; '.join(told)}; window {maker.days:.0f} d; {_size(filling)}; target <= 2"
    figure("keyset_depth_ratio", max(ratios), "x", n=len(deep), note=note)


def _first_and_deep(question: "Question", deep: "list[After]") -> tuple[list[float], list[float]]:
    """Milliseconds of the first page, and of those from behind these reads."""
    _page(question, None)
    _page(question, deep[0])
    first: list[float] = []
    last: list[float] = []
    for after in deep:
        first += milliseconds(lambda _: _page(question, None), [None])
        last += milliseconds(lambda place: _page(question, place), [after])
    return first, last


if __name__ == "__main__":
    main()
