"""Milliseconds of a verb, and what to print of them."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.scratch import figure


def milliseconds(verb: Callable[..., Any], each: Iterable[Any]) -> list[float]:
    """The verb on each of these, one after the other."""
    taken = []
    for one in each:
        started = time.perf_counter()
        verb(one)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def p50(samples: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(samples)


def p95(samples: Sequence[float]) -> float:
    """As ``figure`` prints it."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * 0.95))]


def p95_figure(name: str, samples: Sequence[float], note: str) -> float:
    """Print the 95th percentile as the value; returns it."""
    value = p95(samples)
    figure(name, value, "ms", samples=samples, note=note)
    return value
