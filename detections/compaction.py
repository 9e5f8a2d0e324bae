"""Closed partitions packed: an index that grew by single rows is a quarter air, and a closed month grows no more.

The serving role may do this where PostgreSQL has the right MAINTAIN (17 and newer, ``manage.py grant_app_role``);
elsewhere an administrator does it as the owner (docs/scaling.md).
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from psycopg import sql

from audit import asker, ledger
from audit.actions import Action

# Uploads come days late; after that a partition only changes by corrections and holds.
SETTLED = timedelta(days=8)
# A packed entry of the key takes 45 to 53 bytes, one that grew about 65.
LOOSE = 58
FEWEST = 100_000

_LOOSE = """
    SELECT p.name FROM detections_partitions() p
    JOIN pg_class c ON c.relname = p.name AND c.relnamespace = 'public'::regnamespace
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE p.upto < %s AND c.reltuples >= %s AND pg_relation_size(i.indexrelid) > %s * c.reltuples
    ORDER BY p.first
"""

log = logging.getLogger(__name__)


def pack_closed(*, at: datetime) -> list[str]:
    """Rebuild the indexes of closed partitions beside their use, and vacuum them; the names of those packed.

    Safe to run twice, late or never. One that may not or cannot be packed now is logged and left.
    """
    packed = [name for name in _loose(at) if _pack(name)]
    if packed:
        with ledger.act(Action.STORE_MAINTAIN, by=asker.system("store"), at=at, purpose="system") as record:
            record.detail = {"packed": packed}
            record.result_count = len(packed)
    return packed


def _loose(at: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_LOOSE, [at - SETTLED, FEWEST, LOOSE])
        return [name for (name,) in cursor]


def _pack(name: str) -> bool:
    """Both statements take no lock that a reader or writer waits for, and neither can run in a transaction."""
    table = sql.Identifier(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("REINDEX TABLE CONCURRENTLY {}").format(table))
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(table))
    except DatabaseError as error:
        log.error("store: partition %s could not be packed: %s", name, type(error).__name__)
        return False
    return True
