"""Tasks are thin: ids in, one domain call, nothing else. Each is safe to run twice, late or never."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import asker
from detections import compaction, ocr, partitions, reading
from detections.evidence import tasks as evidence_tasks  # noqa: F401 - the worker finds tasks here
from detections.hits import escalation
from detections.ingest import keys
from detections.retention import photos
from detections.retention import tasks as retention_tasks  # noqa: F401
from detections.uploads import run as uploads
from detections.uploads import tidy


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=120, time_limit=150)
def read_photo(*, photo_id: str, **_: object) -> None:
    """Read one photograph by machine."""
    reading.read_photo(photo_id=UUID(photo_id), reader=ocr.default_reader(), at=timezone.now())


@shared_task(ignore_result=True)
def requeue_photos(**_: object) -> None:
    """Hand photographs to the reader again whose message was lost."""
    reading.requeue_waiting(at=timezone.now())


@shared_task(ignore_result=True)
def keep_store(**_: object) -> None:
    """Make partitions ahead of time and for strays, and forget client keys that are kept no longer."""
    now = timezone.now()
    partitions.keep_ahead(at=now)
    keys.forget_keys(now)


@shared_task(ignore_result=True)
def clean_photos(**_: object) -> None:
    """Remove stored photographs that no record names."""
    photos.clean_photos(at=timezone.now())


@shared_task(ignore_result=True, acks_late=True)
def take_in_upload(*, upload_id: str, **_: object) -> None:
    """Go on with a file of reads."""
    uploads.take_in(upload_id=UUID(upload_id), clock=timezone.now)


@shared_task(ignore_result=True)
def requeue_uploads(**_: object) -> None:
    """Go on with files of reads whose worker is gone."""
    uploads.requeue(at=timezone.now())


@shared_task(ignore_result=True)
def tidy_uploads(**_: object) -> None:
    """Remove files of reads that were done with long ago."""
    tidy.remove_files(at=timezone.now())


@shared_task(ignore_result=True)
def pack_store(**_: object) -> None:
    """Pack the partitions that grow no more."""
    compaction.pack_closed(at=timezone.now())


@shared_task(ignore_result=True)
def escalate_hits(**_: object) -> None:
    """Escalate hits that wait too long."""
    escalation.escalate_hits(at=timezone.now(), by=asker.system("escalate hits"))
