"""Builders for the tests of holds."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audit.models import User
from detections.models import Detection, Hold
from detections.retention.held_reads import copy
from detections.retention.holds import HoldTerms, place_hold
from detections.rules.holds import Receipt
from tests import make

NOON = make.NOON
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TERMS = HoldTerms(
    case_number="26-123456",
    kind="evidence",
    proceeding="criminal",
    reason="Evidence in the Elm Street case",
    review_on=NOON.date() + timedelta(days=90),
)


def held(by: User, *reads: Detection, at: datetime = NOON, **fields: Any) -> Hold:
    """A hold by the verb on these reads, or on a new one."""
    placed_on = reads or (make.detection(at=at),)
    return place_hold(by=make.by(by), at=at, reads=[read.ref for read in placed_on], terms=replace(TERMS, **fields))


def hold_row(by: User, read: Detection, *, at: datetime = NOON) -> Hold:
    """A hold of this read as the verb leaves it, without the record that the verb writes."""
    hold = Hold.objects.create(
        **asdict(TERMS) | {"review_on": at.date() + timedelta(days=30)}, placed_by=by, placed_at=at, reads=1
    )
    copy(hold.pk, [read.ref])
    return hold


def receipt(**fields: Any) -> Receipt:
    """A booking of an hour ago, whole."""
    defaults: dict[str, Any] = {
        "medium": "repository",
        "place": "evidence.com",
        "number": "E26-0451",
        "sha256": SHA256,
        "booked_by": "Badge 2001",
        "booked_at": NOON - timedelta(hours=1),
    }
    return Receipt(**(defaults | fields))


def destroy(read: Detection) -> None:
    """Take the original away, as a purge would that knew of no hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM detections_detection WHERE captured_at = %s AND id = %s", [read.captured_at, read.pk]
        )
