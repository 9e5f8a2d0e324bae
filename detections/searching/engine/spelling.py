# ruff: noqa: S608  (only texts of our own are put together; every value is bound)
"""Which plates a question asks for: as conditions, and as a list from the dictionary of all plates that any read has.

The dictionary has an index for a known beginning, end, look-alike fold, part of three characters (trigrams), and for
pairs of known places; whichever knows most narrows the plates down, then the whole pattern is checked.
"""

from collections import Counter

from audit.plates import ALPHABET, MAX_LENGTH, fold
from detections.searching.engine.sql import TRUE, Cursor, Sql, array
from detections.searching.question import Match, Question

FOLDED = "translate(d.plate, 'OQDILBSZG', '000118526')"
TOKENS = f"detections_plate_tokens({FOLDED})"
FEWEST_KNOWN = 2
_LIKE = str.maketrans("?*", "_%")
_CLASSES = {digit: "".join(sorted(c for c in ALPHABET if fold(c) == digit)) for digit in ALPHABET}


def decided(question: Question) -> Sql:
    """The condition on ``d.plate`` that decides; no index serves it, so that the planner is not tempted to (3.2)."""
    condition = _contains(question)
    if not question.plate:
        return condition
    if question.match is Match.EDIT1:
        return Sql(array("d.plate", "candidates", "text"), {"candidates": edits(question.plate)}) & condition
    if question.match is Match.PATTERN:
        subject, wanted = _subject(question.folded, question.plate)
        return Sql(f"({subject} || '') LIKE %(pattern)s", {"pattern": wanted.translate(_LIKE)}) & condition
    if question.match is Match.LOOKALIKE:
        return Sql(f"({FOLDED} || '') = %(fold)s", {"fold": fold(question.plate)}) & condition
    return Sql("(d.plate || '') = %(plate)s", {"plate": question.plate}) & condition


def indexed(question: Question) -> Sql | None:
    """The condition by which an index of the dictionary narrows the plates down; None if none knows enough."""
    if not question.plate:
        return None
    if question.match is Match.EXACT:
        return Sql("d.plate = %(exactly)s", {"exactly": question.plate})
    if question.match is Match.LOOKALIKE:
        return Sql(f"{FOLDED} = %(folding)s", {"folding": fold(question.plate)})
    if question.match is Match.EDIT1:
        return Sql(array("d.plate", "edits", "text"), {"edits": edits(question.plate)})
    return _narrowed(question.plate, folded=question.folded)


def plates_of(cursor: Cursor, question: Question, *, most: int, scan: bool = False) -> list[str] | None:
    """The plates of the dictionary that fit; None if there are more than ``most``, or only a scan would find them.

    ``scan`` reads the whole dictionary where no index helps: some 0.1 s for each million plates.
    """
    if question.match is Match.EXACT and question.plate and not question.containing:
        return [question.plate]
    condition = indexed(question)
    if condition is None and not scan:
        return None
    # An index of whole plates decides by itself; any other only narrows them down.
    decision = _contains(question) if condition and question.match is not Match.PATTERN else decided(question)
    values = (condition or TRUE).values | decision.values | {"most": most + 1}
    # Fenced: told of the limit, the planner would read the table from its beginning and hope.
    cursor.execute(
        f"WITH narrowed AS MATERIALIZED (SELECT d.plate FROM detections_plate d {_where(condition)})"
        f" SELECT d.plate FROM narrowed d {_where(decision)} LIMIT %(most)s",
        values,
    )
    found = [plate for (plate,) in cursor]
    return found if len(found) <= most else None


def share(question: Question) -> float:
    """Roughly which share of all reads fits: each known place lets one in 15 through, a loose character one in 4."""
    if not question.plate.strip("*") and not question.containing:
        return 1.0
    if question.plate and question.match is not Match.PATTERN:
        return 1e-6
    loose = len(question.containing)
    fixed = 0
    for run in question.plate.split("*"):
        known = sum(character != "?" for character in run)
        anchored = question.plate.startswith(run) or question.plate.endswith(run)
        loose += 0 if anchored else min(known, 1)
        fixed += known if anchored else max(known - 1, 0)
    return float(15.0**-fixed * 4.0**-loose)


