"""Putting cards on the wire: who is told what is written on the ledger first, and committed (promise A-1).

Where that record cannot be written, or anything else goes wrong, the desks hear "look again" and nothing more; that
look is an act of its own, and is refused where there is no ledger.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.template.loader import render_to_string

from audit import ledger, policy
from audit.actions import Action
from audit.asker import system
from audit.models import User
from detections.hits.counts import Counts, Tally
from detections.hits.desk import PURPOSE, with_facts
from detections.hits.visibility import within_ceiling
from detections.live.audience import Audience, heard_by
from detections.live.desks import Desk
from detections.live.events import Event
from detections.models import Hit
from hotlists.access import Granted

# That what the page shows is to be asked for again; it has no id, since it is about no event.
LOOK_AGAIN = b"event: refresh\ndata: {}\n\n"
# A burst tells the newest hits as cards; for the rest the page looks again by itself, some seconds later.
MOST_CARDS = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    """One message: the desks it goes to, what it tells of, and what is open to those people (for the numbers)."""

    desks: Mapping[Desk, User]
    events: frozenset[Event]
    granted: Granted


def tell(pending: Mapping[Desk, frozenset[Event]], audience: Audience, at: datetime) -> None:
    """Hand each desk its message. Desks whose right to hear has ended get their end instead."""
    present = audience.present(pending, at)
    for desk in pending.keys() - present.keys():
        desk.wanted.put(None)
    tellings = group(pending, present, audience, at)
    if not tellings:
        return
    try:
        messages = _recorded(tellings, at)
    except Exception as error:  # the feed outlives whatever is wrong with one group
        log.error("hits were not told to the live desks: %s", type(error).__name__)
        messages = [look_again(one.events) for one in tellings]
    for one, message in zip(tellings, messages, strict=True):
        for desk in one.desks:
            desk.tell(message)


def group(
    pending: Mapping[Desk, frozenset[Event]], present: Mapping[Desk, User], audience: Audience, at: datetime
) -> list[Telling]:
    """The desks that are told the same, together; those that are told nothing are left out."""
    everything = frozenset[Event]().union(*pending.values())
    heard = heard_by(set(present.values()), everything, at)
    alike: dict[tuple[frozenset[Event], Granted], dict[Desk, User]] = defaultdict(dict)
    for desk, user in present.items():
        if told := pending[desk] & heard[user.pk]:
            alike[told, audience.granted(user, at)][desk] = user
    return [Telling(desks, events, granted) for (events, granted), desks in alike.items()]


def _recorded(tellings: list[Telling], at: datetime) -> list[bytes]:
    """The messages, after the one record that names their hits and the people they go to is committed."""
    shown, tally = newest_hits(tellings), Tally()
    if not shown:  # possible matches only: numbers, nothing that is anybody's data
        return [_message(one, [], {}, tally.of(one.granted), None) for one in tellings]
    with ledger.act(Action.HIT_TELL, by=system("hit desk"), at=at, purpose=PURPOSE) as record:
        profile = record.profile or policy.in_force(at)
        hits = with_facts(within_ceiling(Hit.objects.filter(pk__in=shown), profile, at)).in_bulk()
        _describe(record, tellings, hits)
        cards = {pk: card_of(hit, at) for pk, hit in hits.items()}
        counts = [tally.of(one.granted) for one in tellings]
    return [_message(one, shown, cards, number, record.index) for one, number in zip(tellings, counts, strict=True)]


def newest_hits(tellings: list[Telling]) -> list[UUID]:
    """The hits to show as cards, the newest event first, at most ``MOST_CARDS``."""
    events = sorted(frozenset[Event]().union(*(one.events for one in tellings)), key=lambda event: -event.id)
    return list(dict.fromkeys(event.hit for event in events if event.hit))[:MOST_CARDS]


def card_of(hit: Hit, at: datetime) -> str:
    """The hit's card as anybody sees it: what is a person's own (yours, a form's token) is the page's to add."""
    return render_to_string("detections/_hit_card.html", {"hit": hit, "now": at})


def _describe(record: ledger.Record, tellings: list[Telling], hits: Mapping[UUID, Hit]) -> None:
    if len(hits) == 1:
        (only,) = hits.values()
        record.about("hit", only.pk, only.plate)
    else:
        record.about("hits", "", " ".join(sorted({hit.plate for hit in hits.values()})))
    record.result_count = len(hits)
    record.detail = {
        "told": [
            {
                "hits": sorted({str(event.hit) for event in one.events if event.hit in hits}),
                "people": sorted({user.get_username() for user in one.desks.values()}),
                "desks": len(one.desks),
            }
            for one in tellings
        ]
    }


def _message(
    telling: Telling, shown: list[UUID], cards: Mapping[UUID, str], counts: Counts, record_index: int | None
) -> bytes:
    """``hit`` where one is new, ``change`` where none is, ``counts`` without a card. Data: JSON in one line."""
    own = {event.hit for event in telling.events if event.hit}
    new = {event.hit for event in telling.events if event.hit and event.new}
    oldest_first = [pk for pk in reversed(shown) if pk in own and pk in cards]
    data = {
        "cards": [{"id": str(pk), "new": pk in new, "html": cards[pk]} for pk in oldest_first],
        "more": len(own.difference(shown)),
        "counts": asdict(counts),
        "record": record_index,
    }
    return _event(telling.events, "hit" if new else "change" if own else "counts", data)


def look_again(events: frozenset[Event]) -> bytes:
    """That there is something to see, and nothing of it."""
    return _event(events, "refresh", {})


def _event(events: frozenset[Event], name: str, data: object) -> bytes:
    newest = max(event.id for event in events)
    return f"id: {newest}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()
