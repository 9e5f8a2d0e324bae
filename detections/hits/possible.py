"""Possible matches: the queue, one of them with its picture, and the verbs that decide about them.

None of them is a hit. Where the picture shows the hot plate, the read is corrected by the ordinary verb, and what
the ordinary matching makes of that is a hit like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.hits.desk import PURPOSE
from detections.hits.difference import Difference, difference
from detections.hits.steps import has_seen
from detections.hits.visibility import visible_hits, visible_possible_matches
from detections.ingest.wake import wake_desk
from detections.matching import POSSIBLE_CHANGED
from detections.models import Detection, HitRepeat, OutboxEvent, PossibleMatch
from detections.photo_tokens import Look, photo_token
from detections.retention.terms import terms_of
from detections.rules import possible as rules
from detections.searching.correct_read import correct_read
from detections.searching.open_read import ReadNotFound

Kind, Status = PossibleMatch.Kind, PossibleMatch.Status
PAGE = 25
LONGEST_WHY = 300
REASON = "Check of a possible match"
SHOWN = {"new": Q(status=Status.NEW), "decided": ~Q(status=Status.NEW)}
_FACTS = ("detection__camera", "detection__photo", "hot_plate__hot_list__source", "hot_plate__entered_by", "decided_by")


@dataclass(frozen=True, slots=True)
class Card:
    """A possible match with where it differs, and the token of its picture ("" without one)."""

    match: PossibleMatch
    difference: Difference
    picture_token: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue, newest first; ``kinds`` counts what is shown there by kind; the record of the look."""

    cards: list[Card]
    counts: dict[str, int]
    kinds: dict[str, int]
    number: int
    pages: int
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """One possible match: its card, the hit it led to, what may be decided about it, the record of this look."""

    card: Card
    hit_id: UUID | None
    outcomes: tuple[str, ...]
    may_decide: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A possible match as decided; ``corrected`` and the hit only where the picture shows the hot plate."""

    match: PossibleMatch
    corrected: bool = False
    hit_id: UUID | None = None


@dataclass(slots=True)
class Dismissed:
    """How many of several were dismissed, and why the others were left, in words."""

    done: int = 0
    left: list[Refusal] = field(default_factory=list)
    gone: int = 0


def list_possible(*, by: Asker, at: datetime, show: str = "new", kind: str = "", page: int = 1) -> Queue:
    """One page of the possible matches the person may see, recorded at every look."""
    show, kind = show if show in SHOWN else "new", kind if kind in Kind.values else ""
    query = {"show": show, "page": str(page)} | ({"kind": kind} if kind else {})
    with ledger.act(Action.POSSIBLE_LIST, by=by, at=at, purpose=PURPOSE, query=query) as record:
        profile = gate.admit(by, Ability.WATCH_HITS, at=at)
        user = _user(by)
        seen = shown_possible_matches(user, profile, at)
        counts = seen.aggregate(**{name: Count("pk", filter=condition) for name, condition in SHOWN.items()})
        there = seen.filter(SHOWN[show])
        kinds = dict.fromkeys(Kind.values, 0) | dict(there.values_list("kind").annotate(count=Count("pk")).order_by())
        rows = there.filter(kind=kind) if kind else there
        pages = max(1, -(-(kinds[kind] if kind else sum(kinds.values())) // PAGE))
        number = min(max(page, 1), pages)
        newest = rows.select_related(*_FACTS).order_by("-created_at", "-pk")[(number - 1) * PAGE : number * PAGE]
        cards = [_card(match, user, at) for match in newest]
        record.result_count = len(cards)
    return Queue(cards, counts, kinds, number, pages, record.index)


def open_possible(*, possible_id: UUID, by: Asker, at: datetime) -> Opened:
    """One possible match. Raises PossibleMatch.DoesNotExist where there is none for this person."""
    subject = ("possible match", possible_id, "")
    with ledger.act(Action.POSSIBLE_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = gate.admit(by, Ability.WATCH_HITS, at=at)
        user = _user(by)
        match = shown_possible_matches(user, profile, at).select_related(*_FACTS).get(pk=possible_id)
        record.about("possible match", match.pk, match.plate)
        record.result_count = 1
        hit_id = _hit_of(match, user, at) if match.status == Status.SAME else None
        may = not user.organisation and Ability.WORK_HITS in abilities_of(user, at)
        card = _card(match, user, at)
        again = may and _unfinished(match, user)
    if again:
        return Opened(card, hit_id, (Status.SAME,), True, record.index)
    open_to = may and match.status == Status.NEW
    return Opened(card, hit_id, outcomes_of(match) if open_to else (), open_to, record.index)


def decide_possible(*, possible_id: UUID, outcome: str, note: str = "", by: Asker, at: datetime) -> Decided:
    """Decide: another vehicle, the picture shows the hot plate, or a lead (``PossibleMatch.Status``).

    After "the same" the read is corrected, as an act of its own; so one who may not correct reads does not decide so.
    Raises Refused, or PossibleMatch.DoesNotExist.
    """
    subject = ("possible match", possible_id, "")
    with ledger.act(Action.POSSIBLE_DECIDE, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = gate.admit(by, Ability.WORK_HITS, at=at)
        if outcome == Status.SAME:
            gate.admit(by, Ability.TRANSCRIBE, at=at)
        user = _user(by)
        # What may change while one waits for the lock, who decided, is not joined: see hits.steps.
        matches = _workable(user, profile, at).select_related("detection", "hot_plate")
        match = matches.select_for_update(of=("self",), no_key=True).get(pk=possible_id)
        record.about("possible match", match.pk, match.plate)
        if not (outcome == Status.SAME and _unfinished(match, user)):
            _decide(match, outcome, note.strip(), user, profile, record, at)
    corrected = outcome == Status.SAME and _correct(match, by, at)
    return Decided(match, corrected, _hit_of(match, user, at) if outcome == Status.SAME else None)


def dismiss_possible(*, possible_ids: Iterable[UUID], note: str = "", by: Asker, at: datetime) -> Dismissed:
    """Call several another vehicle, each with a record of its own; those that may not be are left and told."""
    told = Dismissed()
    for possible_id in possible_ids:
        try:
            decide_possible(possible_id=possible_id, outcome=Status.DISMISSED, note=note, by=by, at=at)
        except Refused as refused:
            told.left.append(refused.refusal)
        except PossibleMatch.DoesNotExist:
            told.gone += 1
        else:
            told.done += 1
    return told


def shown_possible_matches(user: User, profile: Profile, at: datetime) -> QuerySet[PossibleMatch]:
    """Those open to the person whose read is not past its ceiling."""
    cutoff = terms_of(profile, at).seen_from(at)
    found = visible_possible_matches(user, at)
    return found if cutoff is None else found.filter(captured_at__gte=cutoff)


def outcomes_of(match: PossibleMatch) -> tuple[str, ...]:
    """What can be decided about it: a partial plate, or a read without a picture, is never "the same"."""
    same = match.kind != Kind.PARTIAL and match.detection.photo_id is not None
    return (Status.DISMISSED, Status.SAME, Status.LEAD) if same else (Status.DISMISSED, Status.LEAD)


def _decide(
    match: PossibleMatch, outcome: str, note: str, user: User, profile: Profile, record: ledger.Record, at: datetime
) -> None:
    """Judge the decision and save it, with the event for the other desks."""
    photo = match.detection.photo_id
    seen = photo is not None and has_seen(user, photo, since=match.created_at)
    if refusal := rules.refuse_decision(match, outcome, note, profile, has_picture=photo is not None, seen=seen):
        raise Refused(refusal)
    record.detail = {"status": [match.status, outcome], "kind": match.kind, "note": note} | _case(match)
    match.status, match.decided_by, match.decided_at, match.note = outcome, user, at, note
    match._history_user = user  # type: ignore[attr-defined]
    match.save(update_fields=["status", "decided_by", "decided_at", "note"])
    OutboxEvent.objects.create(possible=match, topic=POSSIBLE_CHANGED, created_at=at)
    transaction.on_commit(wake_desk, robust=True)


def _correct(match: PossibleMatch, by: Asker, at: datetime) -> bool:
    """Correct the read to the hot plate; False where that is done already, by whomever."""
    if _stands(match):
        return False
    entry = match.hot_plate
    look = Look(PURPOSE, REASON, entry.case_number, match.read_ref)
    why = f"The picture shows the hot plate. {match.note}".strip()[:LONGEST_WHY]
    try:
        correct_read(by=by, at=at, read_id=match.detection_id, look=look, plate=entry.plate, why=why)
    except ReadNotFound as error:
        raise PossibleMatch.DoesNotExist from error
    except Refused:
        if not _stands(match):
            raise
        return False
    return True


def _unfinished(match: PossibleMatch, user: User) -> bool:
    """Whether this person said "the same" and the correction did not come about: they may try again."""
    return match.status == Status.SAME and match.decided_by_id == user.pk and not _stands(match)


def _stands(match: PossibleMatch) -> bool:
    """Whether the read is the hot plate's own already."""
    return Detection.objects.at(match.read_ref).filter(plate=match.hot_plate.plate).exists()


