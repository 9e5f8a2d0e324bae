"""An end to any query that runs too long, so that one search cannot hold up the house."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg.errors import QueryCanceled

SEARCH_LIMIT_MS = 5_000
_ends: ContextVar[float] = ContextVar("search_ends", default=math.inf)


class SearchTooSlow(Exception):
    """The database needed longer than a search may take; nothing was shown."""


@contextmanager
def time_limit(milliseconds: int | None = None, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Cancel each statement inside after so long (5 s unless said). Needs an open transaction; raises SearchTooSlow.

    ``using`` is the connection the statements run on. Many short ones come to an end too, see ``check_time``.
    """
    limit = SEARCH_LIMIT_MS if milliseconds is None else milliseconds
    before = _set(f"{limit}ms", using)
    ends = _ends.set(time.monotonic() + limit / 1000)
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
    finally:
        _ends.reset(ends)
    _set(before, using)


def check_time() -> None:
    """Begin no further statement once the time of all together is over: raises SearchTooSlow."""
    if time.monotonic() > _ends.get():
        raise SearchTooSlow


def _set(value: str, using: str) -> str:
    """Set the limit for the rest of this transaction; returns the one before."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [value]
        )
        return str(cursor.fetchone()[0])
