"""What a flag is, and the list of all."""

from typing import NamedTuple

TITLES = {
    "repeat_plate": "One plate again and again",
    "own_plate": "Own vehicle",
    "household_plate": "Vehicle of the household",
    "colleague_plate": "A colleague's vehicle",
    "off_shift": "Outside of duty hours",
    "vague_reason": "Vague reason",
    "copied_reason": "Copied reason",
    "case_unknown": "Unknown case",
    "case_closed": "Closed case",
    "case_of_others": "Somebody else's case",
    "prohibited_words": "Words of a forbidden use",
    "sudden_volume": "Sudden volume",
    "two_places": "Two places at once",
}


class Flag(NamedTuple):
    """Why a query is looked at: a code of ``TITLES``, and the explanation in figures."""

    code: str
    words: str

    def as_json(self) -> dict[str, str]:
        """As ``InspectedQuery.flags`` keeps it."""
        return {"code": self.code, "words": self.words}


def counted(number: int, noun: str) -> str:
    """ "1 day", "12 days", "no days"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if number else f"no {noun}s"


def span_words(seconds: float) -> str:
    """A length of time in the largest unit that says it without a fraction of a day: "40 seconds", "12 days"."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return counted(round(seconds / length), unit)
    return counted(max(1, round(seconds)), "second")
