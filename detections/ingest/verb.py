"""Recording reads: one act, one transaction, one ledger record a batch."""

from datetime import datetime

from audit import ledger, policy
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from cameras.models import Camera
from detections.ingest import rules
from detections.ingest.reads import RECORDED, Answer, NewRead
from detections.ingest.store import Batch, store_reads, tally
from detections.partitions import make_room


def record_reads(*, by: Asker, camera: Camera, reads: Batch, at: datetime) -> list[Answer]:
    """Record a camera's reads, match them and answer each in order; a bad read loses none of the others.

    Sent again, a read gets the same answer as "duplicate". Raises Refused (recorded) for a camera that may store
    nothing here, LedgerUnavailable and django.db.DatabaseError; then nothing was kept and all may be sent again.
    """
    make_room([read.captured_at for read in reads if isinstance(read, NewRead)], at=at)
    query = {"reads": len(reads)}
    subject = ("camera", camera.pk, camera.code)
    with ledger.act(Action.READS_RECORD, by=by, at=at, purpose="collection", query=query, subject=subject) as record:
        profile = record.profile or policy.in_force(at)
        if refusal := rules.refuse_camera(camera, at, profile):
            raise Refused(refusal)
        answers = store_reads(reads, camera=camera, at=at, profile=profile)
        record.detail = tally(answers)
        record.result_count = record.detail.get(RECORDED, 0)
    return answers
