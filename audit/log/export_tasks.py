"""Tasks are thin. Each is safe to run twice, late or never."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit.log import export_build


@shared_task(ignore_result=True, acks_late=True)
def build_export(*, export_id: str, **_: object) -> None:
    """Make the file of one export of the ledger."""
    export_build.build_export(export_id=UUID(export_id), at=timezone.now())


@shared_task(ignore_result=True)
def keep_exports(**_: object) -> None:
    """Remove the files whose days are over, and hand lost exports to the worker again."""
    export_build.keep_exports(at=timezone.now())