def edits(plate: str) -> list[str]:
    """The plate and all that one character changed, added or left out makes of it: some 540 of seven characters."""
    heads = [(plate[:place], plate[place:]) for place in range(len(plate) + 1)]
    changed = {head + c + tail[1:] for head, tail in heads if tail for c in ALPHABET}
    shorter = {head + tail[1:] for head, tail in heads if tail}
    longer = {head + c + tail for head, tail in heads for c in ALPHABET} if len(plate) < MAX_LENGTH else set()
    return sorted((changed | shorter | longer | {plate}) - {""})


def _where(condition: Sql | None) -> str:
    return f"WHERE {condition.text}" if condition and condition.text else ""


def _subject(folded: bool, wanted: str) -> tuple[str, str]:
    return (FOLDED, fold(wanted)) if folded else ("d.plate", wanted)


def _contains(question: Question) -> Sql:
    """Each character somewhere, as often as it was named."""
    condition = TRUE
    subject, wanted = _subject(question.folded, question.containing)
    for number, (character, times) in enumerate(sorted(Counter(wanted).items())):
        like = {f"has_{number}": f"%{'%'.join(character * times)}%"}
        condition &= Sql(f"({subject} || '') LIKE %(has_{number})s", like)
    return condition


def _narrowed(pattern: str, *, folded: bool) -> Sql | None:
    """The best index for a pattern, by how many characters it goes by."""
    head, run = pattern.split("*")[0], pattern.replace("*", "?")
    start, end = run.split("?")[0], run.rsplit("?")[-1]
    places = {place: character for place, character in enumerate(head) if character != "?"}
    part = max(run.split("?"), key=len)
    ways = [
        (len(start), 4, lambda: _starting(start, folded=folded)),
        (len(places) if len(places) >= FEWEST_KNOWN else 0, 3, lambda: _paired(places)),
        (0 if folded else len(end), 2, lambda: _ending(end)),
        (len(part) - 1 if len(part) >= 3 else 0, 1, lambda: _holding(pattern, part, folded=folded)),
    ]
    known, _, way = max(ways, key=lambda one: one[:2])
    return way() if known >= FEWEST_KNOWN else None


def _starting(start: str, *, folded: bool) -> Sql:
    subject, start = _subject(folded, start)
    return Sql(f"{subject} >= %(start)s AND {subject} < %(start_ends)s", {"start": start, "start_ends": _after(start)})


def _ending(end: str) -> Sql:
    backwards = end[::-1]
    return Sql(
        "reverse(d.plate) >= %(tail)s AND reverse(d.plate) < %(tail_ends)s",
        {"tail": backwards, "tail_ends": _after(backwards)},
    )


def _after(text: str) -> str:
    """The first text, by bytes, that does not begin so."""
    return text[:-1] + chr(ord(text[-1]) + 1)


def _paired(places: dict[int, str]) -> Sql:
    """Pairs of the rarest known place with each other one.

    The first place says least (a series begins with the same digit for years) and is left to the check where three
    others are known: 0.19 ms instead of 0.48 in half a million plates.
    """
    known = {place: fold(character) for place, character in places.items()}
    if len(known) > 3:
        known.pop(0, None)
    rarest = max(known, key=lambda place: (place > 0, known[place].isalpha(), place))
    pairs = [sorted((rarest, place)) for place in known if place != rarest]
    return Sql(f"{TOKENS} @> %(tokens)s::int[]", {"tokens": [_token(i, known[i], j, known[j]) for i, j in pairs]})


def _token(i: int, first: str, j: int, second: str) -> int:
    """As ``detections_plate_tokens`` packs it (migration 0008)."""
    return ((i * 8 + j) * 128 + ord(first)) * 128 + ord(second)


def _holding(pattern: str, part: str, *, folded: bool) -> Sql:
    """By trigrams. Look-alikes as a regular expression: each of its variants has trigrams of its own."""
    if not folded:
        return Sql("d.plate LIKE %(holding)s", {"holding": pattern.translate(_LIKE)})
    return Sql("d.plate ~ %(holding)s", {"holding": "".join(f"[{_CLASSES[fold(c)]}]" for c in part)})
