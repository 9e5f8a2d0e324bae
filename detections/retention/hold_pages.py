"""Looking at holds: the list, and one hold with the reads it keeps, each look on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit import gate, ledger
from audit import rules as shared_rules
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal
from detections.models import Booking, Detection, HeldRead, Hold, HoldReview, PlateCorrection, ReadRef
from detections.retention import held_reads
from detections.retention.holds import PURPOSE, agency_day
from detections.retention.terms import terms_of
from detections.rules import holds as rules

PAGE_SIZE = 100
MOST_LIVE, MOST_PAST = 500, 100
STATES = ("due", "asked", "booked", "live", "lifted")


@dataclass(frozen=True, slots=True)
class Kept:
    """A held read: as it stands (``read``), or as it was copied where the original is gone (None).

    ``plate`` and ``state`` are "" where they are withheld.
    """

    plate: str
    state: str
    captured_at: datetime
    camera: str
    read: Detection | None
    corrections: list[PlateCorrection]


@dataclass(frozen=True, slots=True)
class OpenedHold:
    """One hold as its page shows it, and the ledger record of this look.

    ``withheld`` says why no plates are listed, where they are not; ``past`` counts the reads of a lifted hold that are
    past their ceiling and shown no more.
    """

    hold: Hold
    today: date
    kept: list[Kept]
    withheld: Refusal | None
    past: int
    page: int
    pages: int
    reviews: list[HoldReview]
    bookings: list[Booking]
    record_index: int | None


def list_holds(*, by: Asker, at: datetime, case_number: str = "", state: str = "") -> Sequence[Hold]:
    """Holds in force, the next to be looked at again first, then the last lifted. No plates. Raises Refused.

    Each has ``reads`` (how many it was placed on) and ``booked``. ``state`` is one of ``STATES`` or "" for all.
    """
    with ledger.act(
        Action.HOLD_LIST, by=by, at=at, purpose=PURPOSE, case_number=case_number, query={"state": state}
    ) as record:
        gate.admit(by, Ability.PLACE_HOLDS, at=at)
        holds = _holds().filter(case_number=case_number) if case_number else _holds()
        live = _in_state(holds.filter(lifted_at=None), state, agency_day(at)).order_by("review_on", "pk")
        past = holds.exclude(lifted_at=None).order_by("-lifted_at")
        listed = list(live[:MOST_LIVE]) if state != "lifted" else []
        listed += list(past[:MOST_PAST]) if state in ("", "lifted") else []
        record.result_count = len(listed)
    return listed


def open_form(*, by: Asker, at: datetime) -> None:
    """Let one who may place holds open the form. Anyone else is refused, on record."""
    if by.user is None or Ability.PLACE_HOLDS not in abilities_of(by.user, at):
        with ledger.act(Action.HOLD_PLACE, by=by, at=at, purpose=PURPOSE):
            gate.admit(by, Ability.PLACE_HOLDS, at=at)


def count_due(at: datetime) -> int:
    """How many holds in force are to be looked at again by now. One query, no plate data."""
    return Hold.objects.filter(lifted_at=None, review_on__lte=agency_day(at)).count()


def cases() -> list[str]:
    """Case numbers of holds, the newest hold's first: what the list may be cut to. One query; for those who list."""
    newest = Hold.objects.order_by("-placed_at").values_list("case_number", flat=True)[:MOST_LIVE]
    return list(dict.fromkeys(newest))


