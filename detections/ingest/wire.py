"""Bulk values onto the wire: parameters sent beside the statement instead of written into it.

Django's own cursor writes every value into the SQL text; for batches of thousands that costs more than the insert.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def server_cursor() -> Iterator["psycopg.Cursor[Any]"]:
    """A cursor on Django's connection, inside its transaction, that binds on the server; errors are Django's."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield cursor
