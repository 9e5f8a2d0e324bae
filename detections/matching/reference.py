"""The rules of matching in plain Python: slow, short, and what the statements are held against (``pairs``). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.plates import distance_one, fold
from hotlists.models import HotList, HotPlate

EXACT, LOOKALIKE, EDIT1, PARTIAL = "exact", "lookalike", "edit1", "partial"
# One character of a shorter plate is too much of it: nearly every plate would be near.
SHORTEST_EDITED = 5


@dataclass(frozen=True, slots=True)
class Read:
    """What matching asks of a read: what stands on it, and when it was captured."""

    plate: str
    state: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """What matching asks of a row of an imported list; all four make it the same entry in another import."""

    plate: str
    state: str = ""
    file_type: str = ""
    entry_number: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: its rows, and when it was live; ``until`` is None while it is."""

    rows: frozenset[Row]
    since: datetime
    until: datetime | None = None


def matches(plate: str, state: str, captured_at: datetime, hot_plate: HotPlate, at: datetime) -> bool:
    """Whether a read is a hit on this hand entry: exact normalised plate, no other state, live at capture and now."""
    return kind_of(Read(plate, state, captured_at), hot_plate, at) == EXACT


def kind_of(read: Read, entry: HotPlate, at: datetime) -> str:
    """What a read is to a hand entry: "exact" (a hit), "lookalike", "edit1", "partial", or "" for nothing."""
    if not agree(read.state, entry.state) or not _entered_live(entry, read.captured_at, at):
        return ""
    if entry.partial:
        return PARTIAL if fits(read.plate, entry.plate) else ""
    return _as_near_as(near(read.plate, entry.plate), entry.hot_list.near)


def kind_of_row(read: Read, row: Row, most: str, imports: Sequence[Imported]) -> str:
    """What a read is to a row of the live import of a list whose ``near`` is ``most``: look-alike at the nearest."""
    if not agree(read.state, row.state) or not _listed_live(row, read.captured_at, imports):
        return ""
    kind = near(read.plate, row.plate)
    return "" if kind == EDIT1 else _as_near_as(kind, most)


def near(plate: str, wanted: str) -> str:
    """How near two full plates are: the same, the same but for look-alikes, or one character off."""
    if plate == wanted:
        return EXACT
    if fold(plate) == fold(wanted):
        return LOOKALIKE
    return EDIT1 if len(wanted) >= SHORTEST_EDITED and distance_one(fold(plate), fold(wanted)) else ""


def fits(plate: str, pattern: str) -> bool:
    """As long as the partial plate, and equal wherever that knows a character. Look-alikes are not equal."""
    return len(plate) == len(pattern) and all(b in (a, "?") for a, b in zip(plate, pattern, strict=True))


def agree(first: str, second: str) -> bool:
    """Whether two states are the same where both are known."""
    return not first or not second or first == second


def _as_near_as(kind: str, most: str) -> str:
    shown = {
        HotList.Near.EXACT: (EXACT,),
        HotList.Near.LOOKALIKE: (EXACT, LOOKALIKE),
        HotList.Near.EDIT1: (EXACT, LOOKALIKE, EDIT1),
    }
    return kind if kind in shown[HotList.Near(most)] else ""


def _entered_live(entry: HotPlate, captured_at: datetime, at: datetime) -> bool:
    closed_at = entry.hot_list.closed_at
    return (
        entry.listed_digest is None
        and entry.withdrawn_at is None
        and entry.effective_from <= min(captured_at, at)
        and (entry.expires_at is None or entry.expires_at > max(captured_at, at))
        and (closed_at is None or closed_at > at)
    )


def _listed_live(row: Row, captured_at: datetime, imports: Iterable[Imported]) -> bool:
    """On the import that is live now, and on the one that was live at capture."""
    return any(one.until is None and row in one.rows for one in imports) and any(
        one.since <= captured_at and (one.until is None or captured_at < one.until) and row in one.rows
        for one in imports
    )
