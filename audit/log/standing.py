"""Whether the checkpoints that were signed still stand: each held against the log as it is now."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection

from audit.log import kept_file, keys, notes
from audit.models import Checkpoint, LedgerEntry

# The newest so many are verified by signature as well; the others by what their rows and their text say.
NEWEST = 5000
MOST_WORDS = 10
UNEQUAL = """
    SELECT c.origin, c.size FROM audit_checkpoint c
    LEFT JOIN audit_ledgerentry e ON e.index = c.size - 1
    WHERE e.root IS DISTINCT FROM c.root
       OR NOT starts_with(c.note, c.origin || E'\\n' || c.size || E'\\n' || encode(c.root, 'base64') || E'\\n\\n')
    ORDER BY c.size LIMIT %s
"""


def mismatches() -> list[str]:
    """In a sentence each, up to ten checkpoints that the log does not bear out. Empty when all stand."""
    found = [*_in_database(), *islice(_signatures(), MOST_WORDS), *islice(_in_file(), MOST_WORDS)]
    return found[:MOST_WORDS]


def _in_database() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(UNEQUAL, [MOST_WORDS])
        for origin, size in cursor.fetchall():
            yield f"the checkpoint of {origin} over {size} records is not what the log gives there"


def _signatures() -> Iterator[str]:
    known: dict[str, list[tuple[str, bytes]]] = {}
    for row in Checkpoint.objects.order_by("-pk")[:NEWEST]:
        try:
            notes.verify(row.note, _keys(known, row.origin))
        except notes.BadNote as error:
            yield f"the checkpoint of {row.origin} over {row.size} records: {error}"


def _keys(known: dict[str, list[tuple[str, bytes]]], origin: str) -> list[tuple[str, bytes]]:
    if origin not in known:
        known[origin] = keys.known(origin)
    return known[origin]


def _in_file() -> Iterator[str]:
    path = Path(settings.CHECKPOINT_FILE) if settings.CHECKPOINT_FILE else None
    if path is None or not path.exists():
        return
    for heads in _lots(map(notes.head_of, kept_file.every(path)), 2000):
        ends = LedgerEntry.objects.filter(index__in=[head.size - 1 for head in heads])
        roots = {index + 1: bytes(root) for index, root in ends.values_list("index", "root")}
        for head in heads:
            if roots.get(head.size) != head.root:
                yield f"the file outside has a checkpoint over {head.size} records that the log does not bear out"


def _lots(heads: Iterable[notes.Head], size: int) -> Iterator[list[notes.Head]]:
    rest = iter(heads)
    while lot := list(islice(rest, size)):
        yield lot
