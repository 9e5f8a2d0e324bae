"""Flags about one person and one plate: asked for again and again, or a plate that is close to them. Pure."""

from audit.review.flags.flag import Flag, span_words
from audit.review.flags.limits import Limits

OWN, HOUSEHOLD, COLLEAGUE = "own", "household", "colleague"


def repeated(times: int, seconds: float, limits: Limits) -> Flag | None:
    """``times`` queries of one person for one plate, this one among them, over so many seconds."""
    if times <= limits.repeat_times:
        return None
    return Flag(
        "repeat_plate",
        f"{times:,} queries for one plate in {span_words(seconds)}; more than {limits.repeat_times} in"
        f" {limits.repeat_days} days are flagged.",
    )


def close_to_home(relation: str) -> Flag | None:
    """A plate on the list of members' plates: one's own, one's household's, or a colleague's."""
    words = {
        OWN: "The plate is on file as the person's own vehicle.",
        HOUSEHOLD: "The plate is on file as a vehicle of the person's household.",
        COLLEAGUE: "The plate is on file as the vehicle of another member or of their household.",
    }.get(relation)
    return Flag(f"{relation}_plate", words) if words else None
