"""Reads name cameras that exist, and a camera with reads is never removed: the database's own word, by statement."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from audit.ids import uuid7
from cameras.models import Camera
from detections.models import Detection
from tests import make


def test_a_read_of_a_camera_that_does_not_exist_is_not_kept(db):
    read = make.detection()
    read.pk, read.camera_id = uuid7(), uuid.UUID(int=7)
    with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic():
        read.save(force_insert=True)
    with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic():
        Detection.objects.update(camera_id=uuid.UUID(int=7))
    assert Detection.objects.count() == 1


def test_a_camera_with_reads_is_not_removed_even_by_hand(db):
    read = make.detection()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cameras_deployment")
        with pytest.raises(IntegrityError, match="never removed"), transaction.atomic():
            cursor.execute("DELETE FROM cameras_camera WHERE id = %s", [read.camera_id])
    assert Camera.objects.filter(pk=read.camera_id).exists()
