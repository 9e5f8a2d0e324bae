"""Reads counted to a hit, and possible matches: open ones keep their reads, decided ones go with them."""

from datetime import timedelta

import pytest

from audit.models import User
from detections.models import Detection, Hit, HitRepeat, OutboxEvent, PossibleMatch
from detections.retention.execute import carry_out
from detections.retention.purge import purge_expired
from hotlists.models import HotPlate
from tests import make
from tests.detections import purging
from tests.detections.purging import NOON
from tests.detections.searching import approval, hit

PAST = purging.FIRST + timedelta(days=2)


@pytest.fixture
def custodian(db: None) -> User:
    made = make.user("custodian", "custodian", trained=False)
    approval(made)
    return made


@pytest.fixture
def six(custodian: User) -> list[Detection]:
    """Two open hits' reads and two closed ones', each with a repeat; an undecided possible match and a decided one."""
    reads = [make.detection(f"0DEM77{n}", at=PAST + timedelta(minutes=n)) for n in range(6)]
    for first, again, closed_by in ((0, 1, None), (2, 3, custodian)):
        made = hit(reads[first], closed_by=closed_by)
        HitRepeat.objects.create(hit=made, detection=reads[again], captured_at=reads[again].captured_at)
        OutboxEvent.objects.create(hit=made, topic="hit.changed", created_at=NOON)
    possible(reads[4])
    possible(reads[5], status="dismissed", decided_by=custodian, decided_at=PAST)
    return reads


def possible(read: Detection, **fields: object) -> PossibleMatch:
    entry = HotPlate.objects.first()
    made = PossibleMatch.objects.create(
        detection=read,
        captured_at=read.captured_at,
        hot_plate=entry,
        kind="edit1",
        plate=read.plate,
        created_at=read.captured_at,
        **fields,
    )
    OutboxEvent.objects.create(possible=made, topic="possible.new", created_at=NOON)
    return made


def check(six: list[Detection]) -> None:
    """What is open stands with its reads, and nothing of the others does."""
    open_hit, again, closed, its_repeat, undecided, decided = six
    assert set(Detection.objects.values_list("pk", flat=True)) == {open_hit.pk, again.pk, undecided.pk}
    assert [one.detection_id for one in Hit.objects.all()] == [open_hit.pk]
    assert [one.detection_id for one in HitRepeat.objects.all()] == [again.pk]
    assert [one.detection_id for one in PossibleMatch.objects.all()] == [undecided.pk]
    assert OutboxEvent.objects.count() == 2


def test_single_reads_go_with_their_repeats_and_decided_possible_matches(six: list[Detection]) -> None:
    certificate = purge_expired(at=NOON)
    assert (certificate.reads_destroyed, certificate.reads_with_open_hits) == (3, 3)
    check(six)


def test_a_month_goes_with_its_repeats_and_decided_possible_matches(six: list[Detection], custodian: User) -> None:
    purging.partition()
    made = purging.planned()
    assert (made.reads, made.reads_with_open_hits) == (3, 3)
    purging.approve(made, custodian)
    assert carry_out(plan_id=made.pk, at=NOON).reads_destroyed == 3
    check(six)