def _workable(user: User, profile: Profile, at: datetime) -> QuerySet[PossibleMatch]:
    """Another agency's people look and do not decide (I.2.b)."""
    return PossibleMatch.objects.none() if user.organisation else shown_possible_matches(user, profile, at)


def _hit_of(match: PossibleMatch, user: User, at: datetime) -> UUID | None:
    """The hit that the corrected read made or was folded into, if the person may see it."""
    of_entry = visible_hits(user, at).filter(hot_plate=match.hot_plate_id)
    folded = HitRepeat.objects.filter(detection_id=match.detection_id, captured_at=match.captured_at)
    own = Q(detection_id=match.detection_id) | Q(pk__in=folded.values("hit"))
    return of_entry.filter(own).values_list("pk", flat=True).first()


def _case(match: PossibleMatch) -> dict[str, str]:
    """Whose lead it is: incident, case or XREF of the entry, as far as there is one."""
    entry = match.hot_plate
    named = {"incident": entry.incident_number, "case": entry.case_number, "xref": entry.xref}
    return {name: value for name, value in named.items() if value}


def _card(match: PossibleMatch, user: User, at: datetime) -> Card:
    photo = match.detection.photo_id
    case = match.hot_plate.case_number
    token = photo_token(user, photo, PURPOSE, REASON, case, at=at) if photo else ""
    return Card(match, difference(match.hot_plate.plate, match.plate), token)


def _user(by: Asker) -> User:
    """The person; ``gate.admit`` has let nobody else through."""
    if by.user is None:
        raise TypeError("a possible match is looked at by a person")
    return by.user
