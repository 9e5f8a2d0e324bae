"""Bulk values onto the wire: parameters sent beside the statement instead of written into it.

Django's own cursor writes every value into the SQL text; for batches of thousands that costs more than the insert.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_UUID_OID, _UUIDS_OID = 2950, 2951
_HEAD, _SIXTEEN = struct.Struct("!5i"), struct.pack("!i", 16)


class Uuids:
    """Many UUIDs as their 16 bytes each, for a parameter of type uuid[].

    psycopg makes such an array item by item, which for thousands of them takes longer than their insert.
    """

    def __init__(self, items: Sequence[bytes]) -> None:
        self.items = items


class _UuidsDumper(Dumper):
    """PostgreSQL's binary form of an array: dimensions, no nulls, type of item, how many, from 1, then the items."""

    format = Format.BINARY
    oid = _UUIDS_OID

    def dump(self, obj: Uuids) -> Buffer | None:
        """The array in one piece."""
        head = _HEAD.pack(1, 0, _UUID_OID, len(obj.items), 1)
        return head + _SIXTEEN + _SIXTEEN.join(obj.items) if obj.items else _HEAD.pack(0, 0, _UUID_OID, 0, 1)[:12]


@contextmanager
def server_cursor() -> Iterator["psycopg.Cursor[Any]"]:
    """A cursor on Django's connection, inside its transaction, that binds on the server; errors are Django's."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.adapters.register_dumper(Uuids, _UuidsDumper)
        yield cursor
