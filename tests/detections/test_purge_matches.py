"""Reads counted to an open hit stay past their ceiling; a possible match goes with its read, decided or not."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit.models import User
from detections.models import Detection, Hit, HitRepeat, OutboxEvent, PossibleMatch, PurgeCertificate
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
    """The open hit stands with its reads, and nothing of the others does."""
    open_hit, again, *_ = six
    assert set(Detection.objects.values_list("pk", flat=True)) == {open_hit.pk, again.pk}
    assert [one.detection_id for one in Hit.objects.all()] == [open_hit.pk]
    assert [one.detection_id for one in HitRepeat.objects.all()] == [again.pk]
    assert not PossibleMatch.objects.exists()
    assert [event.hit.detection_id for event in OutboxEvent.objects.all()] == [open_hit.pk]


def test_single_reads_go_with_their_repeats_and_possible_matches_decided_or_not(six: list[Detection]) -> None:
    certificate = purge_expired(at=NOON)
    assert (certificate.reads_destroyed, certificate.reads_with_open_hits) == (4, 2)
    check(six)


def test_a_month_goes_with_its_repeats_and_possible_matches_decided_or_not(
    six: list[Detection], custodian: User
) -> None:
    purging.partition()
    made = purging.planned()
    assert (made.reads, made.reads_with_open_hits) == (4, 2)
    purging.approve(made, custodian)
    certificate = carry_out(plan_id=made.pk, at=NOON)
    assert (certificate.reads_destroyed, certificate.reads_with_open_hits) == (4, 2)
    assert certificate.root == made.root  # what was approved is what went
    check(six)


def test_an_undecided_possible_match_of_a_held_read_stays_with_it(custodian: User) -> None:
    purging.partition()
    held, gone = purging.reads(2)
    hit(gone, closed_by=custodian)
    for read in (held, gone):
        possible(read)
    purging.hold(custodian, held)
    assert carry_out(plan_id=purging.approved(custodian).pk, at=NOON).reads_destroyed == 1
    assert [one.detection_id for one in PossibleMatch.objects.all()] == [held.pk]


@pytest.fixture
def undecided(transactional_db: None) -> Iterator[tuple[PossibleMatch, User]]:
    """An undecided possible match of an old read, and the custodian."""
    purging.drop_partition()
    by = make.user("custodian", "custodian", trained=False)
    approval(by)
    make.hot_plate()
    yield possible(make.detection("0DEM777", at=PAST)), by
    purging.drop_partition()


@pytest.mark.parametrize("month", [False, True], ids=["single reads", "a month"])
def test_a_decision_in_the_same_moment_goes_with_its_event(undecided: tuple[PossibleMatch, User], month: bool) -> None:
    match, custodian = undecided
    plan_id = None
    if month:
        purging.partition()
        plan_id = purging.approved(custodian).pk
    made: list[PurgeCertificate] = []

    def purge() -> None:
        try:
            made.append(carry_out(plan_id=plan_id, at=NOON) if plan_id else purge_expired(at=NOON))
        finally:
            connection.close()

    thread = threading.Thread(target=purge)
    with transaction.atomic():
        PossibleMatch.objects.filter(pk=match.pk).update(status="dismissed", decided_by=custodian, decided_at=NOON)
        OutboxEvent.objects.create(possible=match, topic="possible.changed", created_at=NOON)
        thread.start()
        time.sleep(0.5)
    thread.join()
    assert [certificate.reads_destroyed for certificate in made] == [1]
    assert not PossibleMatch.objects.exists()
    assert not OutboxEvent.objects.exists()
