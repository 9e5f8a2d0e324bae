"""How long one statement may wait for the database before it is given up, on this side of the connection.

The server's own limits (``lock_timeout``, ``statement_timeout``) end nothing where the server itself has stopped: then
no answer ever comes. So every connection waits with a limit where one is set, and is closed when it runs out; what
waited gets an OperationalError and the outside a 503.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar, Token
from types import MethodType
from typing import Any

import psycopg
from django.db.backends.signals import connection_created
from psycopg.errors import _WaitTimeout

WEB_SECONDS = 12.0  # a request's statement; a search's own limit, 5 s, ends before
TASK_SECONDS = 60.0  # one of verification's: a few thousand rows
APPEND_SECONDS = 8.0  # a record's; the log's lock is waited for 4 s at most
PROBE_SECONDS = 5.0

_limit: ContextVar[float | None] = ContextVar("seconds_a_statement_may_wait", default=None)


@contextlib.contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Give up each statement inside after so many seconds, or after what was set around, if that is less."""
    around = _limit.get()
    token = _limit.set(seconds if around is None else min(seconds, around))
    try:
        yield
    finally:
        _limit.reset(token)


def begin(seconds: float) -> Token[float | None]:
    """Bound what follows in this thread; ``end`` takes the token."""
    return _limit.set(seconds)


def end(token: Token[float | None]) -> None:
    """What was set before holds again."""
    _limit.reset(token)


def _wait(self: "psycopg.Connection[Any]", gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
    given = _limit.get() if timeout is None else None
    try:
        return psycopg.Connection.wait(self, gen, interval, given if timeout is None else timeout)
    except _WaitTimeout:
        if given is not None:
            self.pgconn.finish()  # its answer, should it still come, belongs to nobody
        raise


def _attach(connection: Any, **_: Any) -> None:
    if connection.vendor == "postgresql" and isinstance(connection.connection, psycopg.Connection):
        link = connection.connection
        setattr(link, "wait", MethodType(_wait, link))  # noqa: B010 - for this connection, not for the class


connection_created.connect(_attach, dispatch_uid="audit.patience")
