"""Statements in pieces: text with named values, bound on the server and not written into the text."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import psycopg
from django.db import connections
from psycopg.pq import Format

from detections.searching.time_limit import check_time

Cursor = psycopg.Cursor[Any]


class _Timed(psycopg.Cursor[Any]):
    """Begins no statement once the search's time is over: a walk of many short ones ends too."""

    def execute(self, *args: Any, **kwargs: Any) -> Self:
        check_time()
        return super().execute(*args, **kwargs)


class Sql(NamedTuple):
    """A condition and the values it names."""

    text: str
    values: dict[str, Any]

    def __and__(self, other: "Sql") -> Self:
        """Both; an empty text is always true."""
        return type(self)(" AND ".join(filter(None, [self.text, other.text])), self.values | other.values)


TRUE = Sql("", {})


@contextmanager
def cursor_on(using: str) -> Iterator[Cursor]:
    """A cursor on Django's connection, inside its transaction, that binds on the server; errors are Django's."""
    connection = connections[using]
    connection.ensure_connection()
    with connection.wrap_database_errors, _Timed(connection.connection) as cursor:
        cursor.format = Format.BINARY  # a hundred reads in a third of the time that text takes
        yield cursor


def array(values: str, name: str, kind: str) -> str:
    """Compare with a list the planner does not look into: it would weigh each of thousands of plates."""
    return f"{values} = ANY ((SELECT %({name})s::{kind}[])::{kind}[])"
