"""The verbs of a hit's road: take, give back, check by eye, verify, broadcast, close. One verb a move.

Each opens its act, finds and locks the hit among those the person may see, asks the rules, saves named fields,
writes the event for the other desks. Raises Refused, or Hit.DoesNotExist where there is no such hit for this person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability, roles_of
from audit.actions import Action, Outcome
from audit.asker import Asker
from audit.models import LedgerEntry, User
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.hits import outbox
from detections.hits.desk import PURPOSE
from detections.hits.visibility import workable_hits
from detections.models import Hit
from detections.rules import hit_details as details
from detections.rules import hits as rules
from detections.rules.descriptions import description_differs
from hotlists.models import HotPlate

Status = Hit.Status
DETAILS = {
    "call_number": "call for service number",
    "incident_type": "incident type code",
    "vehicle_seen": "vehicle description",
    "direction": "direction of travel",
}
CODES = ("call_number", "incident_type")


@dataclass(slots=True)
class Step:
    """What a verb works on: the locked hit, the person, the profile in force, the act's record."""

    hit: Hit
    user: User
    profile: Profile
    record: ledger.Record

    def save(self, *fields: str, **values: object) -> None:
        """Set and save the fields; old and new values go onto the record, the history knows who."""
        before = {name: _plain(getattr(self.hit, name)) for name in values}
        for name, value in values.items():
            setattr(self.hit, name, value)
        after = {name: _plain(getattr(self.hit, name)) for name in values}
        self.record.detail = {name: [before[name], after[name]] for name in values if before[name] != after[name]}
        self.hit._history_user = self.user  # type: ignore[attr-defined]
        self.hit.save(update_fields=[*values, *fields])

    def refuse_told(self, minutes_ago: int, what: str, *, at: datetime) -> Refusal | None:
        """Refuse a time told in minutes that cannot be true of this hit."""
        hit_at = self.hit.created_at
        return details.refuse_told(minutes_ago, what, hit_at=hit_at, at=at, profile=self.profile)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast hit, and in words where the vehicle seen differs from the entry ("" where it does not)."""

    hit: Hit
    warning: str


def take_hit(*, hit_id: UUID, by: Asker, at: datetime) -> Hit:
    """Make the person its owner. Work done before it was given back stands.

    One who may verify takes over from an owner who may not (D.5.b: the dispatcher is notified to verify).
    """
    with _step(Action.HIT_TAKE, hit_id, by=by, at=at) as step:
        hit = step.hit
        steps_in = _may_verify(step.user, step.profile, at) and not _may_verify(hit.taken_by, step.profile, at)
        _require(rules.refuse_take(hit, step.user.pk, step.profile, steps_in=steps_in))
        if hit.taken_by_id != step.user.pk:
            status = _furthest(hit) if hit.status == Status.NEW else hit.status
            first = {} if hit.received_at else {"received_by": step.user, "received_at": at}
            step.save(status=status, taken_by=step.user, taken_at=at, **first)
    return hit


def release_hit(*, hit_id: UUID, by: Asker, at: datetime) -> Hit:
    """Give it back to the desk as new; the steps done so far are kept for the next owner."""
    with _step(Action.HIT_RELEASE, hit_id, by=by, at=at) as step:
        _require(rules.refuse_not_owner(step.hit, step.user.pk, step.profile))
        step.save(status=Status.NEW, taken_by=None, taken_at=None)
    return step.hit


def check_hit(*, hit_id: UUID, result: str, by: Asker, at: datetime) -> Hit:
    """Enter what the picture shows. ``result`` is a ``Hit.Check``; a misread ends the road to a stop."""
    with _step(Action.HIT_CHECK, hit_id, by=by, at=at) as step:
        hit, photo = step.hit, step.hit.detection.photo_id
        _require(rules.refuse_not_owner(hit, step.user.pk, step.profile))
        seen = photo is not None and has_seen(step.user, photo, since=hit.created_at)
        _require(rules.refuse_check(hit, result, step.profile, has_picture=photo is not None, seen=seen))
        failed = result in (Hit.Check.MISREAD, Hit.Check.WRONG_STATE)
        status = Status.REJECTED if failed else Status.CHECKED
        step.save(status=status, check_result=Hit.Check(result), checked_by=step.user, checked_at=at)
    return hit


def verify_hit(
    *,
    hit_id: UUID,
    clets: str,
    ncic: str,
    clets_minutes: int = 0,
    ncic_minutes: int = 0,
    not_practicable: str = "",
    by: Asker,
    at: datetime,
) -> Hit:
    """Enter the result classes of the queries (``Hit.Result`` or ""): confirmed is verified, all else rejected.

    ``clets_minutes`` and ``ncic_minutes``: how long ago each was run. ``not_practicable``: why none could be, which
    goes on as verified by the person's word where the profile allows it (462.3(f)).
    """
    with _step(Action.HIT_VERIFY, hit_id, by=by, at=at) as step:
        hit, results = step.hit, {"clets": clets, "ncic": ncic}
        _require(rules.refuse_verifier(roles_of(step.user, at), step.profile))
        _require(rules.refuse_not_owner(hit, step.user.pk, step.profile))
        _require(rules.refuse_verification(hit, results, step.profile, not_practicable=not_practicable))
        _require(details.refuse_texts({"reason": not_practicable}, step.profile))
        run = {"CLETS": clets_minutes if clets else 0, "NCIC": ncic_minutes if ncic else 0}
        for system, minutes in run.items():
            _require(step.refuse_told(minutes, f"The {system} query", at=at))
        step.save(
            status=Status.VERIFIED if not_practicable.strip() or rules.confirms(results) else Status.REJECTED,
            clets_result=clets,
            clets_at=details.told(run["CLETS"], hit_at=hit.created_at, at=at) if clets else None,
            ncic_result=ncic,
            ncic_at=details.told(run["NCIC"], hit_at=hit.created_at, at=at) if ncic else None,
            not_practicable=not_practicable.strip(),
            verified_by=step.user,
            verified_at=at,
        )
    return hit


def record_broadcast(
    *,
    hit_id: UUID,
    call_number: str,
    incident_type: str,
    vehicle_seen: str,
    direction: str,
    broadcast_minutes: int = 0,
    by: Asker,
    at: datetime,
) -> Broadcast:
    """Enter the call and what was broadcast ``broadcast_minutes`` ago.

    A second time mends details and keeps the first time and person.
    """
    given = {
        "call_number": call_number,
        "incident_type": incident_type,
        "vehicle_seen": vehicle_seen,
        "direction": direction,
    }
    with _step(Action.HIT_BROADCAST, hit_id, by=by, at=at) as step:
        hit = step.hit
        _require(rules.refuse_not_owner(hit, step.user.pk, step.profile))
        named = {DETAILS[name]: value for name, value in given.items()}
        _require(rules.refuse_broadcast(hit, named, step.profile))
        _require(details.refuse_texts(given, step.profile))
        _require(details.refuse_codes({DETAILS[name]: given[name] for name in CODES}, step.profile))
        _require(step.refuse_told(broadcast_minutes, "The broadcast", at=at))
        step.save(
            **{name: value.strip() for name, value in given.items()},
            broadcast_by=hit.broadcast_by or step.user,
            broadcast_at=hit.broadcast_at or details.told(broadcast_minutes, hit_at=hit.created_at, at=at),
        )
    return Broadcast(hit, description_differs(hit.hot_plate.vehicle_description, vehicle_seen))


def dispose_hit(
    *, hit_id: UUID, disposition: str, independent_basis: str = "", recovery_call: str = "", by: Asker, at: datetime
) -> Hit:
    """Close it with its outcome (``Hit.Disposition``). A stop needs its independent basis in words (D.4)."""
    with _step(Action.HIT_DISPOSE, hit_id, by=by, at=at) as step:
        hit = step.hit
        _require(rules.refuse_not_owner(hit, step.user.pk, step.profile))
        _require(
            rules.refuse_disposition(
                hit,
                disposition,
                basis=independent_basis,
                recovery_call=recovery_call,
                stolen=hit.hot_plate.category == HotPlate.Category.STOLEN_VEHICLE,
                profile=step.profile,
            )
        )
        texts = {"independent_basis": independent_basis, "recovery_call": recovery_call}
        _require(details.refuse_texts(texts, step.profile))
        _require(details.refuse_codes({"recovery call number": recovery_call}, step.profile))
        step.save(
            status=Status.CLOSED,
            disposition=Hit.Disposition(disposition),
            independent_basis=independent_basis.strip(),
            recovery_call=recovery_call.strip(),
            closed_by=step.user,
            closed_at=at,
        )
    return hit


def has_seen(user: User, photo_id: UUID, *, since: datetime) -> bool:
    """Whether the ledger shows that the person opened the photograph since then. One query."""
    looks = LedgerEntry.objects.about("photo", str(photo_id)).filter(at__gte=since)
    return looks.filter(action=Action.PHOTO_VIEW, outcome=Outcome.ALLOWED, actor=user).exists()


@contextmanager
def _step(action: Action, hit_id: UUID, *, by: Asker, at: datetime) -> Iterator[Step]:
    """One step inside its act, with the hit locked; the event for the other desks comes at its end."""
    with ledger.act(action, by=by, at=at, purpose=PURPOSE, subject=("hit", hit_id, "")) as record:
        profile = gate.admit(by, Ability.WORK_HITS, at=at)
        if by.user is None:
            raise TypeError("a hit is worked on by a person")
        # Only rows that never change are joined: one who waited for the lock gets the hit anew, but what was joined
        # as it stood before the wait (an owner who was not there yet).
        hits = workable_hits(by.user, profile, at).select_related("detection", "hot_plate")
        hit = hits.select_for_update(of=("self",), no_key=True).get(pk=hit_id)
        record.about("hit", hit.pk, hit.plate)
        yield Step(hit, by.user, profile, record)
        outbox.announce(hit, outbox.CHANGED, at=at)


def _furthest(hit: Hit) -> Status:
    """Where a hit that was given back stands, by the steps on record."""
    if hit.verified_at is not None and not hit.not_practicable:
        results = {"clets": hit.clets_result, "ncic": hit.ncic_result}
        return Status.VERIFIED if rules.confirms(results) else Status.REJECTED
    if hit.verified_at is not None:
        return Status.VERIFIED
    if hit.check_result in (Hit.Check.MISREAD, Hit.Check.WRONG_STATE):
        return Status.REJECTED
    return Status.CHECKED if hit.check_result else Status.TAKEN


def _may_verify(user: User | None, profile: Profile, at: datetime) -> bool:
    return user is not None and bool(rules.verifier_roles(profile) & roles_of(user, at))


def _require(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, User | datetime) else value
