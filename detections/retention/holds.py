"""Holds: reads kept past their ceiling as evidence, until two people lift them (C.1, 462.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, QuerySet

from audit import gate, ledger
from audit import rules as shared_rules
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refusal, Refused
from detections.models import Detection, HeldRead, Hold
from detections.rules import holds as rules
from detections.searching.visible import visible

PURPOSE = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTerms:
    """What a hold is placed with: the case, the ground, the words, and the day it is looked at again."""

    case_number: str
    kind: str
    proceeding: str
    reason: str
    review_on: date


def place_hold(*, by: Asker, at: datetime, read_ids: Collection[UUID], terms: HoldTerms) -> Hold:
    """Hold these reads, all or none. Raises Refused.

    The reads are locked first, so a purge that runs at the same time either waits for this hold or is seen here as
    reads that are gone.
    """
    wanted = set(read_ids)
    with ledger.act(
        Action.HOLD_PLACE, by=by, at=at, purpose=PURPOSE, reason=terms.reason, case_number=terms.case_number
    ) as record:
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        today = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
        _raise(
            rules.refuse_hold(
                case_number=terms.case_number,
                reason=terms.reason,
                kind=terms.kind,
                proceeding=terms.proceeding,
                review_on=terms.review_on,
                today=today,
                profile=profile,
            )
            or shared_rules.refuse_case_number(terms.case_number, profile)
            or rules.refuse_reads(len(wanted), len(wanted), profile)
        )
        reads = _lock(wanted, visible_reads=visible(at, profile, case_number=terms.case_number))
        _raise(rules.refuse_reads(len(wanted), len(reads), profile))
        hold = Hold(
            case_number=terms.case_number,
            kind=terms.kind,
            proceeding=terms.proceeding,
            reason=terms.reason,
            review_on=terms.review_on,
            placed_by=by.user,
            placed_at=at,
        )
        hold.save(force_insert=True)
        HeldRead.objects.bulk_create(
            HeldRead(hold=hold, detection=read, plate=read.plate, captured_at=read.captured_at) for read in reads
        )
        record.about("hold", hold.pk)
        record.result_count = len(reads)
        record.detail = {"reads": sorted(str(read.pk) for read in reads), "review_on": terms.review_on}
    return hold


def request_lift(*, by: Asker, at: datetime, hold_id: UUID, reason: str) -> Hold:
    """Ask for the end of a hold; someone else lifts it. Raises Refused, or Hold.DoesNotExist."""
    with ledger.act(
        Action.HOLD_REQUEST_LIFT, by=by, at=at, purpose=PURPOSE, reason=reason, subject=("hold", hold_id, "")
    ):
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
        requested = hold.lift_requested_at is not None
        _raise(rules.refuse_lift_request(lifted=hold.lifted_at is not None, requested=requested, profile=profile))
        if len(reason.split()) < rules.MINIMUM_WORDS:
            raise Refused(rules.HOLD_REASON.refuse("Nothing says why the hold may end.", profile=profile.stamp))
        hold.lift_requested_by, hold.lift_requested_at = by.user, at
        hold.save(update_fields=["lift_requested_by", "lift_requested_at"])
    return hold


def lift(*, by: Asker, at: datetime, hold_id: UUID) -> Hold:
    """Lift a hold that another person asked to lift; its reads follow their ceiling again. Raises Refused."""
    with ledger.act(Action.HOLD_LIFT, by=by, at=at, purpose=PURPOSE, subject=("hold", hold_id, "")):
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
        refusal = rules.refuse_lift(
            lifted=hold.lifted_at is not None,
            requested=hold.lift_requested_at is not None,
            same_person=by.user is not None and hold.lift_requested_by_id == by.user.pk,
            profile=profile,
        )
        _raise(refusal)
        hold.lifted_by, hold.lifted_at = by.user, at
        hold.save(update_fields=["lifted_by", "lifted_at"])
    return hold


def list_holds(*, by: Asker, at: datetime) -> Sequence[Hold]:
    """Holds in force, then the last lifted, each with ``reads`` (how many it keeps). No plates."""
    with ledger.act(Action.HOLD_LIST, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.PLACE_HOLDS, at=at)
        people = ("placed_by", "lift_requested_by", "lifted_by")
        holds = Hold.objects.select_related(*people).annotate(reads=Count("held_reads"))
        live = list(holds.filter(lifted_at=None).order_by("review_on", "pk")[:500])
        past = list(holds.exclude(lifted_at=None).order_by("-lifted_at")[:50])
        record.result_count = len(live) + len(past)
    return live + past


def _lock(wanted: set[UUID], *, visible_reads: QuerySet[Detection]) -> list[Detection]:
    """The reads that may be held, locked against a purge until the act is committed."""
    locked = Detection.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    there = {read.pk: read for read in locked}
    seen = set(visible_reads.filter(pk__in=there).values_list("pk", flat=True))
    return [read for key, read in there.items() if key in seen]


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
