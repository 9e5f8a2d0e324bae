"""Correct a read by its picture, under the purpose of the look that led to it. What was read first is kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.plates import normalise
from audit.refusals import Refused
from detections.hits.steps import has_seen
from detections.hits.visibility import visible_hits
from detections.matching import match_detections
from detections.models import Detection, PlateCorrection
from detections.photo_tokens import Look
from detections.rules.photos import refuse_correction, refuse_unseen
from detections.rules.searches import refuse_without_context
from detections.searching.open_read import ReadNotFound
from detections.searching.visible import visible


@dataclass(frozen=True, slots=True)
class Corrected:
    """The read as it now stands, and how many hits the correction made that the person may know of."""

    read: Detection
    hits: int


def correct_read(*, by: Asker, at: datetime, read_id: UUID, look: Look | None, plate: str, why: str) -> Corrected:
    """Set the plate that stands, keep the one before as a layer with its reason, and match anew.

    ``look`` comes from the read's token. Raises PlateError, Refused, and ReadNotFound.
    """
    plate = normalise(plate)
    with ledger.act(
        Action.READ_CORRECT,
        by=by,
        at=at,
        purpose=look.purpose if look else "none given",
        reason=look.reason if look else "",
        case_number=look.case_number if look else "",
        subject=("read", read_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.TRANSCRIBE, at=at)
        if look is None or look.ref is None or by.user is None:
            raise Refused(refuse_without_context(profile))
        reads = visible(at, profile, case_number=look.case_number).select_for_update(of=("self",))
        if (read := reads.at(look.ref).first()) is None:
            raise ReadNotFound
        before = read.plate
        record.about("read", read_id, before)
        record.query = {"plate": before}
        refusal = refuse_correction(read, plate, why, profile) or refuse_unseen(
            read.photo_id is not None and has_seen(by.user, read.photo_id, since=read.received_at), profile
        )
        if refusal:
            raise Refused(refusal)
        PlateCorrection.objects.create(
            detection=read, plate_before=before, plate_after=plate, corrected_by=by.user, corrected_at=at, reason=why
        )
        read.plate, read.plate_read = plate, read.plate_read
        Detection.objects.at(read.ref).update(plate=plate, as_read=read.as_read)
        hits = match_detections([read.ref], at=at).get(read.pk, [])
        record.detail = {"plate": [before, plate], "why": why, "hits": len(hits)}
        told = visible_hits(by.member, at).filter(pk__in=[one.hit_id for one in hits]).count()
    return Corrected(read, told)
