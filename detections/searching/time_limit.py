"""An end to any query that runs too long, so that one search cannot hold up the house."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg.errors import QueryCanceled

SEARCH_LIMIT_MS = 5_000


class SearchTooSlow(Exception):
    """The database needed longer than a search may take; nothing was shown."""


@contextmanager
def time_limit(milliseconds: int | None = None, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Cancel each statement inside after so long (5 s unless said). Needs an open transaction; raises SearchTooSlow.

    ``using`` is the connection the statements run on.
    """
    limit = SEARCH_LIMIT_MS if milliseconds is None else milliseconds
    before = _set(f"{limit}ms", using)
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
    _set(before, using)


def _set(value: str, using: str) -> str:
    """Set the limit for the rest of this transaction; returns the one before."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [value]
        )
        return str(cursor.fetchone()[0])
