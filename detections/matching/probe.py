"""Which plates of a batch stand at or near any entry at all: almost none, so that few reads need to be matched.

Two ways to the server: what is live (imports by number, partial entries), then one index probe for each plate and each
live list, in one statement. The numbers stand in the statement's text, so that the planner leaves all other imports
out. It plans anew each time (0.3 ms): a plan kept from when there was no entry would look through all of them for each
plate. Each probe is a subquery with a limit, which is never turned into a join: a join would read the whole list (24 ms
of a batch's 200 were such a scan).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg import sql

from audit.plates import LOOK_ALIKES
from detections.ingest.wire import server_cursor

# As audit.plates.fold. Both sides of every comparison sort by bytes: with another order no index serves.
FOLD: LiteralString = "translate({}, 'OQDILBSZG', '000118526')"

# A list that was closed looks for nothing any more.
_LIVE = """
    SELECT i.id, i.hot_list_id, i.live_from, NULL::uuid, NULL::text
    FROM hotlists_hotlist l JOIN hotlists_hotlistimport i ON i.id = l.live_import_id
    WHERE l.closed_at IS NULL OR l.closed_at > %(at)s
    UNION ALL
    SELECT NULL, NULL, NULL, h.id, h.plate FROM hotlists_hotplate h
    WHERE h.partial AND h.withdrawn_at IS NULL AND (h.expires_at IS NULL OR h.expires_at > %(at)s)
"""
_PROBE = """
    SELECT f.fold FROM unnest(string_to_array(%(folds)s::text, ' ')) AS f (fold)
    WHERE (SELECT 1 FROM hotlists_nearkey k WHERE k.fold = f.fold COLLATE "C" LIMIT 1) IS NOT NULL
"""
_LISTED = """ OR (SELECT 1 FROM hotlists_listedplate p WHERE p.import_id = {number}
    AND translate(p.plate, 'OQDILBSZG', '000118526') = f.fold COLLATE "C" LIMIT 1) IS NOT NULL
"""


class LiveImport(NamedTuple):
    """An import whose rows are live: its number, its list, and since when."""

    number: int
    hot_list: int
    live_from: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """What is looked for at an instant beside full hand entries; partial entries by their pattern."""

    imports: tuple[LiveImport, ...]
    partials: dict[str, list[UUID]]

    def fitting(self, plates: Iterable[str]) -> set[str]:
        """The plates that fit a partial entry: as long, and equal wherever a character is known."""
        if not self.partials:
            return set()
        # All in one go: one call for each plate took longer than to look them up.
        patterns = "|".join(pattern.replace("?", ".") for pattern in self.partials)
        return set(re.findall(f"^(?:{patterns})$", "\n".join(plates), re.MULTILINE))


def live_at(at: datetime) -> Live:
    """What is live now, in one query: a few rows."""
    imports, partials = [], dict[str, list[UUID]]()
    with server_cursor() as cursor:
        for number, hot_list, live_from, entry, plate in cursor.execute(_LIVE, {"at": at}):
            if entry is None:
                imports.append(LiveImport(number, hot_list, live_from))
            else:
                partials.setdefault(plate, []).append(entry)
    return Live(tuple(sorted(imports)), partials)


def hot_among(plates: Iterable[str], *, at: datetime) -> set[str]:
    """Which of these plates have to be matched, at an instant. It may let too much through, never too little."""
    wanted = list(plates)
    if not wanted:
        return set()
    live = live_at(at)
    folds = " ".join(wanted).translate(LOOK_ALIKES).split(" ")
    # Each once and in order, so that one probe finds the pages of the one before at hand.
    asked = " ".join(sorted(dict.fromkeys(folds)))
    with server_cursor() as cursor:
        hot = {fold for (fold,) in cursor.execute(_statement(live.imports), {"folds": asked}, prepare=False)}
    found = {plate for plate, fold in zip(wanted, folds, strict=True) if fold in hot} if hot else set()
    return found | live.fitting(wanted)


@lru_cache(maxsize=32)
def _statement(imports: tuple[LiveImport, ...]) -> bytes:
    """The probe of these lists, as text ready to send."""
    listed = [sql.SQL(_LISTED).format(number=sql.Literal(one.number)) for one in imports]
    return (sql.SQL(_PROBE) + sql.SQL("").join(listed)).as_bytes(None)
