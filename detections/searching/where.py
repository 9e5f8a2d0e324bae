"""Where a search reads: on a replica that is close behind if the installation has one, else on the primary.

A verb of search wraps each query of plate data, inside its act, and passes the alias on to the engine::

    found = where.look(lambda using: engine.find(question, bounds, limit=101, using=using), by=by)

``look`` sets the time limit itself. Everything else stays on the primary: what writes or locks, one opened read, hits,
holds, corrections, purges. The act's record is written to the primary after the query and before the answer leaves.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db import Error as DatabaseTrouble
from django.db.models import Q
from django.db.models.functions import Now

from audit import ledger
from audit.asker import Asker
from audit.models import LedgerEntry
from detections.models import Detection
from detections.searching.time_limit import time_limit

log = logging.getLogger(__name__)

T = TypeVar("T")
LATEST_ACTS = 100  # whoever does more in a few seconds is a machine, and may read on the primary
# Beyond the lag that is allowed: how long a measured lag is remembered, and the time until the query begins.
MARGIN = timedelta(seconds=1)


def reading_alias(by: Asker) -> str:
    """The connection a search of this person reads on; needs a connection to the primary that works.

    Whoever has just changed something reads on the primary, so that nobody misses their own correction or hold.
    """
    alias = router.db_for_read(Detection, searching=True)
    return DEFAULT_DB_ALIAS if alias != DEFAULT_DB_ALIAS and _has_just_acted(by) else alias


def look(query: Callable[[str], T], *, by: Asker, milliseconds: int | None = None) -> T:
    """Run ``query(alias)``, which only reads and evaluates all it returns, under the time limit. Raises SearchTooSlow.

    On a replica it runs in a transaction of its own, and once more on the primary if the replica fails meanwhile.
    Needs the act's open transaction.
    """
    alias = reading_alias(by)
    if alias != DEFAULT_DB_ALIAS:
        try:
            with transaction.atomic(using=alias), time_limit(milliseconds, using=alias):
                return query(alias)
        except DatabaseTrouble as error:
            cause = type(error.__cause__ or error).__name__  # its text could hold a plate
            log.warning("%s failed a search, which went to the primary: %s", alias, cause)
            connections[alias].close()
    with time_limit(milliseconds):
        return query(DEFAULT_DB_ALIAS)


def _has_just_acted(by: Asker) -> bool:
    """Whether one of the person's latest acts, within what a replica may lag, was more than a look."""
    window = timedelta(seconds=settings.REPLICA_LAG_SECONDS) + MARGIN
    own = LedgerEntry.objects.filter(username=by.name).annotate(recent=Q(recorded_at__gt=Now() - window))
    latest = own.order_by("-index").values_list("action", "recent")[:LATEST_ACTS]  # the index over both gives them
    actions = [action for action, recent in latest if recent]
    return len(actions) == LATEST_ACTS or not ledger.LOOKS.issuperset(actions)
