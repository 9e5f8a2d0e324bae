"""Tasks are thin. Each is safe to run twice, late or never."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from detections.evidence import build, removing


@shared_task(ignore_result=True, acks_late=True)
def build_package(*, package_id: str, **_: object) -> None:
    """Make the file of one package."""
    build.build_package(package_id=UUID(package_id), at=timezone.now())


@shared_task(ignore_result=True)
def keep_packages(**_: object) -> None:
    """Remove the files whose time is over, and hand lost packages to the worker again."""
    now = timezone.now()
    removing.remove_old(at=now)
    removing.resume(at=now)
