"""Holds: reads kept past their ceiling as evidence, looked at again, until two people lift them (C.1, 462.4).

Placed on ticked reads, on all that a search finds, or on all that some cameras saw in a window: each in one act, all
or none, with a copy of every read as it stood.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import gate, ledger, merkle
from audit import rules as shared_rules
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.models import Hold, HoldReview, ReadRef
from detections.retention import found_reads, held_reads
from detections.retention.terms import terms_of
from detections.rules import holds as rules
from detections.searching.time_limit import time_limit

PURPOSE = "retention"
# As many ids as a ledger record has room for; more are named by the root over them.
MOST_NAMED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTerms:
    """What a hold is placed with: the case, the ground, the words, and the day it is looked at again.

    ``belief`` is what an anticipated hold rests on: why the reads will become evidence.
    """

    case_number: str
    kind: str
    proceeding: str
    reason: str
    review_on: date
    belief: str = ""


def place_hold(*, by: Asker, at: datetime, reads: Collection[ReadRef], terms: HoldTerms) -> Hold:
    """Hold these reads, all or none. Raises Refused, or StoreBusy while a purge keeps them locked.

    The reads are locked first, so a purge that runs at the same time either waits for this hold or is seen here as
    reads that are gone.
    """
    wanted = set(reads)
    with _placing(by, at, terms) as record:
        profile = _admit(by, at, terms)
        _raise(rules.refuse_reads(len(wanted), len(wanted), profile))
        hold = _place(by, at, terms, wanted, profile, Hold.Origin.READS)
        _note(record, hold, wanted)
    return hold


def hold_search(*, by: Asker, at: datetime, search_id: UUID, terms: HoldTerms) -> Hold:
    """Hold all that an own search finds now. Raises Refused, SearchTooSlow, or StoreBusy."""
    with _placing(by, at, terms) as record:
        profile = _admit(by, at, terms)
        search = found_reads.own_search(by, search_id)
        if search is None:
            raise Refused(rules.refuse_search(profile))
        record.query = {"search": search_id}
        with time_limit():
            wanted = found_reads.of_search(
                search, at=at, profile=profile, case_number=terms.case_number, limit=rules.MOST_FOUND + 1
            )
        _raise(rules.refuse_found(len(wanted), "search", profile))
        hold = _place(by, at, terms, wanted, profile, Hold.Origin.SEARCH, {"search": str(search_id)})
        _note(record, hold, wanted)
    return hold


def hold_window(*, by: Asker, at: datetime, window: rules.Window, terms: HoldTerms) -> Hold:
    """Hold all that the cameras have seen in the window up to now. Raises Refused, SearchTooSlow, or StoreBusy."""
    told = {
        "cameras": sorted(window.cameras),
        "from": window.from_at.isoformat(),
        "to": window.to_at.isoformat(),
    }
    with _placing(by, at, terms, query=told) as record:
        profile = _admit(by, at, terms)
        _raise(rules.refuse_window(window, at, profile))
        seen_from = terms_of(profile, at).seen_from(at)
        with time_limit():
            wanted = held_reads.in_window(
                window, seen_from=seen_from, case_number=terms.case_number, limit=rules.MOST_FOUND + 1
            )
        _raise(rules.refuse_found(len(wanted), "window", profile))
        hold = _place(by, at, terms, wanted, profile, Hold.Origin.WINDOW, told)
        _note(record, hold, wanted)
    return hold


def review_hold(*, by: Asker, at: datetime, hold_id: UUID, words: str, next_on: date) -> HoldReview:
    """Look at a hold again and keep it until the next day of review; a request to lift it lapses.

    Raises Refused, or Hold.DoesNotExist.
    """
    with ledger.act(
        Action.HOLD_REVIEW, by=by, at=at, purpose=PURPOSE, reason=words, subject=("hold", hold_id, "")
    ) as record:
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
        lifted = hold.lifted_at is not None
        _raise(rules.refuse_review(lifted=lifted, words=words, next_on=next_on, today=agency_day(at), profile=profile))
        review = HoldReview.objects.create(
            hold=hold, reviewed_by=by.member, reviewed_at=at, words=words, due_on=hold.review_on, next_on=next_on
        )
        record.detail = {"was_due": hold.review_on, "next": next_on, "declined": hold.lift_requested_at is not None}
        hold.review_on = next_on
        hold.lift_requested_by = hold.lift_requested_at = None
        hold.lift_ground = hold.lift_reason = ""
        hold.save(update_fields=["review_on", "lift_requested_by", "lift_requested_at", "lift_ground", "lift_reason"])
    return review


def request_lift(*, by: Asker, at: datetime, hold_id: UUID, reason: str, ground: str = "over") -> Hold:
    """Ask for the end of a hold; someone else lifts it. Raises Refused, or Hold.DoesNotExist.

    ``ground`` is a ``Hold.LiftGround``; "booked" needs a booking. Raises ValueError for a ground that there is not.
    """
    if ground not in Hold.LiftGround.values:
        raise ValueError(f"no such ground: {ground}")
    with ledger.act(
        Action.HOLD_REQUEST_LIFT,
        by=by,
        at=at,
        purpose=PURPOSE,
        reason=reason,
        query={"ground": ground},
        subject=("hold", hold_id, ""),
    ):
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
        _raise(
            rules.refuse_lift_request(
                lifted=hold.lifted_at is not None,
                requested=hold.lift_requested_at is not None,
                ground=ground,
                booked=hold.bookings.exists(),
                profile=profile,
            )
        )
        if len(reason.split()) < rules.MINIMUM_WORDS:
            raise Refused(rules.HOLD_REASON.refuse("Nothing says why the hold may end.", profile=profile.stamp))
        hold.lift_requested_by, hold.lift_requested_at = by.user, at
        hold.lift_ground, hold.lift_reason = ground, reason
        hold.save(update_fields=["lift_requested_by", "lift_requested_at", "lift_ground", "lift_reason"])
    return hold


def lift(*, by: Asker, at: datetime, hold_id: UUID) -> Hold:
    """Lift a hold that another person asked to lift; its reads follow their ceiling again. Raises Refused."""
    with ledger.act(Action.HOLD_LIFT, by=by, at=at, purpose=PURPOSE, subject=("hold", hold_id, "")) as record:
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
        refusal = rules.refuse_lift(
            lifted=hold.lifted_at is not None,
            requested=hold.lift_requested_at is not None,
            same_person=hold.lift_requested_by is not None and same_person(by.member, hold.lift_requested_by),
            profile=profile,
        )
        _raise(refusal)
        hold.lifted_by, hold.lifted_at = by.user, at
        hold.save(update_fields=["lifted_by", "lifted_at"])
        record.detail = {"ground": hold.lift_ground}
    return hold


def agency_day(at: datetime) -> date:
    """The agency's calendar day of an instant: what days of review are compared with."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()


