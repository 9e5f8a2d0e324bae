"""A partition of old reads with what hangs on them, a plan of it and its approvals."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from audit import asker
from audit.models import User
from cameras.models import Camera
from detections import partitions
from detections.ingest.ids import uuid7s
from detections.models import Detection, Hold, PurgeApproval, PurgePlan
from detections.retention import held_reads, plan
from tests import make

NOON = make.NOON
# A month that is past its ceiling of two years at NOON.
FIRST, UPTO = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
NAME = "detections_detection_20240501"


def partition(first: datetime = FIRST, upto: datetime = UPTO) -> str:
    """Make the partition of ``[first, upto)``; its name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT detections_add_partition(%s, %s)", [first, upto])
        return cursor.fetchone()[0]


def drop_partition(name: str = NAME) -> None:
    """Take a partition away that a test left behind, as its owner may."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}, {name}_kept")


def reads(count: int, *, seen_by: Camera | None = None, first: datetime = FIRST) -> list[Detection]:
    """Reads an hour apart from the first hour of the partition on, each with a plate of its own."""
    seen_by = seen_by or Camera.objects.first() or make.camera()
    made = []
    for number in range(count):
        at = first + timedelta(hours=number % 700, seconds=number)
        one = uuid7s(1, at)[0]
        made.append(Detection(id=one, plate=f"0PU{number:04d}", captured_at=at, camera=seen_by))
    return Detection.objects.bulk_create(made)


def hold(by: User, *held: Detection, at: datetime = NOON) -> Hold:
    """A hold on these reads, with their copies."""
    made = Hold.objects.create(
        case_number="24-000777",
        kind="evidence",
        proceeding="criminal",
        reason="Evidence in the trial",
        review_on=at.date() + timedelta(days=90),
        placed_by=by,
        placed_at=at,
    )
    held_reads.copy(made.pk, [read.ref for read in held])
    return made


def lift(hold: Hold, by: User) -> None:
    """End a hold, as two people would."""
    other = User.objects.filter(username="second").first() or make.user("second", "custodian", trained=False)
    hold.lift_requested_by, hold.lifted_by = by, other
    hold.lift_requested_at = hold.lifted_at = NOON - timedelta(days=1)
    hold.save()


def planned(*, at: datetime = NOON) -> PurgePlan:
    """The one plan that is due, made."""
    (asked,) = plan.ask(by=asker.system("test"), at=at)
    return plan.make(plan_id=asked.pk, at=at)


def approve(made: PurgePlan, by: User, *kinds: str, at: datetime = NOON) -> None:
    """Approve the plan as these (the custodian where none is named)."""
    for kind in kinds or ("custodian",):
        PurgeApproval.objects.create(
            plan=made, kind=kind, approved_by=by, approved_at=at, valid_until=at + timedelta(days=60)
        )


def approved(by: User, *kinds: str, at: datetime = NOON) -> PurgePlan:
    """The one plan that is due, made and approved."""
    made = planned(at=at)
    approve(made, by, *kinds, at=at)
    return made


def stands(name: str = NAME) -> bool:
    """Whether the partition is there."""
    return any(one.name == name for one in partitions.listed())
