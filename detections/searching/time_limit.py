"""An end to any query that runs too long, so that one search cannot hold up the house."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

SEARCH_LIMIT_MS = 5_000


class SearchTooSlow(Exception):
    """The database needed longer than a search may take; nothing was shown."""


@contextmanager
def time_limit(milliseconds: int | None = None) -> Iterator[None]:
    """Cancel each statement inside after so long (5 s unless said). Needs an open transaction; raises SearchTooSlow."""
    limit = SEARCH_LIMIT_MS if milliseconds is None else milliseconds
    before = _set(f"{limit}ms")
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
    _set(before)


def _set(value: str) -> str:
    """Set the limit for the rest of this transaction; returns the one before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [value]
        )
        return str(cursor.fetchone()[0])
