"""Read replicas: which connection a search may read on, and how far behind each replica is (docs/scaling.md).

``DATABASE_REPLICA_URLS`` names the replicas. Everything goes to the primary except the queries that say they are a
search's (``detections.searching.where``): those go to a replica whose lag is within ``REPLICA_LAG_SECONDS``.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseTrouble
from django.db.models import Model

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 0.3  # how long a measured lag is believed
RETRY_SECONDS = 15.0  # how long a replica that gave an error is left alone: connecting may have cost two seconds
BEHIND_SECONDS = 1.0  # the same for one that is too far behind
MOMENT = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a replica stood when it was measured: its lag, or what is wrong with it (lag None)."""

    alias: str
    lag: timedelta | None
    trouble: str = ""

    @property
    def usable(self) -> bool:
        return self.lag is not None and self.lag <= timedelta(seconds=settings.REPLICA_LAG_SECONDS)

    def __str__(self) -> str:
        if self.lag is None:
            return f"{self.alias}: {self.trouble}"
        return f"{self.alias}: {self.lag.total_seconds():.1f} s behind"


class LagGuard:
    """Measures the replicas at most every 0.3 s a process, and chooses a usable one in turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._believed: dict[str, tuple[float, Standing]] = {}  # monotonic time until which it is
        self._turn = 0

    def choose(self) -> str | None:
        """A replica that is close enough behind, or None. Never waits for a measurement of another thread."""
        usable = [one.alias for one in self.standings() if one.usable]
        self._turn += 1
        return usable[self._turn % len(usable)] if usable else None

    def standings(self) -> list[Standing]:
        """How each replica stands, but for one that another thread is measuring for the first time or anew."""
        return [one for one in map(self._standing, aliases()) if one is not None]

    def forget(self) -> None:
        """Measure anew at the next choice."""
        self._believed.clear()

    def _standing(self, alias: str) -> Standing | None:
        until, before = self._believed.get(alias, (0.0, None))
        if before is not None and time.monotonic() < until:
            return before
        if not self._lock.acquire(blocking=False):
            return None
        try:
            now = measure(alias)
            self._believed[alias] = (time.monotonic() + _lifetime(now), now)
        finally:
            self._lock.release()
        if before is None or before.usable != now.usable:
            level, word = (logging.INFO, "used") if now.usable else (logging.WARNING, "not used")
            log.log(level, "%s, %s", now, word)
        return now


def _lifetime(standing: Standing) -> float:
    """For how many seconds a measurement is believed."""
    if standing.usable:
        return REMEMBERED_SECONDS
    return RETRY_SECONDS if standing.trouble else BEHIND_SECONDS


def aliases() -> list[str]:
    """The replicas of the settings, in their order."""
    return [alias for alias in connections if alias.startswith("replica")]


def measure(alias: str) -> Standing:
    """The replica's lag by the primary's clock and log position; a replica that answers no or wrongly has trouble.

    A replica that has replayed all that the primary had written is not behind, however long ago that was. Otherwise it
    is at most as far behind as the last commit it replayed is old; after a quiet hour that says little, so it is given
    a moment to replay what has just been written.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END, clock_timestamp()"
        )
        written, clock = cursor.fetchone()
    if written is None:
        return Standing(alias, None, "DATABASE_URL names a replica")
    try:
        return _compare(alias, written, clock)
    except DatabaseTrouble:
        connections[alias].close()
        return Standing(alias, None, "does not answer")


def _compare(alias: str, written: str, clock: datetime) -> Standing:
    began = time.monotonic()
    with connections[alias].cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn, pg_last_xact_replay_timestamp()",
                [written],
            )
            is_replica, has_all, replayed = cursor.fetchone()
            waited = timedelta(seconds=time.monotonic() - began)
            if not is_replica:
                return Standing(alias, None, "is no replica any more")
            if has_all:
                return Standing(alias, waited)
            now = Standing(alias, max(clock + waited - replayed, waited)) if replayed else None
            if now and now.usable:
                return now
            if waited > MOMENT:
                return now or Standing(alias, None, "has replayed no commit yet")
            time.sleep(MOMENT.total_seconds() / 10)


guard = LagGuard()


class SearchesToReplicas:
    """Database router: a query with the hint ``searching`` to a replica, all else to the primary.

    Objects that came from a replica load what they point at from the primary, and are never written to a replica.
    """

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return (guard.choose() if hints.get("searching") else None) or DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
