"""What the pages of holds show: rows with their chips and links, and what a hold was placed on, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from audit.abilities import Ability, abilities_of
from audit.asker import Asker
from cameras.models import Camera
from detections.models import Hold, Search
from detections.photo_tokens import make_token
from detections.retention import found_reads
from detections.retention.hold_pages import MOST_LIVE, MOST_PAST, Kept, OpenedHold
from detections.retention.holds import PURPOSE


@dataclass(frozen=True, slots=True)
class Row:
    """A hold of the list: ``late`` is how many days its review is overdue, None where it is not due."""

    hold: Hold
    late: int | None


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A held read with the token that opens it; "" where it is gone, or not for this person to open."""

    kept: Kept
    token: str


def list_context(holds: Sequence[Hold], *, today: date) -> dict[str, Any]:
    """Context of the list: rows, and how many are due."""
    rows = [Row(hold, _late(hold, today)) for hold in holds]
    return {
        "rows": rows,
        "due": sum(row.late is not None for row in rows),
        "live": sum(row.hold.lifted_at is None for row in rows),
        "most_live": MOST_LIVE,
        "most_past": MOST_PAST,
    }


def hold_context(opened: OpenedHold, *, by: Asker, at: datetime) -> dict[str, Any]:
    """Context of one hold's page."""
    hold = opened.hold
    opens = by.user is not None and Ability.VIEW_READS in abilities_of(by.user, at) and hold.lifted_at is None
    return {
        "opened": opened,
        "hold": hold,
        "late": _late(hold, opened.today),
        "rows": [KeptRow(kept, _token(kept, hold, by, at) if opens else "") for kept in opened.kept],
        "cameras": _cameras(hold),
        "window": _window(hold),
        "mine": by.user is not None and hold.lift_requested_by_id == by.user.pk,
    }


def own_search(by: Asker, search_id: UUID | None) -> Search | None:
    """The person's own search that a hold is to be placed on; the form says what it found when it was run."""
    return found_reads.own_search(by, search_id) if search_id else None


def _late(hold: Hold, today: date) -> int | None:
    if hold.lifted_at is not None or hold.review_on > today:
        return None
    return (today - hold.review_on).days


def _token(kept: Kept, hold: Hold, by: Asker, at: datetime) -> str:
    if kept.read is None or not kept.plate or by.user is None:
        return ""
    return make_token(by.user, kept.read.ref, PURPOSE, hold.reason, hold.case_number, at=at)


def _cameras(hold: Hold) -> list[str]:
    """The codes of the cameras of a window. One query for a window, else none."""
    numbers = hold.placed_on.get("cameras", [])
    if not numbers:
        return []
    return list(Camera.objects.filter(number__in=numbers).order_by("code").values_list("code", flat=True))


def _window(hold: Hold) -> tuple[datetime, datetime] | None:
    if hold.origin != Hold.Origin.WINDOW or "from" not in hold.placed_on:
        return None
    return datetime.fromisoformat(hold.placed_on["from"]), datetime.fromisoformat(hold.placed_on["to"])
