"""Flags about when, how much and from where: off duty, a sudden volume, two places at once. Pure."""

from audit.review.flags.flag import Flag, counted, span_words
from audit.review.flags.limits import DAYS_OF_VOLUME, Limits


def off_shift(seconds_to_next: float | None) -> Flag:
    """A query outside of the person's duty hours; ``seconds_to_next``: from or to the nearest of them."""
    if seconds_to_next is None:
        return Flag("off_shift", "Outside of duty hours.")
    return Flag("off_shift", f"Outside of duty hours: {span_words(seconds_to_next)} from the nearest.")


def sudden_volume(count: int, busiest_before: int, limits: Limits) -> Flag | None:
    """``count`` queries in a day, and the most on any of the 28 days before."""
    if count < limits.volume_least or count <= limits.volume_times * busiest_before:
        return None
    before = counted(busiest_before, "query").replace("querys", "queries")
    return Flag(
        "sudden_volume",
        f"{count:,} queries that day; the busiest of the {DAYS_OF_VOLUME} days before had {before}."
        f" From {limits.volume_least} on, more than {limits.volume_times} times as many are flagged.",
    )


def two_places(here: str, there: str, seconds: float, limits: Limits) -> Flag | None:
    """One account used from two addresses within so many seconds."""
    if here == there or seconds > limits.two_places_s:
        return None
    return Flag(
        "two_places",
        f"The account was used from {here} and {there} within {span_words(seconds)};"
        f" two addresses within {span_words(limits.two_places_s)} are flagged.",
    )
