"""Stop a running search in the database itself.

While a search's statements run, its connection carries the search's ticket as its name (``application_name``), which
the database shows at once to whoever asks: so any web process can find the backend, and cancel that one alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from psycopg.errors import QueryCanceled

from audit import ledger
from audit.actions import Action
from audit.asker import Asker

PURPOSE = "stop a search"
_RUNNING = """
SELECT pid FROM pg_stat_activity
WHERE application_name = %(name)s AND usename = current_user AND state = 'active' AND pid <> pg_backend_pid()
"""
_CANCEL = """
SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
WHERE application_name = %(name)s AND usename = current_user AND state = 'active' AND pid <> pg_backend_pid()
"""
_ENTER = "SELECT current_setting('application_name'), set_config('application_name', %(name)s, true)"
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 525))"
_LEAVE = """
SELECT pg_advisory_xact_lock_shared(hashtextextended(%(name)s, 525)),
       set_config('application_name', %(before)s, true)
"""


class SearchStopped(Exception):
    """The person who asked has stopped the search; nothing was shown."""


@contextmanager
def stoppable(by: Asker, ticket: UUID | None, *, using: str) -> Iterator[None]:
    """Let ``stop_search`` end the statements inside. Needs an open transaction; raises SearchStopped when it did.

    Leaving waits for one who is about to cancel, so that a late cancel never meets what the connection does next.
    """
    if ticket is None:
        yield
        return
    values = {"name": _name(by, ticket)}
    with connections[using].cursor() as cursor:
        cursor.execute(_ENTER, values)
        values["before"] = cursor.fetchone()[0]
    try:
        yield
        with connections[using].cursor() as cursor:
            cursor.execute(_LEAVE, values)
    except OperationalError as error:
        cancelled = error.__cause__
        if isinstance(cancelled, QueryCanceled) and "timeout" not in (cancelled.diag.message_primary or ""):
            raise SearchStopped from error
        raise


def stop_search(*, by: Asker, at: datetime, ticket: UUID) -> bool:
    """Cancel the person's own search of this ticket wherever it runs. False, and no record, where none runs."""
    name = _name(by, ticket)
    running = [alias for alias in connections if _running(name, alias)]
    if not running:
        return False
    with ledger.act(Action.SEARCH_CANCEL, by=by, at=at, purpose=PURPOSE, query={"ticket": str(ticket)}) as record:
        stopped = sum(_cancel(name, alias) for alias in running)
        record.detail = {"stopped": stopped}
    return stopped > 0


def _name(by: Asker, ticket: UUID) -> str:
    """The ticket of one person's search: nobody stops another's."""
    return f"search {by.user.pk if by.user else 0} {ticket.hex}"


def _running(name: str, alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(_RUNNING, {"name": name})
            return cursor.fetchone() is not None
    except OperationalError:
        if alias == DEFAULT_DB_ALIAS:
            raise
        return False  # a replica that is away runs no search


def _cancel(name: str, alias: str) -> int:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(_HOLD, {"name": name})
        cursor.execute(_CANCEL, {"name": name})
        return int(cursor.fetchone()[0])
