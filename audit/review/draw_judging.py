"""The one pass over the queries of a period: strata and flags of each, in memory that does not grow with their number.

Each line is a row as COPY gives it (``frame_sql``). A million of them pass here, so what is rare is looked at closely
only where a cheap look finds something; the rules themselves are those of ``flags``.
"""

import hmac
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from audit.policy import Profile
from audit.registers.case_book import CaseBook
from audit.registers.duty_hours import DutyHours
from audit.registers.member_plates import relation_to
from audit.review.flags import plates_and_people, times_and_places, words_and_cases
from audit.review.flags.flag import Flag
from audit.review.flags.limits import Limits
from audit.review.frame_sql import unescaped
from audit.review.sizes import Smallest
from audit.review.strata import REPEATED, STRATA, Facts, strata_of

NO_CASE, REPEAT, OFF_SHIFT, OUTSIDE, WIDE, EXPORT = (1 << bit for bit in range(6))
COMBINATIONS = [strata_of(Facts(*(bool(bits & 1 << bit) for bit in range(6)))) for bits in range(64)]
_CSV = [(" ".join(names) + "\n").encode() for names in COMBINATIONS]
_PLATES_IN_JSON = re.compile(rb'"([A-Z0-9]{1,8})"')
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What queries are held against: registers and what is known of the whole period beforehand.

    ``often``: number of a person and plate -> times asked before the period; ``sudden``: (who, day) -> flag;
    ``places``: ledger index -> flag.
    """

    limits: Limits
    profile: Profile
    hours: DutyHours
    members: Mapping[bytes, list[tuple[str, str]]]
    member_key: bytes
    often: Mapping[bytes, list[float]]
    sudden: Mapping[tuple[bytes, bytes], Flag]
    places: Mapping[int, Flag]
    cases: CaseBook


@dataclass(slots=True)
class Judged:
    """What came out: of each stratum its smallest tickets, and the flags by query."""

    seed: str
    most: int
    count: int = 0
    flags: dict[Key, list[Flag]] = field(default_factory=lambda: defaultdict(list))
    bits: dict[Key, int] = field(default_factory=dict)
    strata: dict[str, Smallest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.strata = {name: Smallest(self.most) for name in STRATA}


class Judge:
    """Judges line by line; ``finish`` then judges what only the whole period tells."""

    def __init__(self, around: Surroundings, into: Judged, write: Callable[[bytes], None]) -> None:
        self.around, self.into, self._write = around, into, write
        self._pairs: dict[bytes, list[tuple[float, str, int, bytes, int]]] = defaultdict(list)
        self._same: dict[tuple[bytes, bytes], tuple[set[bytes], list[tuple[int, int]]]] = {}
        self._day = b""
        words = {word for one in around.profile.prohibitions for word in one.words}
        self._forbidden = re.compile("|".join(map(re.escape, sorted(words))) or r"(?!)").search

    def judge(self, source: str, lines: Iterable[list[bytes]]) -> None:
        """All queries of one source, in the order of time."""
        around, hours = self.around, self.around.hours
        for line in lines:
            (
                ref_text,
                digest,
                at_text,
                who,
                plate,
                pair,
                package,
                reason,
                case,
                action,
                outcome,
                outside,
                wide,
                day,
            ) = line
            ref, at = int(ref_text), float(at_text)
            bits = (
                (NO_CASE if not case else 0)
                | (OUTSIDE if outside == b"t" else 0)
                | (WIDE if wide == b"t" else 0)
                | (EXPORT if action != b"search.run" else 0)
            )
            away = hours.away(who.decode(), at) if hours.starts else None
            if away is not None:
                bits |= OFF_SHIFT
                self._flag(source, ref, times_and_places.off_shift(None if away == float("inf") else away))
            if around.members and (plate or package):
                self._member(source, ref, who, plate, package)
            if reason != b"\\N":
                self._reason(source, ref, reason, outcome)
                if plate and who and reason:
                    self._copied(source, (ref, bits), (who, plate), reason, day)
            if case and around.cases.known and (standing := around.cases.standing(case, who, at, day)):
                self._flag(source, ref, words_and_cases.case(standing))
            if around.sudden and (found := around.sudden.get((who, day))):
                self._flag(source, ref, found)
            if source == "ledger" and ref in around.places:
                self._flag(source, ref, around.places[ref])
            if plate and who and pair in around.often:
                self._pairs[pair].append((at, source, ref, digest, bits))
            else:
                self._settle(source, ref, digest, bits)
        self._end_of_day(source)

    def finish(self) -> None:
        """Queries for one plate again and again, counted over both sources."""
        limits = self.around.limits
        reach = limits.repeat_days * 86_400
        for pair, asked in self._pairs.items():
            asked.sort()
            times = sorted([*self.around.often[pair], *(one[0] for one in asked)])
            for place, (at, source, ref, digest, bits) in enumerate(asked, len(times) - len(asked)):
                first = bisect_left(times, at - reach)
                count = place + 1 - first
                if count >= REPEATED:
                    bits |= REPEAT
                self._flag(source, ref, plates_and_people.repeated(count, at - times[first], limits))
                self._settle(source, ref, digest, bits)
        into = self.into
        into.flags = {key: found for key, found in into.flags.items() if found}

    def _settle(self, source: str, ref: int, digest: bytes, bits: int) -> None:
        """The query's strata are known: into the frame, and a ticket for each stratum."""
        into = self.into
        into.count += 1
        self._write(b"%b,%d,%b,%b" % (source.encode(), ref, digest, _CSV[bits]))
        for name in COMBINATIONS[bits]:
            number = sha256(f"{into.seed}\n{name}\n{source}\n{ref}".encode()).digest()
            into.strata[name].offer(number, source, ref, bits)
        if (source, ref) in into.flags:
            into.bits[source, ref] = bits

    def _flag(self, source: str, ref: int, flag: Flag | None) -> None:
        if flag:
            self.into.flags[source, ref].append(flag)

    def _member(self, source: str, ref: int, who: bytes, plate: bytes, package: bytes) -> None:
        members, key = self.around.members, self.around.member_key
        if not package:
            if owners := members.get(hmac.digest(key, plate, "sha256")):
                self._flag(source, ref, plates_and_people.close_to_home(relation_to(who.decode(), owners) or ""))
            return
        digests = (hmac.digest(key, one, "sha256") for one in _PLATES_IN_JSON.findall(package))
        found = {relation_to(who.decode(), members[digest]) for digest in digests if digest in members}
        for relation in sorted(filter(None, found)):
            self._flag(source, ref, plates_and_people.close_to_home(relation))

    def _reason(self, source: str, ref: int, raw: bytes, outcome: bytes) -> None:
        text = unescaped(raw) or ""
        low = text.lower()
        if not text.isascii() or self._forbidden(low):
            self._flag(source, ref, words_and_cases.prohibited(text, self.around.profile))
        # A refused search of vague words ran into the gate; what is looked for is what went by it.
        if outcome != b"refused" and words_and_cases.may_be_vague(low.split()):
            self._flag(source, ref, words_and_cases.vague(text, self.around.profile))

    def _copied(
        self, source: str, query: tuple[int, int], pair: tuple[bytes, bytes], reason: bytes, day: bytes
    ) -> None:
        if day != self._day:
            self._end_of_day(source)
            self._day = day
        who, plate = pair
        different, queries = self._same.setdefault((who, b" ".join(reason.lower().split())), (set(), []))
        different.add(plate)
        queries.append(query)

    def _end_of_day(self, source: str) -> None:
        for different, queries in self._same.values():
            if flag := words_and_cases.copied(len(different), self.around.limits):
                for ref, bits in queries:
                    self._flag(source, ref, flag)
                    self.into.bits.setdefault((source, ref), bits)
        self._same.clear()
