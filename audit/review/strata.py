"""The strata of a sample: each kind of query that is looked at more closely than by plain chance. A query is in all
that fit it, and in ``none`` where nothing fits."""

from typing import NamedTuple

STRATA = {
    "none": "Nothing special",
    "no_case": "Without a case number",
    "repeat_plate": "Third or later query of one person for one plate",
    "off_shift": "Outside of duty hours",
    "outside_agency": "By another agency",
    "wide_area": "All that was near a place, or approved as wide",
    "export": "Taken out as a package or a download",
}
# From the how-manieth query of one person for one plate on the stratum begins.
REPEATED = 3


class Facts(NamedTuple):
    """What decides about the strata of a query."""

    no_case: bool
    repeat_plate: bool
    off_shift: bool
    outside_agency: bool
    wide_area: bool
    export: bool


def strata_of(facts: Facts) -> tuple[str, ...]:
    """The names of a query's strata, in the order of ``STRATA``."""
    return tuple(name for name, fits in zip(Facts._fields, facts, strict=True) if fits) or ("none",)
