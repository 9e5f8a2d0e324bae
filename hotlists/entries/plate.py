"""The plate of an entry: full, or partial with ``?`` for each unknown character. Pure."""

from audit import plates

UNKNOWN = "?"
_TYPED = str.maketrans({"？": UNKNOWN, "¿": UNKNOWN})


def is_partial(text: str) -> bool:
    """Whether some of its characters are unknown."""
    return UNKNOWN in text.translate(_TYPED)


def normalise(text: str) -> str:
    """The one written form of a full or partial plate, e.g. ``0de?-12?`` -> ``0DE?12?``; raises ``PlateError``."""
    typed = text.translate(_TYPED)
    if UNKNOWN not in typed:
        return plates.normalise(typed)
    try:
        known = plates.normalise(typed.replace(UNKNOWN, "0"))
    except plates.PlateError as error:
        stood_in = error.position is not None and typed[error.position - 1 : error.position] == UNKNOWN
        if not stood_in:
            raise
        reason = error.reason.replace("\u201c0\u201d", f"\u201c{UNKNOWN}\u201d")
        raise plates.PlateError(reason, error.position, UNKNOWN) from None
    kept = [character for character in typed if character not in plates.SEPARATORS]
    return "".join(UNKNOWN if asked == UNKNOWN else letter for asked, letter in zip(kept, known, strict=True))


def known_characters(plate: str) -> int:
    """How many characters of a normalised plate are known."""
    return len(plate) - plate.count(UNKNOWN)
