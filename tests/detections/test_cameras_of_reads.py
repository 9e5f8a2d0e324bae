"""Reads name cameras that exist, and a camera with reads is never removed: the database's own word, by statement."""

import pytest
from django.db import IntegrityError, connection, transaction

from cameras.models import Camera
from detections.models import Detection
from tests import make


def test_a_read_of_a_camera_that_does_not_exist_is_not_kept(db):
    read = make.detection()
    other = Detection(plate=read.plate, captured_at=read.captured_at, camera_id=-7)
    with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic():
        other.save()
    with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic():
        Detection.objects.update(camera_id=-7)
    assert Detection.objects.count() == 1


def test_a_camera_with_reads_is_not_removed_even_by_hand(db):
    read = make.detection()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cameras_deployment")
        with pytest.raises(IntegrityError, match="never removed"), transaction.atomic():
            cursor.execute("DELETE FROM cameras_camera WHERE number = %s", [read.camera_id])
    assert Camera.objects.filter(number=read.camera_id).exists()
