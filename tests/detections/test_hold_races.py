"""A hold and a purge cannot both win: what is held stays, and what is gone is not said to be held. Real threads."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from audit.actions import Outcome
from audit.models import User
from audit.refusals import Refused
from detections.models import Detection, HeldRead, Hold
from detections.retention import held_reads
from detections.retention.held_reads import StoreBusy
from tests import make
from tests.detections.holding import NOON, held
from tests.detections.searching import last_entry

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
FIRST = NOON.replace(hour=0) - 800 * DAY
ROUNDS = 12


def run(statement: str, *values: object) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def partition() -> str:
    return run("SELECT detections_add_partition(%s, %s)", FIRST, FIRST + DAY)[0][0]


def drop(name: str) -> None:
    run(f"ALTER TABLE detections_detection DETACH PARTITION {name}")
    run(f"DROP TABLE {name}")


@pytest.fixture
def old_day() -> Iterator[str]:
    """The name of a partition of one day long past, taken away afterwards."""
    yield partition()
    for (name,) in run("SELECT name FROM detections_partitions() WHERE first = %s", FIRST):
        drop(name)


@pytest.fixture
def read(old_day: str, detective: User) -> Detection:
    """A read in that partition."""
    return make.detection(at=FIRST + DAY / 2, seen_by=make.camera(approver=detective))


class Thread(threading.Thread):
    """Work on a connection of its own; ``outcome`` gives its result, or raises what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work, self.result, self.error = work, None, None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - raised again where the outcome is asked for
            self.error = error
        finally:
            connection.close()

    def outcome(self) -> object:
        self.join(30)
        assert not self.is_alive(), "it still waits"
        if self.error:
            raise self.error
        return self.result


def hold(by: User, *reads: Detection, case_number: str = "26-123456") -> Hold:
    """A hold placed the day after, when the reads were not past their ceiling."""
    at = FIRST + 2 * DAY
    return held(by, *reads, at=at, case_number=case_number, review_on=at.date() + 30 * DAY)


def until_someone_waits() -> None:
    """Returns when another session waits for a lock."""
    ends = time.monotonic() + 20
    while not run("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")[0:]:
        assert time.monotonic() < ends, "nobody waits"
        time.sleep(0.01)


def holds_it() -> bool:
    return bool(run("SELECT 1 FROM detections_heldread r JOIN detections_hold h ON h.id = r.hold_id"
                    " WHERE h.lifted_at IS NULL LIMIT 1"))  # fmt: skip


def test_a_hold_waits_for_a_purge_that_drops_its_partition_and_finds_the_read_gone(
    old_day: str, read: Detection, detective: User
) -> None:
    with transaction.atomic():
        run("LOCK TABLE ONLY detections_detection IN ACCESS EXCLUSIVE MODE")
        run(f"LOCK TABLE {old_day} IN ACCESS EXCLUSIVE MODE")
        thread = Thread(lambda: hold(detective, read))
        until_someone_waits()
        assert not holds_it()
        drop(old_day)
    with pytest.raises(Refused) as caught:
        thread.outcome()
    assert caught.value.refusal.code == "hold.reads"
    assert not Hold.objects.exists()
    assert not HeldRead.objects.exists()


def test_a_hold_waits_for_a_purge_that_locks_the_partition_alone_and_keeps_what_is_left(
    old_day: str, read: Detection, detective: User
) -> None:
    with transaction.atomic():
        run(f"LOCK TABLE {old_day} IN ACCESS EXCLUSIVE MODE")
        thread = Thread(lambda: hold(detective, read))
        until_someone_waits()
    assert thread.outcome().reads == 1
    assert HeldRead.objects.get().read_ref == read.ref


def test_a_hold_waits_for_a_delete_and_finds_the_read_gone(read: Detection, detective: User) -> None:
    with transaction.atomic():
        Detection.objects.at(read.ref).delete()
        thread = Thread(lambda: hold(detective, read))
        until_someone_waits()
    with pytest.raises(Refused) as caught:
        thread.outcome()
    assert caught.value.refusal.code == "hold.reads"
    assert not HeldRead.objects.exists()


def test_a_hold_that_waited_for_a_delete_that_was_taken_back_keeps_the_read(read: Detection, detective: User) -> None:
    with transaction.atomic():
        Detection.objects.at(read.ref).delete()
        thread = Thread(lambda: hold(detective, read))
        until_someone_waits()
        transaction.set_rollback(True)
    assert thread.outcome().reads == 1
    assert Detection.objects.at(read.ref).exists()


def test_all_or_none_when_one_of_many_is_destroyed_meanwhile(read: Detection, detective: User) -> None:
    others = [make.detection(at=read.captured_at + timedelta(seconds=second)) for second in (1, 2)]
    with transaction.atomic():
        Detection.objects.at(others[0].ref).delete()
        thread = Thread(lambda: hold(detective, read, *others))
        until_someone_waits()
    with pytest.raises(Refused) as caught:
        thread.outcome()
    assert "1 of 3 reads is not there" in caught.value.refusal.reason
    assert not HeldRead.objects.exists()


