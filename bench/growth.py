"""How searches grow with the reads held: ``python -m bench.growth [--small N] [--large N] [--keep NAME]``.

The same questions to two databases of the same town at the same rate of reads, one with nine days of them and one with
ninety, turn about on the same server. ``search_growth_exponent`` is log(p95 ratio) / log(rows ratio): 0 where a search
takes as long as before, 1 where it takes as many times longer as there are more reads. Over a fixed window (the nine
days that both hold) and over the whole time for which reads are kept; the value is the worst of all forms.
"""

import argparse
import math

from bench.cluster import Cluster, cluster
from bench.questions import FORMS, SHORT, Maker
from bench.reads_at_scale import Filling
from bench.scratch import figure
from bench.search import answer
from bench.timing import milliseconds, p50, p95

QUESTIONS, TURNS = 200, 4


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--small", type=int, default=2_000_000)
    options.add_argument("--large", type=int, default=20_000_000)
    options.add_argument("--keep", default="", help="name of servers and data that stay: bench.reads_at_scale")
    given = options.parse_args()
    with cluster(keep=given.keep) as servers:
        measure_growth(servers, given.small, given.large)


def measure_growth(servers: Cluster, small: int, large: int) -> None:
    """Both exponents, each with every form beside it."""
    fillings = {reads: servers.filled(reads) for reads in (small, large)}
    days = fillings[small].days
    _measure(servers, fillings, "search_growth_exponent", dict.fromkeys(fillings, days), 0.1, list(FORMS))
    whole = {reads: filling.days for reads, filling in fillings.items()}
    # The others name their own few hours, so the time for which reads are kept is nothing to them.
    forms = [form for form in FORMS if form not in SHORT]
    _measure(servers, fillings, "search_growth_exponent_whole_retention", whole, 0.25, forms)


def _measure(
    servers: Cluster, fillings: dict[int, Filling], name: str, days: dict[int, float], target: float, forms: list[str]
) -> None:
    questions = {}
    for reads, filling in fillings.items():
        servers.use(reads)
        maker = Maker(filling, days=days[reads])
        questions[reads] = {form: maker.make(form, QUESTIONS) for form in forms}
    small, large = sorted(fillings)
    rows = math.log(fillings[large].reads / fillings[small].reads)
    exponents, words = {}, []
    for form in forms:
        taken: dict[int, list[float]] = {small: [], large: []}
        for turn in range(TURNS):
            for reads in fillings:
                servers.use(reads)
                part = questions[reads][form][turn::TURNS]
                milliseconds(answer, part)  # all once, so that what they touch is in memory
                taken[reads] += milliseconds(answer, part)
        exponents[form] = math.log(p95(taken[large]) / p95(taken[small])) / rows
        middle = math.log(p50(taken[large]) / p50(taken[small])) / rows
        words.append(f"{form} {p95(taken[small]):.2f} -> {p95(taken[large]):.2f}")
        span = f"{days[small]:.0f} d and {days[large]:.0f} d"
        note = (
            f"p95 {p95(taken[small]):.2f} -> {p95(taken[large]):.2f} ms, by the medians {middle:.2f}; {span};"
            f" {fillings[small].reads:,} and {fillings[large].reads:,} reads; target <= {target}"
        )
        figure(f"{name}_{form}", exponents[form], "exponent", n=2 * QUESTIONS, note=note)
    worst = max(exponents, key=lambda form: exponents[form])
    note = f"the worst form, {worst}; p95 in ms {', '.join(words)}; target <= {target}"
    figure(name, exponents[worst], "exponent", n=2 * QUESTIONS * len(forms), note=note)


if __name__ == "__main__":
    main()
