"""Looking at hits: the list of the desk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count, Q, QuerySet

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from detections.hits.visibility import shown_hits
from detections.models import Hit
from detections.stream import newest_id

PURPOSE = "hit response"
PAGE = 100

Show = Literal["open", "new", "mine", "closed"]
SHOWN: dict[str, str] = {"open": "Open", "new": "New", "mine": "Mine", "closed": "Closed"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk shows: at most ``PAGE`` hits newest first, how many there are of each kind, the look's record.

    ``mark`` is the newest outbox id of just before: the live line tells what came after it.
    """

    hits: list[Hit]
    counts: dict[str, int]
    more: bool
    mark: int
    record_index: int | None


def list_hits(*, by: Asker, at: datetime, show: str = "open", camera: str = "") -> Desk:
    """The hits the person may see. Recorded at every look; ``show`` is a key of ``SHOWN``, ``camera`` a code."""
    show = show if show in SHOWN else "open"
    query = {"show": show} | ({"camera": camera} if camera else {})
    with ledger.act(Action.HIT_LIST, by=by, at=at, purpose=PURPOSE, query=query) as record:
        profile = gate.admit(by, Ability.WATCH_HITS, at=at)
        mark = newest_id()
        seen = shown_hits(person_of(by), profile, at)
        if camera:
            seen = seen.filter(detection__camera__code=camera)
        counts = seen.aggregate(**{name: Count("pk", filter=_shown(name, by)) for name in SHOWN})
        rows = list(with_facts(seen.filter(_shown(show, by))).order_by("-created_at", "-pk")[: PAGE + 1])
        record.result_count = min(len(rows), PAGE)
    return Desk(rows[:PAGE], counts, len(rows) > PAGE, mark, record.index)


def with_facts(hits: QuerySet[Hit]) -> QuerySet[Hit]:
    """The hits with everything their pages name, in one query."""
    return hits.select_related(
        "detection__camera",
        "detection__photo",
        "hot_plate__hot_list__source",
        "hot_plate__entered_by",
        "taken_by",
        "checked_by",
        "verified_by",
        "broadcast_by",
        "closed_by",
    )


def _shown(show: str, by: Asker) -> Q:
    closed = Q(status=Hit.Status.CLOSED)
    return {
        "open": ~closed,
        "new": Q(status=Hit.Status.NEW),
        "mine": ~closed & Q(taken_by=by.user),
        "closed": closed,
    }[show]


def person_of(by: Asker) -> User:
    """The person; ``gate.admit`` has let nobody else through."""
    if by.user is None:
        raise TypeError("a hit is looked at by a person")
    return by.user
