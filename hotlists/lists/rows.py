"""The rows of an import, which no model maps: counted by kind, and looked up by one plate. SQL, set-based."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from audit import plates
from hotlists.models import HotPlate

MOST_FOUND = 50

_COUNTS = """
    SELECT category, file_type, count(*) FROM hotlists_listedplate WHERE import_id = %s
    GROUP BY category, file_type ORDER BY count(*) DESC, category, file_type
"""
# By the one index of a partition, which is on the folded plate; the plate itself decides.
_FOUND = """
    SELECT plate, state, category, file_type, system, entry_number, vehicle, reason, entered_on
    FROM hotlists_listedplate
    WHERE import_id = %s AND translate(plate, 'OQDILBSZG', '000118526') = %s AND plate = %s
    ORDER BY line LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many rows there are of one category and file type."""

    category: str
    file_type: str
    rows: int

    @property
    def words(self) -> str:
        """The category as people say it."""
        known = dict(HotPlate.Category.choices)
        return str(known.get(self.category, self.category or "Not said"))


@dataclass(frozen=True, slots=True)
class ListedPlate:
    """A row of an imported list."""

    plate: str
    state: str
    category: str
    file_type: str
    system: str
    entry_number: str
    vehicle: str
    reason: str
    entered_on: date | None

    @property
    def words(self) -> str:
        """The category as people say it."""
        return str(dict(HotPlate.Category.choices).get(self.category, self.category))


def count_by_kind(import_id: int) -> list[KindCount]:
    """The rows of an import by category and file type, the most first. Reads the whole partition."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [import_id])
        return [KindCount(*row) for row in cursor.fetchall()]


def find_plate(import_id: int, plate: str) -> list[ListedPlate]:
    """The rows of an import with exactly this plate (normalised), in the file's order; at most ``MOST_FOUND``."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [import_id, plates.fold(plate), plate, MOST_FOUND])
        return [ListedPlate(*row) for row in cursor.fetchall()]
