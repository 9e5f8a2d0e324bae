"""A car that is seen again is counted, not told again: which pairs begin a finding and which join one. Pure.

A finding spans from its first read to the newest read counted to it. A read of the same hot plate at the same camera
joins it when it was captured within the profile's time of that span (``hit.fold_within``), be it of the same batch or
of an earlier one; where several would do, the one that begins last.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from detections.matching.pairs import Pair

Key = tuple[Hashable, ...]


@dataclass(slots=True)
class Finding:
    """A hit or a possible match: one that stands, by its id, or one that ``first`` begins; ``joined`` are new to it."""

    id: UUID | None
    since: datetime
    until: datetime
    informational: bool
    first: Pair | None = None
    joined: list[Pair] = field(default_factory=list)

    def takes(self, captured_at: datetime, within: timedelta) -> bool:
        """Whether a read of this instant joins it."""
        return self.since - within <= captured_at <= self.until + within

    def join(self, pair: Pair) -> None:
        """Count a read."""
        self.joined.append(pair)
        self.until = max(self.until, pair.captured_at)

    @property
    def last_seen(self) -> datetime | None:
        """Capture time of the newest read; None while there is but the first."""
        return self.until if self.joined else None


def fold(
    pairs: Iterable[Pair],
    standing: Iterable[tuple[Key, Finding]],
    key: Callable[[Pair], Key],
    within: timedelta | None,
) -> list[Finding]:
    """The findings these pairs begin or join, in order of capture. Without ``within`` each begins its own."""
    ordered = sorted(pairs, key=lambda pair: (pair.captured_at, pair.read, str(pair.hot_plate)))
    known: dict[Key, list[Finding]] = {}
    for place, finding in standing:
        known.setdefault(place, []).append(finding)
    for pair in ordered:
        there = known.setdefault(key(pair), [])
        there.sort(key=lambda one: (one.since, str(one.id)), reverse=True)
        fitting = (one for one in there if within is not None and one.takes(pair.captured_at, within))
        if (one := next(fitting, None)) is not None:
            one.join(pair)
        else:
            there.append(Finding(None, pair.captured_at, pair.captured_at, pair.special, first=pair))
    return [one for there in known.values() for one in there if one.first or one.joined]


def begun(findings: Sequence[Finding]) -> list[Finding]:
    """Those that are new."""
    return [one for one in findings if one.first]


def joined(findings: Sequence[Finding]) -> list[Finding]:
    """Those that stood before and were seen again."""
    return [one for one in findings if not one.first]