def _placing(
    by: Asker, at: datetime, terms: HoldTerms, query: dict[str, Any] | None = None
) -> AbstractContextManager[ledger.Record]:
    return ledger.act(
        Action.HOLD_PLACE,
        by=by,
        at=at,
        purpose=PURPOSE,
        reason=terms.reason,
        case_number=terms.case_number,
        query=query,
    )


def _admit(by: Asker, at: datetime, terms: HoldTerms) -> Profile:
    """The profile under which a hold on these terms may be placed; raises Refused."""
    profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
    _raise(
        rules.refuse_hold(**asdict(terms), today=agency_day(at), profile=profile)
        or shared_rules.refuse_case_number(terms.case_number, profile)
    )
    return profile


def _place(
    by: Asker,
    at: datetime,
    terms: HoldTerms,
    wanted: Collection[ReadRef],
    profile: Profile,
    origin: str,
    placed_on: dict[str, Any] | None = None,
) -> Hold:
    """Lock the reads, keep the hold and the copies; raises Refused unless every one of them is there."""
    seen_from = terms_of(profile, at).seen_from(at)
    there = held_reads.lock(wanted)
    allowed = held_reads.may_be_held(there, seen_from=seen_from, case_number=terms.case_number)
    _raise(rules.refuse_gone(len(wanted), len(allowed), profile))
    hold = Hold(
        **asdict(terms),
        placed_by=by.user,
        placed_at=at,
        origin=origin,
        placed_on=placed_on or {},
        reads=len(allowed),
    )
    hold.save(force_insert=True)
    copied = held_reads.copy(hold.pk, allowed)
    _raise(rules.refuse_gone(len(wanted), copied, profile))
    return hold


def _note(record: ledger.Record, hold: Hold, reads: Collection[ReadRef]) -> None:
    """What was held, in the record: each id, or for many the RFC 9162 root over the ids in order of (time, id)."""
    record.about("hold", hold.pk)
    record.result_count = len(reads)
    record.detail = {"review_on": hold.review_on, "count": len(reads)}
    if len(reads) <= MOST_NAMED:
        record.detail["reads"] = sorted(str(ref.id) for ref in reads)
        return
    tree = merkle.Range()
    for ref in sorted(reads, key=lambda ref: (ref.captured_at, ref.id)):
        tree.append(merkle.leaf_hash(ref.id.bytes))
    record.detail["root"] = tree.root().hex()


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
