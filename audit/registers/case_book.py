"""The register of cases as a draw holds queries against it: in memory, as large as the register and no larger."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.models import CaseAssignment, CaseFile

UNKNOWN, CLOSED, OTHERS = "unknown", "closed", "others"
FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class CaseBook:
    """Case numbers as bytes; ``closed`` the first day on which a case was closed, as 2026-11-22; ``people`` who worked
    on it, (id, from, until) in epoch seconds; ``taken_in_at`` when the register was last fed."""

    known: frozenset[bytes]
    closed: Mapping[bytes, bytes]
    people: Mapping[bytes, list[tuple[bytes, float, float]]]
    taken_in_at: datetime | None
    fed: float

    def standing(self, number: bytes, who: bytes, at: float, day: bytes) -> str:
        """How the case stood for the person at the instant; "" where nothing is odd. A case that the register cannot
        know yet, or whose number was destroyed, is not odd."""
        if number not in self.known:
            return UNKNOWN if at <= self.fed and number != b"\\N" else ""
        closed = self.closed.get(number)
        if closed is not None and closed <= day:
            return CLOSED
        working = [user for user, start, end in self.people.get(number, ()) if start <= at < end]
        return OTHERS if working and who not in working else ""


def case_book() -> CaseBook:
    """The whole register. Two queries."""
    known, closed = set(), {}
    last: datetime | None = None
    for number, closed_on, taken_in_at in CaseFile.objects.values_list("number", "closed_on", "taken_in_at").iterator():
        key = number.encode()
        known.add(key)
        last = max(last, taken_in_at) if last else taken_in_at
        if closed_on:
            closed[key] = closed_on.isoformat().encode()
    people: dict[bytes, list[tuple[bytes, float, float]]] = defaultdict(list)
    rows = CaseAssignment.objects.values_list("case__number", "user_id", "starts_at", "ends_at")
    for number, user, start, end in rows.iterator():
        people[number.encode()].append((str(user).encode(), start.timestamp(), end.timestamp() if end else FOREVER))
    fed = last.timestamp() if last else -FOREVER
    return CaseBook(frozenset(known), closed, dict(people), last, fed)
