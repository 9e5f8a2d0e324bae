"""A month goes whole: what is held stays, nothing goes early, unapproved or uncertified."""

import pytest

from audit.models import User
from detections.models import Detection
from detections.retention.execute import carry_out
from tests import make
from tests.detections import purging
from tests.detections.purging import NOON


@pytest.fixture
def custodian(db: None) -> User:
    purging.partition()
    return make.user("custodian", "custodian", trained=False)


def test_a_month_goes_and_its_certificate_stands(custodian: User) -> None:
    gone = purging.reads(40)
    made = purging.planned()
    assert (made.status, made.reads, made.reads_held) == ("ready", 40, 0)
    purging.approve(made, custodian)
    certificate = carry_out(plan_id=made.pk, at=NOON)
    assert certificate.reads_destroyed == len(gone)
    assert not Detection.objects.exists()
    assert not purging.stands()


def test_held_stay(custodian: User) -> None:
    reads = purging.reads(40)
    purging.hold(custodian, *reads[3:6])
    made = purging.planned()
    assert (made.status, made.reads, made.reads_held) == ("ready", 37, 3)
    purging.approve(made, custodian)
    certificate = carry_out(plan_id=made.pk, at=NOON)
    assert certificate.reads_destroyed == 37
    assert set(Detection.objects.values_list("pk", flat=True)) == {read.pk for read in reads[3:6]}
    assert purging.stands()
