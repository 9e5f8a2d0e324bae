"""Run a search: judge it, count what it finds, keep it under an opaque id. The reads are seen page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from audit import gate, ledger, plates, policy
from audit.abilities import Ability, Role, abilities_of, roles_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from cameras.models import Camera
from detections.models import Detection, Search
from detections.retention.terms import terms_of
from detections.rules import searches as rules
from detections.searching.time_limit import time_limit
from detections.searching.visible import visible

COUNT_CAP = 1_000
# Where the policy names no ceiling, one search still covers no more than this.
LONGEST_WINDOW = "P2Y"
DEFAULT_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as typed. ``to_at`` None means up to now; ``attested``: not based solely on a protected class."""

    plate: str
    purpose: str
    reason: str
    from_at: datetime
    to_at: datetime | None = None
    state: str = ""
    camera: Camera | None = None
    case_number: str = ""
    attested: bool = False
    reviewer: User | None = None
    review: str = ""

    def elements(self) -> dict[str, Any]:
        """The data elements used to query (Civil Code 1798.90.52(a)(2)), for the ledger."""
        return {
            "plate": self.plate,
            "state": self.state,
            "camera": self.camera.code if self.camera else "",
            "from": self.from_at.isoformat(),
            "to": self.to_at.isoformat() if self.to_at else "now",
            "reviewed_by": self.reviewer.get_username() if self.reviewer else "",
            "review": self.review,
        }


def open_form(*, by: Asker, at: datetime) -> Profile:
    """The profile whose purposes the form offers. One whose role may not search at all is refused, on record."""
    if by.user is None or Ability.SEARCH not in abilities_of(by.user, at):
        with ledger.act(Action.SEARCH_RUN, by=by, at=at, purpose="none given"):
            gate.admit(by, Ability.SEARCH, at=at)
    return policy.in_force(at)


def run_search(*, by: Asker, at: datetime, asked: Asked) -> Search:
    """Count what the search finds and keep it, committed with its record. Raises Refused or SearchTooSlow."""
    with ledger.act(
        Action.SEARCH_RUN,
        by=by,
        at=at,
        purpose=asked.purpose or "none given",
        reason=asked.reason,
        case_number=asked.case_number,
        query=asked.elements(),
    ) as record:
        profile = gate.admit(by, Ability.SEARCH, at=at)
        gate.check_purpose(asked.purpose, asked.reason, asked.case_number, profile)
        search = _accepted(asked, by, at, profile)
        with time_limit():
            found = matching(search, at, profile)[: COUNT_CAP + 1].count()
        search.result_count, search.result_capped = min(found, COUNT_CAP), found > COUNT_CAP
        search.save(force_insert=True)
        record.about("search", search.pk)
        record.result_count = search.result_count
        record.detail = {"more": search.result_capped}
    search.record_index = record.index
    search.save(update_fields=["record_index"])
    return search


def matching(search: Search, at: datetime, profile: Profile) -> QuerySet[Detection]:
    """The visible reads a search asks for, in no order. A read whose state was not told fits any state."""
    reads = visible(at, profile, case_number=search.case_number).filter(
        plate=search.plate, captured_at__gte=search.from_at, captured_at__lt=search.to_at
    )
    if search.state:
        reads = reads.filter(Q(state=search.state) | Q(state=""))
    if search.camera_id:
        reads = reads.filter(camera__id=search.camera_id)
    return reads


def recent(user: User, *, limit: int = 10) -> list[Search]:
    """A person's own latest searches, newest first; the page masks their plates."""
    return list(Search.objects.filter(asked_by=user).order_by("-asked_at")[:limit])


def reviewers(at: datetime, *, but: User) -> QuerySet[User]:
    """Everyone who may document another use at the instant, except the asker: sergeants and up, ALPR administrators."""
    ranked = Q(classification__in=rules.MAY_DOCUMENT)
    in_role = Q(role_grants__role=Role.ALPR_ADMINISTRATOR, role_grants__starts_at__lte=at)
    still = Q(role_grants__ends_at=None) | Q(role_grants__ends_at__gt=at)
    people = User.objects.filter(is_active=True).exclude(pk=but.pk)
    return people.filter(ranked | (in_role & still)).distinct().order_by("last_name", "username")


def _accepted(asked: Asked, by: Asker, at: datetime, profile: Profile) -> Search:
    """The search as it will be kept; raises Refused."""
    to_at = min(asked.to_at or at, at)
    if refusal := _refuse(asked, to_at, by, at, profile):
        raise Refused(refusal)
    return Search(
        asked_by=by.user,
        asked_at=at,
        purpose=asked.purpose,
        reason=asked.reason,
        case_number=asked.case_number,
        reviewed_by=asked.reviewer,
        review=asked.review,
        plate=plates.normalise(asked.plate),
        state=plates.normalise_state(asked.state),
        camera=asked.camera,
        from_at=asked.from_at,
        to_at=to_at,
    )


def _refuse(asked: Asked, to_at: datetime, by: Asker, at: datetime, profile: Profile) -> Refusal | None:
    """The first rule broken, in the order in which a person would mend them."""
    terms = terms_of(profile, at)
    longest = terms.looks or LONGEST_WINDOW
    return (
        rules.refuse_plate(asked.plate, profile)
        or rules.refuse_state(asked.state, profile)
        or rules.refuse_window(asked.from_at, to_at, longest=longest, cited=terms.citation, profile=profile)
        or rules.refuse_unattested(asked.attested, profile)
        or _refuse_unreviewed(asked, by, at, profile)
    )


def _refuse_unreviewed(asked: Asked, by: Asker, at: datetime, profile: Profile) -> Refusal | None:
    purpose = profile.purpose(asked.purpose)
    if purpose is None or not purpose.review:
        return None
    return rules.refuse_unreviewed(purpose, _review(asked, by, at), profile)


def _review(asked: Asked, by: Asker, at: datetime) -> rules.Review:
    """Facts about who documented the use."""
    person = asked.reviewer
    if person is None:
        return rules.Review(named=False, is_asker=False, may_document=False, words="")
    ranked = person.is_active and person.classification in rules.MAY_DOCUMENT
    may = ranked or Role.ALPR_ADMINISTRATOR in roles_of(person, at)
    return rules.Review(named=True, is_asker=person == by.user, may_document=may, words=asked.review)
