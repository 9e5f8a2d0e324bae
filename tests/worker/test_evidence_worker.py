"""A real worker makes a package that was handed to it, once, however often it is told."""

import time

import pytest
from django.utils import timezone

from audit.models import LedgerEntry
from detections.evidence.ask import ask_package
from detections.evidence.build import TASK
from detections.models import EvidencePackage
from tests import make
from tests.detections.evidence import packing
from tests.worker.test_real_worker import send, wait_for, worker

pytestmark = [pytest.mark.celery, pytest.mark.django_db(transaction=True)]
__all__ = ["worker"]  # a fixture


def test_the_worker_makes_a_package_once_and_keeps_it(worker, detective):
    now = timezone.now()
    read = packing.read_with_photo(at=now)
    asked = ask_package(by=make.by(detective), at=now, refs=[read.ref], look=packing.LOOK)
    for _ in range(2):
        send(TASK, package_id=str(asked.pk))
    wait_for(lambda: EvidencePackage.objects.filter(status="ready").exists(), seconds=60)
    send("detections.evidence.tasks.keep_packages")
    time.sleep(2)
    assert LedgerEntry.objects.filter(action="evidence.seal").count() == 1
    package = EvidencePackage.objects.get()
    assert (package.status, package.attempts) == ("ready", 1)
    assert "photos/001-original.jpg" in packing.members(package)