def test_a_purge_waits_for_a_hold_and_then_sees_its_copies(
    old_day: str, read: Detection, detective: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied, go_on = threading.Event(), threading.Event()
    copy = held_reads.copy

    def slow(*values: object) -> int:
        count = copy(*values)
        copied.set()
        go_on.wait(20)
        return count

    monkeypatch.setattr(held_reads, "copy", slow)
    thread = Thread(lambda: hold(detective, read))
    assert copied.wait(20)
    for statement in (f"LOCK TABLE {old_day} IN ACCESS EXCLUSIVE MODE", "DELETE FROM detections_detection"):
        with pytest.raises(OperationalError) as caught, transaction.atomic():
            run("SET LOCAL lock_timeout = '40ms'")
            run(statement)
        assert isinstance(caught.value.__cause__, LockNotAvailable)
    assert not holds_it(), "nothing is held before the record of it is written"
    go_on.set()
    thread.outcome()
    with transaction.atomic():
        run(f"LOCK TABLE {old_day} IN ACCESS EXCLUSIVE MODE")
        assert holds_it()


def test_a_read_that_moved_to_another_partition_meanwhile_is_held_there(detective: User, request) -> None:
    read = make.detection(at=FIRST + DAY / 2, seen_by=make.camera(approver=detective))
    request.getfixturevalue("taken_away")
    with transaction.atomic():
        partition()
        thread = Thread(lambda: hold(detective, read))
        until_someone_waits()
    assert thread.outcome().reads == 1
    assert HeldRead.objects.get().copy["id"] == str(read.pk)


@pytest.fixture
def taken_away() -> Iterator[None]:
    """Takes the partition of that day away in the end."""
    yield
    for (name,) in run("SELECT name FROM detections_partitions() WHERE first = %s", FIRST):
        drop(name)


def test_a_correction_made_meanwhile_is_in_the_copy(read: Detection, detective: User) -> None:
    with transaction.atomic():
        Detection.objects.at(read.ref).update(plate="0DEM128")
        thread = Thread(lambda: hold(detective, read))
        until_someone_waits()
    thread.outcome()
    kept = HeldRead.objects.get()
    assert (kept.plate, kept.copy["plate"]) == ("0DEM128", "0DEM128")


def test_two_holds_of_the_same_reads_at_once_both_keep_them(read: Detection, detective: User) -> None:
    reads = [read, *(make.detection(at=read.captured_at + timedelta(seconds=second)) for second in range(1, 30))]
    start = threading.Barrier(2)

    def place(case_number: str, *order: Detection) -> Hold:
        start.wait(10)
        return hold(detective, *order, case_number=case_number)

    threads = [
        Thread(lambda: place("26-111111", *reads)),
        Thread(lambda: place("26-222222", *reversed(reads))),
    ]
    assert [thread.outcome().reads for thread in threads] == [30, 30]


def test_a_hold_that_waits_too_long_says_so_and_keeps_nothing(
    old_day: str, read: Detection, detective: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_reads, "LONGEST_WAIT", "50ms")
    with transaction.atomic():
        run(f"LOCK TABLE {old_day} IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreBusy):
            Thread(lambda: hold(detective, read)).outcome()
    assert last_entry().outcome == Outcome.FAILED
    assert not Hold.objects.exists()


def test_whoever_is_first_wins_and_never_both(old_day: str, detective: User) -> None:
    camera = make.camera(approver=detective)
    reads = [make.detection(at=FIRST + timedelta(minutes=minute), seen_by=camera) for minute in range(ROUNDS)]
    for number, read in enumerate(reads):
        start = threading.Barrier(2)
        threads = [
            Thread(lambda start=start, read=read: (start.wait(10), hold(detective, read))),
            Thread(lambda start=start, read=read, number=number: purge(start, old_day, read, by_row=number % 2 == 0)),
        ]
        outcomes = []
        for thread in threads:
            try:
                outcomes.append(bool(thread.outcome()))
            except Refused:
                outcomes.append(False)
        stands, kept = Detection.objects.at(read.ref).exists(), HeldRead.objects.filter(detection_id=read.pk).exists()
        assert outcomes == [kept, not stands]
        assert stands == kept


def purge(start: threading.Barrier, old_day: str, read: Detection, *, by_row: bool) -> bool:
    """Destroy one read as a purge does, by rows or under the lock of its table, unless it is held; whether it did."""
    start.wait(10)
    for _ in range(100):
        try:
            with transaction.atomic():
                run("SET LOCAL lock_timeout = '40ms'")
                if by_row:
                    free = Detection.objects.at(read.ref).select_for_update(skip_locked=True, of=("self",)).first()
                else:
                    run(f"LOCK TABLE {old_day} IN ACCESS EXCLUSIVE MODE")
                    free = read
                if free and run("SELECT 1 FROM detections_heldread WHERE detection_id = %s", read.pk):
                    return False
                if free:
                    Detection.objects.at(read.ref).delete()
                    return True
        except OperationalError:
            pass  # its lock was not to be had in 40 ms
        time.sleep(0.02)
    raise AssertionError("the purge never got its turn")
