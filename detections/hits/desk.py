"""Looking at hits: the list of the desk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from detections.hits.counts import Counts, Tally
from detections.hits.visibility import shown_hits
from detections.live.events import newest_id
from detections.models import Hit
from detections.rules.hit_waiting import overdue
from hotlists.access import granted
from hotlists.models import HotList

PURPOSE = "hit response"
PAGE = 100

SHOWN: dict[str, str] = {
    "open": "Open",
    "new": "New",
    "mine": "Mine",
    "information": "Information only",
    "closed": "Closed",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk shows: at most ``PAGE`` hits newest first, what waits on the whole desk, the look's record.

    Each hit says whether it is ``late``: open longer than the policy allows, escalated by the clockwork or not yet.

    ``cameras`` (codes) and ``lists`` (id, name) are what can be filtered by. ``mark`` is the newest outbox id of just
    before: the live line tells what came after it.
    """

    hits: list[Hit]
    counts: Counts
    cameras: list[str]
    lists: list[tuple[int, str]]
    more: bool
    mark: int
    record_index: int | None


def list_hits(
    *, by: Asker, at: datetime, show: str = "open", camera: str = "", category: str = "", hot_list: int | None = None
) -> Desk:
    """The hits the person may see. Recorded at every look; ``show`` is a key of ``SHOWN``, ``camera`` a code.

    Hits of special lists stand under "information" and never among the open ones (I.1).
    """
    show = show if show in SHOWN else "open"
    asked = {"show": show, "camera": camera, "category": category, "hot_list": hot_list}
    query = {name: value for name, value in asked.items() if value}
    with ledger.act(Action.HIT_LIST, by=by, at=at, purpose=PURPOSE, query=query) as record:
        profile = gate.admit(by, Ability.WATCH_HITS, at=at)
        mark = newest_id()
        seen = shown_hits(by.member, profile, at)
        wanted = seen.filter(_shown(show, by), **_filters(camera, category, hot_list))
        late = Case(When(overdue(profile, at), then=Value(True)), default=Value(False), output_field=BooleanField())
        rows: list[Any] = list(with_facts(wanted).annotate(late=late).order_by("-created_at", "-pk")[: PAGE + 1])
        record.result_count = min(len(rows), PAGE)
        counts = Tally().of(granted(by.member, at))
        cameras = set(seen.exclude(status=Hit.Status.CLOSED).order_by().values_list("camera__code", flat=True))
        lists = list(HotList.objects.visible_to(by.member, at).order_by("name").values_list("pk", "name"))
    return Desk(rows[:PAGE], counts, sorted(cameras | ({camera} - {""})), lists, len(rows) > PAGE, mark, record.index)


def with_facts(hits: QuerySet[Hit]) -> QuerySet[Hit]:
    """The hits with everything their pages name, in one query."""
    return hits.select_related(
        "detection__camera",
        "detection__photo",
        "hot_plate__hot_list__source",
        "hot_plate__hot_list__live_import",
        "hot_plate__entered_by",
        "taken_by",
        "checked_by",
        "verified_by",
        "broadcast_by",
        "closed_by",
    )


def person_of(by: Asker) -> User:
    """The person; ``gate.admit`` has let nobody else through."""
    return by.member


def _filters(camera: str, category: str, hot_list: int | None) -> dict[str, Any]:
    given = {
        "camera__code": camera,
        "hot_plate__category": category,
        "hot_plate__hot_list": hot_list,
    }
    return {name: value for name, value in given.items() if value}


def _shown(show: str, by: Asker) -> Q:
    waits = ~Q(status=Hit.Status.CLOSED)
    return {
        "open": waits & Q(informational=False),
        "new": Q(status=Hit.Status.NEW, informational=False),
        "mine": waits & Q(taken_by=by.user),
        "information": waits & Q(informational=True),
        "closed": ~waits,
    }[show]
