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
from detections.hits.desk import PURPOSE, person_of, with_facts
from detections.hits.visibility import shown_hits
from detections.models import Hit
from detections.photo_tokens import photo_token
from detections.rules.hits import verifier_roles


@dataclass(frozen=True, slots=True)
class HitSheet:
    """One hit as opened: with its profile, whether this person may verify, and the token that opens its picture."""

    hit: Hit
    profile: Profile
    may_verify: bool
    picture_token: str
    record_index: int | None


def open_hit(*, hit_id: UUID, by: Asker, at: datetime) -> HitSheet:
    """One hit with its read and entry. Raises Hit.DoesNotExist where there is none for this person."""
    with ledger.act(Action.HIT_VIEW, by=by, at=at, purpose=PURPOSE, subject=("hit", hit_id, "")) as record:
        profile = gate.admit(by, Ability.WATCH_HITS, at=at)
        hit = with_facts(shown_hits(person_of(by), profile, at)).get(pk=hit_id)
        record.about("hit", hit.pk, hit.plate)
        record.result_count = 1
        user = person_of(by)
        may_verify = bool(verifier_roles(profile) & roles_of(user, at))
    return HitSheet(hit, profile, may_verify, _picture_token(hit, user, at), record.index)


def _picture_token(hit: Hit, user: User, at: datetime) -> str:
    """What opens the hit's picture under the same purpose; "" where there is none."""
    if hit.detection.photo_id is None:
        return ""
    case = hit.hot_plate.case_number
    return photo_token(user, hit.detection.photo_id, PURPOSE, "Check of a hit by eye", case, at=at)
