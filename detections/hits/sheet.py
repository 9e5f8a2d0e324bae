"""One hit with everything a dispatcher needs beside it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability, roles_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from detections.hit_progress import duration_words
from detections.hits.desk import PURPOSE, person_of, with_facts
from detections.hits.difference import Difference, difference
from detections.hits.visibility import shown_hits
from detections.models import Hit, HitRepeat
from detections.photo_tokens import photo_token
from detections.rules.descriptions import description_differs
from detections.rules.hit_waiting import overdue_since
from detections.rules.hits import verifier_roles
from hotlists.lists.stale import is_stale
from hotlists.models import HotPlate

MOST_REPEATS = 50


@dataclass(frozen=True, slots=True)
class HitSheet:
    """One hit as opened, with what is reckoned at that instant.

    ``ended`` says in words that the hot plate lives no more, ``overdue`` since when the hit has waited too long,
    ``mismatch`` where the vehicle seen is not the one entered; each is empty where there is nothing to say.
    ``picture_token`` opens its picture; ``working`` is whether this person may do steps on it at all.
    """

    hit: Hit
    profile: Profile
    at: datetime
    may_verify: bool
    working: bool
    picture_token: str
    difference: Difference
    ended: str
    list_is_old: bool
    overdue: datetime | None
    mismatch: str
    repeats: list[HitRepeat]
    record_index: int | None


def open_hit(*, hit_id: UUID, by: Asker, at: datetime) -> HitSheet:
    """One hit with its read and entry. Raises Hit.DoesNotExist where there is none for this person."""
    with ledger.act(Action.HIT_VIEW, by=by, at=at, purpose=PURPOSE, subject=("hit", hit_id, "")) as record:
        user = person_of(by)
        profile = gate.admit(by, Ability.WATCH_HITS, at=at)
        hit = with_facts(shown_hits(user, profile, at)).select_related("received_by").get(pk=hit_id)
        record.about("hit", hit.pk, hit.plate)
        record.result_count = 1
        may_verify = bool(verifier_roles(profile) & roles_of(user, at))
        repeats = list(hit.folded.order_by("-captured_at")[:MOST_REPEATS]) if hit.repeats else []
    return HitSheet(
        hit=hit,
        profile=profile,
        at=at,
        may_verify=may_verify,
        working=not user.organisation,
        picture_token=_picture_token(hit, user, at),
        difference=difference(hit.hot_plate.plate, hit.detection.plate),
        ended=ended_words(hit.hot_plate, at),
        list_is_old=is_stale(hit.hot_plate.hot_list, at),
        overdue=overdue_since(hit, profile, at),
        mismatch=description_differs(hit.hot_plate.vehicle_description, hit.vehicle_seen),
        repeats=repeats,
        record_index=record.index,
    )


def ended_words(entry: HotPlate, at: datetime) -> str:
    """That the entry ended, how, and how long ago; "" while it is live. One query where it was withdrawn."""
    if entry.withdrawn_at is not None and entry.withdrawn_at <= at:
        if entry.renewals.exists():
            ago = duration_words(at - entry.withdrawn_at)
            return f"This hot plate was renewed {ago} ago: the new entry has its own clock"
        return f"This hot plate was withdrawn {duration_words(at - entry.withdrawn_at)} ago: {entry.withdrawn_reason}"
    if entry.expires_at is None or entry.expires_at > at:
        return ""
    ago = duration_words(at - entry.expires_at)
    if entry.imported_from_id is not None:
        return f"This plate left its list {ago} ago: the newest file of its source no longer has it"
    return f"This hot plate ended {ago} ago"


def _picture_token(hit: Hit, user: User, at: datetime) -> str:
    """What opens the hit's picture under the same purpose; "" where there is none."""
    if hit.detection.photo_id is None:
        return ""
    case = hit.hot_plate.case_number
    return photo_token(user, hit.detection.photo_id, PURPOSE, "Check of a hit by eye", case, at=at)
