"""How many queries of a stratum are drawn, and how: pure, and the same as ``audit/verifier/redraw_sample.py`` does it.

Version 1: of each stratum the queries with the smallest ``SHA-256(seed LF stratum LF source LF ref)``, in text.
"""

import hashlib
from dataclasses import dataclass, field

METHOD = 1
# Ticket, source, ref, and the bits of its strata.
Chosen = tuple[bytes, str, int, int]


def size_of(count: int, *, least: int, percent: int) -> int:
    """How many of ``count`` are drawn: ``least``, or ``percent`` in a hundred (rounded up) where that is more."""
    return min(count, max(least, -(-count * percent // 100)))


def ticket(seed: str, stratum: str, source: str, ref: int) -> bytes:
    """What decides whether a query is drawn: nobody can know it before the seed, anyone can make it after."""
    return hashlib.sha256(f"{seed}\n{stratum}\n{source}\n{ref}".encode()).digest()


@dataclass(slots=True)
class Smallest:
    """The smallest tickets of one stratum, of which at most ``most`` can be wanted in the end."""

    most: int
    count: int = 0
    kept: list[Chosen] = field(default_factory=list)
    _above: bytes = b"\xff" * 33

    def offer(self, number: bytes, source: str, ref: int, bits: int = 0) -> None:
        """One query of the stratum."""
        self.count += 1
        if number < self._above:
            self.kept.append((number, source, ref, bits))
            if len(self.kept) > 2 * self.most + 64:
                self._cut()

    def chosen(self, *, least: int, percent: int) -> list[Chosen]:
        """Those drawn, in the order of their tickets."""
        return sorted(self.kept)[: size_of(self.count, least=least, percent=percent)]

    def _cut(self) -> None:
        self.kept.sort()
        del self.kept[self.most :]
        self._above = self.kept[-1][0]