def open_hold(*, by: Asker, at: datetime, hold_id: UUID, page: int = 1) -> OpenedHold:
    """One hold and a page of its reads, newest first. Raises Refused, or Hold.DoesNotExist.

    Plates are listed for the trained alone (A.3), and not for a window that nobody has searched.
    """
    hold = _holds().filter(pk=hold_id).first()
    with ledger.act(
        Action.HOLD_VIEW,
        by=by,
        at=at,
        purpose=PURPOSE,
        case_number=hold.case_number if hold else "",
        query={"page": page},
        subject=("hold", hold_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        if hold is None:
            raise Hold.DoesNotExist
        withheld = _withheld(hold, by, at, profile)
        rows = _visible(hold, terms_of(profile, at).seen_from(at))
        count = rows.count()
        pages = max(1, -(-count // PAGE_SIZE))
        page = min(max(page, 1), pages)
        listed = rows.order_by("-captured_at", "-detection_id")[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        kept = _kept(list(listed.select_related("camera")), plates=withheld is None)
        reviews = list(hold.reviews.select_related("reviewed_by").order_by("-reviewed_at"))
        bookings = list(hold.bookings.select_related("recorded_by").order_by("-recorded_at"))
        record.result_count = len(kept)
        record.detail = {"reads": count, "withheld": withheld.code if withheld else ""}
    return OpenedHold(
        hold=hold,
        today=agency_day(at),
        kept=kept,
        withheld=withheld,
        past=max(0, hold.reads - count) if hold.lifted_at else 0,
        page=page,
        pages=pages,
        reviews=reviews,
        bookings=bookings,
        record_index=record.index,
    )


def _holds() -> QuerySet[Hold]:
    people = ("placed_by", "lift_requested_by", "lifted_by")
    return Hold.objects.select_related(*people).annotate(booked=_booked())


def _booked() -> Exists:
    return Exists(Booking.objects.filter(hold=OuterRef("pk")))


def _in_state(live: QuerySet[Hold], state: str, today: date) -> QuerySet[Hold]:
    if state == "due":
        return live.filter(review_on__lte=today)
    if state == "asked":
        return live.exclude(lift_requested_at=None)
    return live.filter(_booked()) if state == "booked" else live


def _withheld(hold: Hold, by: Asker, at: datetime, profile: Profile) -> Refusal | None:
    """Why this person sees no plates of this hold; None: they do."""
    if by.user is None:
        return None
    untrained = shared_rules.refuse_untrained(gate.training_of(by.user, at), profile)
    return untrained or rules.refuse_unsearched(window=hold.origin == Hold.Origin.WINDOW, profile=profile)


def _visible(hold: Hold, seen_from: datetime | None) -> QuerySet[HeldRead]:
    """The reads of a hold that may be seen: all while it is in force, then those within their ceiling or held anew."""
    rows = HeldRead.objects.filter(hold=hold)
    if hold.lifted_at is None or seen_from is None:
        return rows
    again = HeldRead.objects.filter(
        hold__case_number=hold.case_number,
        hold__lifted_at=None,
        captured_at=OuterRef("captured_at"),
        detection_id=OuterRef("detection_id"),
    )
    return rows.filter(Q(captured_at__gte=seen_from) | Exists(again))


def _kept(rows: list[HeldRead], *, plates: bool) -> list[Kept]:
    """The reads as they stand, or as they were copied where the original is gone. Two queries."""
    refs = [row.read_ref for row in rows]
    standing = held_reads.standing(refs)
    corrections = _corrections(refs) if plates else {}
    kept = []
    for row in rows:
        read = standing.get(row.read_ref)
        kept.append(
            Kept(
                plate=(read.plate if read else row.plate) if plates else "",
                state=(read.state if read else row.copy.get("state", "")) if plates else "",
                captured_at=row.captured_at,
                camera=row.camera.code,
                read=read,
                corrections=corrections.get(row.detection_id, []),
            )
        )
    return kept


def _corrections(refs: list[ReadRef]) -> dict[UUID, list[PlateCorrection]]:
    """The corrections of these reads, oldest first."""
    if not refs:
        return {}
    times = [ref.captured_at for ref in refs]
    made = PlateCorrection.objects.filter(
        captured_at__range=(min(times), max(times)), detection_id__in=[ref.id for ref in refs]
    )
    found: dict[UUID, list[PlateCorrection]] = {}
    for correction in made.select_related("corrected_by").order_by("corrected_at", "pk"):
        found.setdefault(correction.detection_id, []).append(correction)
    return found
