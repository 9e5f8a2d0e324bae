"""A purge killed at any point is undone or done: nothing held is lost, nothing half-destroyed is seen."""

import os
import random
import signal
import time
import traceback
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction

from audit import merkle, policy
from audit.models import LedgerEntry, User
from detections.models import Detection, FileToRemove, HeldRead, Hit, Photo, PurgeCertificate, PurgePlan
from detections.retention import certificates, photos
from detections.retention.execute import carry_out
from detections.retention.id_tree import read_leaf
from detections.searching.visible import visible
from tests import make
from tests.detections import purging
from tests.detections.purging import FIRST, NAME, NOON
from tests.detections.searching import hit, photo

KILLS = 50
READS, HELD = 60, 3
CHILD = "platekeeper-purge-to-kill"


class Scene:
    """A month of reads, three held, a closed hit, a photograph with its file, and an approved plan."""

    def __init__(self, custodian: User) -> None:
        purging.drop_partition()
        purging.partition()
        self.reads = purging.reads(READS)
        self.held = self.reads[:HELD]
        self.gone = self.reads[HELD:]
        purging.hold(custodian, *self.held)
        self.hit = hit(self.gone[0], closed_by=custodian)
        self.file = default_storage.save("original/kk/killed", ContentFile(b"pixels"))
        self.photo = photo(at=FIRST, original=self.file)
        self.plan = purging.approved(custodian)

    def done(self) -> bool:
        """Whether the purge is done; all of it, or nothing."""
        certificate = PurgeCertificate.objects.filter(plan=self.plan).first()
        status = PurgePlan.objects.get(pk=self.plan.pk).status
        there = set(Detection.objects.filter(captured_at__gte=FIRST).values_list("pk", flat=True))
        assert {read.pk for read in self.held} <= there, "a held read was lost"
        assert HeldRead.objects.filter(detection_id__in=[read.pk for read in self.held]).count() == HELD
        assert not visible(NOON, policy.in_force(NOON)).filter(captured_at__lt=purging.UPTO).exists()
        assert not _kept_table()
        assert purging.stands()
        if certificate is None:
            assert (status, len(there)) == ("ready", READS)
            assert Hit.objects.filter(pk=self.hit.pk).exists()
            assert Photo.objects.filter(pk=self.photo.pk).exists()
            assert default_storage.exists(self.file)
            return False
        assert (status, there) == ("done", {read.pk for read in self.held})
        assert certificate.root == merkle.root_of(sorted_leaves(self.gone)).hex()
        assert certificates.is_authentic(certificate)
        assert LedgerEntry.objects.get(index=certificates.record_of(certificate)).outcome == "allowed"
        assert not Hit.objects.filter(pk=self.hit.pk).exists()
        photos.remove_all_listed(at=NOON)
        assert not default_storage.exists(self.file)
        assert not FileToRemove.objects.exists()
        return True


def sorted_leaves(reads: list[Detection]) -> list[bytes]:
    return [read_leaf(pk) for pk in sorted(read.pk for read in reads)]


def _kept_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{NAME}_kept"])
        return cursor.fetchone()[0]


def start(plan: PurgePlan) -> int:
    """A process of its own that carries the plan out; its id."""
    connections.close_all()  # a connection shared with the child would be closed by its death
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [CHILD])
        carry_out(plan_id=plan.pk, at=NOON)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def wait_for_its_end() -> None:
    """Until the database has noticed the death: a statement under way runs to its end first."""
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [CHILD])
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the killed purge still runs")


@pytest.fixture
def custodian(transactional_db: None) -> Iterator[User]:
    yield make.user("custodian", "custodian", trained=False)
    purging.drop_partition()


def test_a_purge_killed_at_any_point_is_undone_or_done(custodian: User) -> None:
    chosen = random.Random(525)
    scene = Scene(custodian)
    started = time.perf_counter()
    assert os.waitpid(start(scene.plan), 0)[1] == 0
    takes = time.perf_counter() - started
    assert scene.done()
    scene = Scene(custodian)
    undone = done = 0
    for number in range(KILLS):
        child = start(scene.plan)
        delay = chosen.uniform(0, takes * 1.2)
        if number % 5 == 0:  # someone reads reads meanwhile, so the purge is killed while it tries
            with transaction.atomic():
                assert Detection.objects.exists()
                time.sleep(delay)
                os.kill(child, signal.SIGKILL)
        else:
            time.sleep(delay)
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        wait_for_its_end()
        if scene.done():
            done += 1
            scene = Scene(custodian)
        else:
            undone += 1
    assert undone, "no kill came before the end"
    carry_out(plan_id=scene.plan.pk, at=NOON)
    assert scene.done()
