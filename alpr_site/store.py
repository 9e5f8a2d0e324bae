"""How the store of reads stands: partitions, replicas, and what is wrong there or with hot lists. Holds no plate."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from alpr_site import replicas
from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from detections import partitions
from hotlists.lists import stale

log = logging.getLogger(__name__)

_PARTITIONS = """
SELECT p.first, p.upto, greatest(c.reltuples, 0)::bigint, coalesce(pg_total_relation_size(c.oid), 0)
FROM detections_partitions() p
JOIN pg_class c ON c.relname = p.name AND c.relnamespace = 'public'::regnamespace
ORDER BY p.first DESC
"""


@dataclass(frozen=True, slots=True)
class PartitionSize:
    """A partition of ``[first, upto)``: about how many reads (the planner's estimate), and bytes with its indexes."""

    first: datetime
    upto: datetime
    reads: int
    size: int


@dataclass(frozen=True, slots=True)
class Store:
    """The store at an instant, hot lists that are out of date beside it, and the record of the look."""

    alarms: list[str]
    stale_lists: list[str]
    partitions: list[PartitionSize]
    replicas: list[replicas.Standing]
    record_index: int | None


def alarms(at: datetime) -> list[str]:
    """What is wrong now, in words for an administrator: partitions, replicas, hot lists that are out of date."""
    return _store_alarms(at) + stale.alarms(at)


def raise_alarms(*, at: datetime) -> int:
    """Log each alarm as an error, for whoever watches the log; how many there are."""
    found = alarms(at)
    for alarm in found:
        log.error("alarm: %s", alarm)
    return len(found)


def open_store(*, by: Asker, at: datetime) -> Store:
    """The page of the store, for those who administer. Raises Refused."""
    with ledger.act(Action.ADMIN_VIEW, by=by, at=at, purpose="administration", subject=("store", "", "")) as record:
        gate.admit(by, Ability.ENTER_ADMIN, at=at)
        with connection.cursor() as cursor:
            cursor.execute(_PARTITIONS)
            sizes = [PartitionSize(*row) for row in cursor]
        found, lists = _store_alarms(at), stale.alarms(at)
        standings = replicas.guard.standings()
        record.result_count = len(sizes)
    return Store(found, lists, sizes, standings, record.index)


def _store_alarms(at: datetime) -> list[str]:
    behind = [one for one in replicas.guard.standings() if not one.usable]
    return partitions.alarms(at) + [f"{one}; searches do not read there" for one in behind]
