"""How much room the store takes: ``bytes_per_read``, and which partition holds how many reads."""

from datetime import datetime
from typing import NamedTuple

from bench.reads_at_scale import Filling
from bench.scratch import figure

TABLES = {"dictionary": "detections_plate", "keys": "detections_ingestkey"}


class Part(NamedTuple):
    """A partition, how many reads it holds, and its bytes in table and indexes."""

    name: str
    first: datetime
    upto: datetime
    reads: int
    table: int
    indexes: int


def parts_with_reads() -> list[Part]:
    """All partitions, in the order of time; reads as counted now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.name, p.first, p.upto, pg_table_size(c.oid), pg_indexes_size(c.oid)"
            " FROM detections_partitions() p JOIN pg_class c ON c.relname = p.name ORDER BY p.first"
        )
        rows = cursor.fetchall()
        parts = []
        for name, first, upto, table, indexes in rows:
            cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608
            parts.append(Part(name, first, upto, cursor.fetchone()[0], table, indexes))
    return parts


def plates_known() -> int:
    """How many plates the dictionary holds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM detections_plate")
        return int(cursor.fetchone()[0])


def measure_bytes(filling: Filling) -> None:
    """Everything a read costs on disk, over the reads held; empty partitions of the months ahead are in it too."""
    from django.db import connection

    parts = parts_with_reads()
    reads = sum(part.reads for part in parts)
    room = {"table": sum(part.table for part in parts), "its indexes": sum(part.indexes for part in parts)}
    with connection.cursor() as cursor:
        for name, table in TABLES.items():
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
            room[name] = cursor.fetchone()[0]
    told = ", ".join(f"{name} {size / reads:.1f}" for name, size in room.items())
    note = (
        f"{reads:,} reads in {filling.days:.0f} days, {filling.plates:,} plates, keys of 3 days, indexes as built in"
        f" bulk; a read has a 12-byte image name; {told}; target <= 200 at 20 M"
    )
    figure("bytes_per_read", sum(room.values()) / reads, "bytes", n=reads, note=note)
