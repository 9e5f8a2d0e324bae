"""Open one read, under the purpose of the look that led to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from cameras.models import Deployment
from detections.models import Detection, HeldRead, PlateCorrection, ReadRef
from detections.photo_tokens import Look
from detections.rules import searches as rules
from detections.searching.visible import visible


class ReadNotFound(LookupError):
    """No read that this person may see under this case: never there, destroyed, or past its ceiling."""


@dataclass(frozen=True, slots=True)
class OpenedRead:
    """A read with all that is kept about it, and the ledger record of this look."""

    read: Detection
    corrections: list[PlateCorrection]
    holds: list[HeldRead]
    place: str
    latitude: float | None
    longitude: float | None
    record_index: int | None


def open_read(*, by: Asker, at: datetime, read_id: UUID, look: Look | None) -> OpenedRead:
    """The read and its layers. ``look`` comes from a token; without one it raises Refused. Raises ReadNotFound."""
    with ledger.act(
        Action.READ_VIEW,
        by=by,
        at=at,
        purpose=look.purpose if look else "none given",
        reason=look.reason if look else "",
        case_number=look.case_number if look else "",
        subject=("read", read_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.VIEW_READS, at=at)
        if look is None or look.ref is None:
            raise Refused(rules.refuse_without_context(profile))
        read = _find(look.ref, at, profile, look.case_number)
        corrections = list(read.platecorrections.select_related("corrected_by").order_by("corrected_at", "pk"))
        holds = list(read.heldreads.select_related("hold__placed_by").order_by("-hold__placed_at"))
        stood = Deployment.objects.at(read.captured_at).filter(camera=read.camera.pk).select_related("site").first()
        record.about("read", read_id, read.plate)
        record.query = {"plate": read.plate}
        record.result_count = 1
    known = read.latitude is not None and read.longitude is not None
    return OpenedRead(
        read=read,
        corrections=corrections,
        holds=holds,
        place=stood.site.name if stood else "",
        latitude=read.latitude if known else (stood.site.latitude if stood else None),
        longitude=read.longitude if known else (stood.site.longitude if stood else None),
        record_index=record.index,
    )


def _find(ref: ReadRef, at: datetime, profile: policy.Profile, case_number: str) -> Detection:
    reads = visible(at, profile, case_number=case_number).select_related("camera", "photo")
    read = reads.at(ref).first()
    if read is None:
        raise ReadNotFound
    return read
