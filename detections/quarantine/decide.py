"""Deciding about wrong clocks: discarded with a reason, or recorded with the right time. What came stays as it came."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from audit import ledger, policy
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from cameras.models import Camera
from detections import partitions
from detections.ingest import rules
from detections.ingest.reads import DUPLICATE, RECORDED, NewRead
from detections.ingest.store import store_reads, tally
from detections.models import Detection, QuarantineDecision, QuarantinedRead
from detections.quarantine.listing import PURPOSE, admit

MOST = 500


class CannotDecide(ValueError):
    """What was asked cannot be done as it stands; nothing was changed. The words are for people."""


def discard(*, by: Asker, at: datetime, ids: Collection[UUID], reason: str) -> int:
    """Leave these reads out for good; they are kept beside the decision. Raises Refused, CannotDecide. How many."""
    _require(ids, reason)
    with ledger.act(Action.QUARANTINE_DECIDE, by=by, at=at, purpose=PURPOSE, reason=reason) as record:
        admit(by, at)
        reads = _lock(ids)
        _decide(reads, QuarantineDecision.Kind.DISCARDED, by, at, reason)
        record.about("quarantined reads", reads[0].pk)
        record.detail = {"decision": "discarded", "reads": [str(read.pk) for read in reads]}
        record.result_count = len(reads)
    return len(reads)


def release(*, by: Asker, at: datetime, ids: Collection[UUID], true_time: datetime, reason: str) -> dict[str, int]:
    """Record these reads of one camera with the right time: that of the earliest; the others move by as much.

    They are stored and matched like any others. Raises CannotDecide for a time that cannot be, Refused (recorded) for
    one past the ceiling. Returns how many got which status.
    """
    _require(ids, reason)
    query = {"reads": len(ids)}
    with suppress(Refused):  # the act below refuses it again, on record
        admit(by, at)
        moved = _times(ids, true_time, at)
        partitions.make_room(list(moved.values()), at=at)
    with ledger.act(Action.QUARANTINE_DECIDE, by=by, at=at, purpose=PURPOSE, reason=reason, query=query) as record:
        admit(by, at)
        profile = record.profile or policy.in_force(at)
        moved = _times(ids, true_time, at)
        reads = _lock(ids)
        camera = reads[0].camera
        if any(read.camera_id != camera.pk for read in reads):
            raise CannotDecide("Release the reads of one camera at a time: each clock is wrong in its own way.")
        _refuse(camera, moved, at, profile)
        new = [_as_read(read, moved[read.pk]) for read in reads]
        answers = store_reads(new, camera=camera, at=at, profile=profile)
        if any(answer.status not in (RECORDED, DUPLICATE) for answer in answers):
            raise CannotDecide("The store did not take them. Look at the time again.")
        kept = {read.pk: answer.id for read, answer in zip(reads, answers, strict=True)}
        _decide(reads, QuarantineDecision.Kind.RELEASED, by, at, reason, moved=moved, kept=kept)
        record.about("camera", camera.pk, camera.code)
        record.detail = {
            "decision": "released",
            "by seconds": (moved[reads[0].pk] - reads[0].claimed_at).total_seconds(),
            "reads": [str(read.pk) for read in reads],
        }
        record.result_count = len(reads)
    return tally(answers)


def _require(ids: Collection[UUID], reason: str) -> None:
    if not ids:
        raise CannotDecide("Tick the reads that you decide about.")
    if len(ids) > MOST:
        raise CannotDecide(f"At most {MOST} reads are decided about at once.")
    if len(reason.split()) < 3:
        raise CannotDecide("Say why, in three words or more.")


def _times(ids: Collection[UUID], true_time: datetime, at: datetime) -> dict[UUID, datetime]:
    """The right time of each read, by its id. Two queries' worth of looking, nothing locked yet."""
    claimed = dict(QuarantinedRead.objects.filter(pk__in=ids).values_list("pk", "claimed_at"))
    if not claimed:
        raise CannotDecide("These reads are not in quarantine.")
    shift = true_time - min(claimed.values())
    try:
        moved = {key: time + shift for key, time in claimed.items()}
    except OverflowError as error:
        raise CannotDecide("That time cannot be.") from error
    if max(moved.values()) > at:
        late = " for the last of the ticked reads" if len(moved) > 1 else ""
        raise CannotDecide(f"The true time is in the future{late}.")
    if min(moved.values()) < rules.FIRST_PLAUSIBLE:
        raise CannotDecide("The true time is before 2000.")
    return moved


def _lock(ids: Collection[UUID]) -> list[QuarantinedRead]:
    """The reads, the earliest first, locked until the commit; raises CannotDecide where one is decided about."""
    rows = QuarantinedRead.objects.select_for_update(of=("self",)).select_related("camera").filter(pk__in=ids)
    reads = list(rows.order_by("claimed_at", "pk"))
    if len(reads) < len(set(ids)):
        raise CannotDecide("One of these reads is no longer in quarantine.")
    if QuarantineDecision.objects.filter(read__in=ids).exists():
        raise CannotDecide("Somebody has decided about one of these reads already.")
    return reads


def _refuse(camera: Camera, moved: dict[UUID, datetime], at: datetime, profile: Profile) -> None:
    if refusal := rules.refuse_camera(camera, at, profile):
        raise Refused(refusal)
    cutoff = rules.ceiling_cutoff(at, profile)
    if refusal := rules.refuse_past_ceiling(min(moved.values()), cutoff, profile):
        raise Refused(refusal)


def _as_read(kept: QuarantinedRead, captured_at: datetime) -> NewRead:
    """The read as it came, at its right time, under a key of its own: released twice it would be a duplicate."""
    body = {name: kept.body[name] for name in NewRead.__slots__ if name in kept.body}
    source = body.get("source")
    facts = {"client_key": f"released:{kept.pk}", "captured_at": captured_at}
    facts["source"] = source if isinstance(source, int) else Detection.Source.DEVICE.value
    return NewRead(**(body | facts))


def _decide(
    reads: Sequence[QuarantinedRead],
    kind: str,
    by: Asker,
    at: datetime,
    reason: str,
    *,
    moved: dict[UUID, datetime] | None = None,
    kept: dict[UUID, UUID | None] | None = None,
) -> None:
    if by.user is None:
        raise CannotDecide("Only a person decides.")
    QuarantineDecision.objects.bulk_create(
        QuarantineDecision(
            read=read,
            kind=kind,
            reason=reason,
            decided_by=by.user,
            decided_at=at,
            corrected_to=(moved or {}).get(read.pk),
            detection_id=(kept or {}).get(read.pk),
        )
        for read in reads
    )
