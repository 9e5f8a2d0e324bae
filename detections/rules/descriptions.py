"""Whether two descriptions of a vehicle speak of the same one (D.6.a(3)). Warns, never refuses."""

import re

_COLOURS = {
    name: colour
    for colour, names in {
        "black": "black blk",
        "white": "white wht",
        "grey": "grey gray gry silver sil slv",
        "red": "red maroon burgundy",
        "blue": "blue blu navy",
        "green": "green grn",
        "brown": "brown brn tan beige gold gld bronze",
        "yellow": "yellow yel",
        "orange": "orange ong",
        "purple": "purple ple",
    }.items()
    for name in names.split()
}
_BODIES = {
    name: body
    for body, names in {
        "car": "sedan coupe hatchback wagon convertible 2dr 4dr",
        "suv": "suv crossover",
        "truck": "truck pickup",
        "van": "van minivan",
        "motorcycle": "motorcycle motorbike",
    }.items()
    for name in names.split()
}
_FILLER_WORDS = "a an the and or with of car vehicle auto dark light older newer unknown unk possibly door"
_FILLER = frozenset(_FILLER_WORDS.split())


def description_differs(entered: str, seen: str) -> str:
    """What differs in words ("colour: white / black"), or "" where nothing named in both disagrees."""
    first, second = _facts(entered), _facts(seen)
    differences = [
        f"{name}: {' '.join(sorted(first[name]))} on the entry, {' '.join(sorted(second[name]))} seen"
        for name in ("colour", "body", "make or model")
        if first[name] and second[name] and not first[name] & second[name]
    ]
    return "; ".join(differences)


def _facts(text: str) -> dict[str, set[str]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    colours = {_COLOURS[word] for word in words if word in _COLOURS}
    bodies = {_BODIES[word] for word in words if word in _BODIES}
    known = _FILLER | _COLOURS.keys() | _BODIES.keys()
    rest = {word for word in words if word not in known and not re.fullmatch(r"(?:19|20)\d\d", word)}
    return {"colour": colours, "body": bodies, "make or model": rest}
