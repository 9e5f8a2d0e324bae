"""Hits that wait too long are escalated once: on the record, on the desks, and to the people who can see to them."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from simple_history.utils import bulk_update_with_history

from audit import ledger, notices, policy
from audit.abilities import ABILITIES, Ability, Role, roles_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import RoleGrant, User
from detections.hit_progress import duration_words
from detections.hits import outbox
from detections.hits.visibility import visible_hits
from detections.models import Hit
from detections.rules.hit_waiting import limit, overdue

PURPOSE = "hit response"
ROLES = (Role.ALPR_ADMINISTRATOR, Role.DISPATCHER)
# After an outage there may be very many: the rest follows at the next beat.
AT_ONCE = 500


def escalate_hits(*, at: datetime, by: Asker) -> int:
    """Escalate what has waited longer than the profile allows; returns how many. Leaves no record where none has.

    Safe to run twice, late or never: pages reckon for themselves what is overdue.
    """
    waiting = _waiting(at)
    if not waiting.exists():
        return 0
    with ledger.act(Action.HIT_ESCALATE, by=by, at=at, purpose=PURPOSE) as record:
        hits = list(
            waiting.select_for_update(of=("self",), skip_locked=True, no_key=True).order_by("created_at")[:AT_ONCE]
        )
        for hit in hits:
            hit.escalated_at = at
        bulk_update_with_history(hits, Hit, ["escalated_at"])
        for hit in hits:
            outbox.announce(hit, outbox.CHANGED, at=at)
        told = _tell(hits, at)
        if len(hits) == 1:
            record.about("hit", hits[0].pk, hits[0].plate)
        record.detail = {"hits": [str(hit.pk) for hit in hits], "told": told}
        record.result_count = len(hits)
    return len(hits)


def _waiting(at: datetime) -> QuerySet[Hit]:
    return Hit.objects.filter(overdue(policy.in_force(at), at), escalated_at=None)


def _tell(hits: Sequence[Hit], at: datetime) -> list[str]:
    """Tell dispatchers and ALPR administrators, each of the hits open to them and no others; returns who was told."""
    told = []
    for person in _people(at):
        roles = roles_of(person, at)
        if not roles.intersection(ROLES):
            continue
        seen = visible_hits(person, at).filter(pk__in=[hit.pk for hit in hits])
        mine = list(seen.order_by("created_at").values_list("pk", flat=True))
        if not mine:
            continue
        watches = any(Ability.WATCH_HITS in ABILITIES[role] for role in roles)
        page = reverse("detections:hit", args=[mine[0]]) if len(mine) == 1 else reverse("detections:hit_desk")
        notices.tell(
            [person],
            key=f"hit escalated {mine[0]}",
            words=_words(len(mine), at),
            path=page if watches else reverse("detections:hit_times"),
            at=at,
            urgent=True,
        )
        told.append(person.get_username())
    return told


def _people(at: datetime) -> QuerySet[User]:
    holders = RoleGrant.objects.at(at).filter(role__in=ROLES).values("user")
    return User.objects.filter(pk__in=holders, is_active=True).order_by("pk")


def _words(number: int, at: datetime) -> str:
    allowed = limit(policy.in_force(at))
    longer = f"longer than {duration_words(allowed)}" if allowed else "too long"
    hits = "A hit has" if number == 1 else f"{number} hits have"
    return f"{hits} waited {longer} and nobody has verified or closed {'it' if number == 1 else 'them'}."
