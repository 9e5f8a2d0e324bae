"""Number plates as text: one written form for storing, searching and comparing. Pure, no database.

A stored plate is 1 to 8 characters of A-Z and 0-9. Everything that people and cameras put between the
characters (spaces, dashes, dots) is dropped; everything else is refused and named, since a look-alike letter
from another alphabet would match nothing and nobody would see why.
"""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

MAX_LENGTH = 8
# Longer text is not a plate with some dashes in it; refusing early keeps hostile input cheap.
MAX_TYPED = 64

SEPARATORS = frozenset(" \u00a0\u3000-\u2010\u2011\u2012\u2013\u2014.\u00b7\u2022")
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
# The look-alike fold of the search index: each class of characters that readers mix up becomes its digit.
LOOK_ALIKES = str.maketrans("OQDILBSZG", "000118526")
MASK = "\u2022"

_AGAIN = "Type the plate again by hand."
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_FOREIGN_ALPHABETS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
_INVISIBLE = frozenset({"Cf", "Cc", "Zl", "Zp", "Mn", "Me"})


class PlateError(ValueError):
    """A text that is no plate. `reason` is for people; `position` counts from 1 in the text as typed."""

    def __init__(self, reason: str, position: int | None = None, character: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position
        self.character = character


class StateError(ValueError):
    """A text that names no US state, district or territory."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def normalise(text: str) -> str:
    """The one written form of a plate, e.g. `0dem-123` -> `0DEM123`; raises `PlateError`."""
    if not isinstance(text, str):
        raise PlateError("A plate is text.")
    if len(text) > MAX_TYPED:
        raise PlateError(f"That is {len(text)} characters. A plate has at most {MAX_LENGTH}.", MAX_TYPED + 1)
    kept = [
        (position, _letter_or_digit(character, position))
        for position, character in enumerate(text, start=1)
        if character not in SEPARATORS
    ]
    if not kept:
        raise PlateError("The plate is empty. Type its letters and digits.")
    if len(kept) > MAX_LENGTH:
        position, extra = kept[MAX_LENGTH]
        raise PlateError(
            f"A plate has at most {MAX_LENGTH} characters; this has {len(kept)}. "
            f"\u201c{extra}\u201d at place {position} is one too many.",
            position,
            extra,
        )
    return "".join(character for _, character in kept)


def fold(plate: str) -> str:
    """The plate with look-alikes made equal (O, Q, D to 0; I, L to 1; B to 8; S to 5; Z to 2; G to 6)."""
    return plate.translate(LOOK_ALIKES)


def distance_one(first: str, second: str) -> bool:
    """Whether exactly one edit (a character changed, added or left out) turns one plate into the other."""
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1 or first == second:
        return False
    at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    if len(first) == len(second):
        return first[at + 1 :] == second[at + 1 :]
    return first[at:] == second[at + 1 :]


def is_plausible(plate: str) -> bool:
    """Whether it looks like an ordinary US plate: 4 to 8 characters, one a digit. Ranks, never refuses."""
    return 4 <= len(plate) <= MAX_LENGTH and set(plate) <= ALPHABET and any(c.isdigit() for c in plate)


def mask(plate: str) -> str:
    """The plate for screens that need not show it: first and last character only, all hidden below three."""
    if len(plate) < 3:
        return MASK * len(plate)
    return plate[0] + MASK * (len(plate) - 2) + plate[-1]


def normalise_state(text: str | None) -> str:
    """The code of a state (`ca`, `us-ca`, `California` -> `CA`), `""` for none; raises `StateError`."""
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > MAX_TYPED:
        raise StateError("A state is a two-letter code such as CA.")
    wanted = " ".join(text.split()).upper()
    wanted = wanted.removeprefix("US-").removeprefix("US_")
    if not wanted or wanted in US_STATES:
        return wanted
    if wanted in _STATE_CODES:
        return _STATE_CODES[wanted]
    raise StateError("That is no US state or territory. Use its two-letter code, such as CA.")


def _letter_or_digit(character: str, position: int) -> str:
    """The character as stored. Case is only folded within ASCII: a dotless i has an ASCII upper case."""
    plain = unicodedata.normalize("NFKC", character) if ord(character) in _FULL_WIDTH else character
    if plain.isascii() and plain.upper() in ALPHABET:
        return plain.upper()
    raise PlateError(_why_not(character, position), position, character)


def _why_not(character: str, position: int) -> str:
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    if unicodedata.category(character) in _INVISIBLE:
        return f"There is an invisible character at place {position} ({_words(name)}). {_AGAIN}"
    if unicodedata.category(character) == "Cs":
        return f"The character at place {position} is broken ({name}). {_AGAIN}"
    if name.startswith(_FOREIGN_ALPHABETS):
        return f"\u201c{character}\u201d at place {position} is a {_words(name)}: not one of ours. {_AGAIN}"
    return f"\u201c{character}\u201d at place {position} ({_words(name)}) cannot be on a plate: only A to Z and 0 to 9."


def _words(name: str) -> str:
    """`CYRILLIC CAPITAL LETTER A` as people write it: the alphabet's name and the letter stay in capitals."""
    first, *rest = name.split()
    if name.startswith(_FOREIGN_ALPHABETS):
        return " ".join([first.capitalize(), *(word.lower() for word in rest[:-1]), *rest[-1:]])
    return name if name.startswith("U+") else name.lower()


US_STATES: Mapping[str, str] = MappingProxyType(
    {
        "AL": "Alabama",
        "AK": "Alaska",
        "AZ": "Arizona",
        "AR": "Arkansas",
        "CA": "California",
        "CO": "Colorado",
        "CT": "Connecticut",
        "DE": "Delaware",
        "DC": "District of Columbia",
        "FL": "Florida",
        "GA": "Georgia",
        "HI": "Hawaii",
        "ID": "Idaho",
        "IL": "Illinois",
        "IN": "Indiana",
        "IA": "Iowa",
        "KS": "Kansas",
        "KY": "Kentucky",
        "LA": "Louisiana",
        "ME": "Maine",
        "MD": "Maryland",
        "MA": "Massachusetts",
        "MI": "Michigan",
        "MN": "Minnesota",
        "MS": "Mississippi",
        "MO": "Missouri",
        "MT": "Montana",
        "NE": "Nebraska",
        "NV": "Nevada",
        "NH": "New Hampshire",
        "NJ": "New Jersey",
        "NM": "New Mexico",
        "NY": "New York",
        "NC": "North Carolina",
        "ND": "North Dakota",
        "OH": "Ohio",
        "OK": "Oklahoma",
        "OR": "Oregon",
        "PA": "Pennsylvania",
        "RI": "Rhode Island",
        "SC": "South Carolina",
        "SD": "South Dakota",
        "TN": "Tennessee",
        "TX": "Texas",
        "UT": "Utah",
        "VT": "Vermont",
        "VA": "Virginia",
        "WA": "Washington",
        "WV": "West Virginia",
        "WI": "Wisconsin",
        "WY": "Wyoming",
        "AS": "American Samoa",
        "GU": "Guam",
        "MP": "Northern Mariana Islands",
        "PR": "Puerto Rico",
        "VI": "US Virgin Islands",
    }
)
_STATE_CODES = {name.upper(): code for code, name in US_STATES.items()}
